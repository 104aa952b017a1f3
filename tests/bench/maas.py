"""Budget: the simulated MAAS under load, and with many machines. Loopback only, and bounded."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.bench.budgets import Measured
from tests.maas.serving import bench_region, served

CLIENTS = 50
REQUESTS = 10
"""Requests of each client."""


def measure() -> list[Measured]:
    """Return requests per second and p99 with 5 machines, and how the cost grows to 1 000."""
    few = _cost(5)
    many = _cost(1000)
    with served(bench_region(5)) as (url, auth):

        def client(_: int) -> list[float]:
            taken: list[float] = []
            with requests.Session() as session:
                for _ in range(REQUESTS):
                    start = time.perf_counter()
                    session.get(f"{url}machines/", auth=auth(), timeout=60).raise_for_status()
                    taken.append(time.perf_counter() - start)
            return taken

        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            taken = sorted(t for each in pool.map(client, range(CLIENTS)) for t in each)
        elapsed = time.perf_counter() - start
    p99 = taken[int(len(taken) * 0.99) - 1]
    per_machine = (many / 1000) / (few / 5)
    return [
        Measured(
            f"machines/, {CLIENTS} clients, 5 machines",
            p99,
            None,
            f"{len(taken) / elapsed:.0f} requests/s, median {statistics.median(taken):.3f} s, p99 {p99:.3f} s",
            unit="s",
        ),
        Measured(
            "machines/: cost of one machine, 1 000 against 5",
            per_machine,
            1.0,
            f"{many / 1000 * 1000:.3f} ms against {few / 5 * 1000:.3f} ms",
        ),
    ]


def _cost(machines: int) -> float:
    """Return the seconds of one answer, the median of several."""
    with served(bench_region(machines)) as (url, auth), requests.Session() as session:
        taken: list[float] = []
        for _ in range(7):
            start = time.perf_counter()
            session.get(f"{url}machines/", auth=auth(), timeout=60).raise_for_status()
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)
