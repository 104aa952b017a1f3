"""Budget: the simulated MAAS under load, and with many machines. Loopback only, and bounded."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from requests_oauthlib import OAuth1

from tests.bench.budgets import Measured

CLIENTS = 50
REQUESTS = 10
"""Requests of each client."""
KEY = "bbbbbbbbbbbbbbbbbb:bbbbbbbbbbbbbbbbbb:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"


def measure() -> list[Measured]:
    """Return requests per second and p99 with 5 machines, and how the cost grows to 1 000."""
    with _served(5) as url:
        few = _cost(url)
        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            taken = sorted(t for each in pool.map(_client, [url] * CLIENTS) for t in each)
        elapsed = time.perf_counter() - start
    with _served(1000) as url:
        many = _cost(url)
    p99 = taken[int(len(taken) * 0.99) - 1]
    spread = f"{len(taken) / elapsed:.0f} requests/s, median {statistics.median(taken):.3f} s, p99 {p99:.3f} s"
    growth = f"{many * 1000:.1f} ms for 1 000 machines, {few * 1000:.1f} ms for 5"
    return [
        Measured(f"MAAS: machines/ of 5 machines, p99 of {CLIENTS} clients", p99, None, spread, unit="s"),
        Measured("MAAS: growth of machines/ from 5 to 1 000, against linear", (many / few) / 200, 1.0, growth),
    ]


def _auth() -> OAuth1:
    consumer, token, secret = KEY.split(":")
    return OAuth1(consumer, "", token, secret, signature_method="PLAINTEXT")


def _client(url: str) -> list[float]:
    """Return the seconds that each request of one client took."""
    taken: list[float] = []
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(REQUESTS):
            start = time.perf_counter()
            session.get(url, auth=_auth(), timeout=60).raise_for_status()
            taken.append(time.perf_counter() - start)
    return taken


def _cost(url: str) -> float:
    """Return the seconds of one answer to one client, the median of several."""
    return statistics.median(_client(url))


@contextmanager
def _served(machines: int) -> Generator[str]:
    """Run the simulator as a process of its own; yield the address of its machines."""
    inventory = {
        "machines": [
            {"hostname": f"server{n}", "memory": 8192, "cpu_count": 4, "disks": [256060514304], "mac_address": _mac(n)}
            for n in range(1, machines + 1)
        ],
        "users": [{"username": "cloud", "password": "cloud", "api_key": KEY, "is_superuser": True}],
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "maas.json"
        config.write_text(json.dumps({"inventory": inventory}))
        command = [sys.executable, "-m", "simulators.maas", "--host", "127.0.0.1", "--port", "0"]
        command += ["--driver", "memory", "--config", str(config)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            yield said.split()[-1].strip() + "api/2.0/machines/"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _mac(number: int) -> str:
    return f"52:54:00:00:{number // 256:02x}:{number % 256:02x}"
