"""A stand-in for the node exporter: a few live series of the machine it stands for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.prometheus.exposition import Metric, written

PORT = 9100
TEXT = "text/plain; version=0.0.4; charset=utf-8"
CPUS = 2
GIGABYTE = 1_073_741_824


def create_app(hostname: str, now: Callable[[], float] = time.time) -> Starlette:
    """Return the exporter of the machine of that name; its clock starts with it.

    Load, memory and processor time are invented, and move: a simulated machine has none of its own.
    """
    started = now()

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(written(machine_metrics(hostname, now(), started)), media_type=TEXT)

    async def front(request: Request) -> Response:
        return HTMLResponse('<h1>Node Exporter</h1><p><a href="/metrics">Metrics</a></p>')

    return Starlette(routes=[Route("/metrics", metrics), Route("/", front)])


def machine_metrics(hostname: str, moment: float, started: float) -> list[Metric]:
    """Return what a machine exposes at a moment, in seconds since 1970."""
    wave = math.sin(moment / 60)
    up = max(0.0, moment - started)
    names = {
        "domainname": "(none)",
        "machine": "x86_64",
        "nodename": hostname,
        "release": "5.15.0-107-generic",
        "sysname": "Linux",
        "version": "#117-Ubuntu SMP",
    }
    busy = {"idle": 0.93, "iowait": 0.01, "system": 0.02, "user": 0.04}
    cpu = tuple(
        ({"cpu": str(number), "mode": mode}, round(up * share, 2))
        for number in range(CPUS)
        for mode, share in busy.items()
    )
    memory = {"MemTotal": 8 * GIGABYTE, "MemFree": round((5 + wave / 2) * GIGABYTE)}
    memory["MemAvailable"] = memory["MemFree"] + GIGABYTE
    return [
        Metric("node_boot_time_seconds", "gauge", "Node boot time, in unixtime.", (({}, started),)),
        Metric("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.", cpu),
        Metric("node_load1", "gauge", "1m load average.", (({}, round(0.3 + 0.2 * wave, 2)),)),
        *(
            Metric(
                f"node_memory_{name}_bytes", "gauge", f"Memory information field {name}_bytes.", (({}, float(size)),)
            )
            for name, size in memory.items()
        ),
        Metric("node_time_seconds", "gauge", "System time in seconds since epoch (1970).", (({}, round(moment, 3)),)),
        Metric("node_uname_info", "gauge", "Labeled system information as provided by uname.", ((names, 1.0),)),
    ]
