"""Loads what a kit is built with, and what its first visitors will need, before somebody has to wait for it."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections.abc import Generator, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.plan import Plan

QUICK_TURNS = 0.0005
"""Seconds after which a thread that loads modules lets the kit's loop answer somebody; Python's own are ten times
that, which each answer of a kit would take longer."""
TEMPLATES = ("base", "base_site", "login", "change_form", "delete_confirmation")
"""Pages of Django's admin of which the first one of each process takes longest."""
JUJU = (
    "simulators.embedded.second_half",
    "simulators.embedded.juju.client",
    "simulators.embedded.juju.controller",
    "simulators.embedded.juju.hands",
    "simulators.embedded.juju.packages",
    "simulators.embedded.websocket",
    "simulators.embedded.tls",
    "simulators.juju.api.app",
    "simulators.juju.api.table",
    "simulators.juju.certificates",
    "simulators.juju.cli.adding_clouds",
    "simulators.juju.cli.bootstrap",
    "simulators.juju.cli.credentials",
    "simulators.juju.cli.deploying",
    "simulators.juju.cli.models",
    "simulators.juju.cli.relating",
    "simulators.juju.cli.status",
    "simulators.juju.cli.store_charms",
    "simulators.juju.controller",
    "simulators.juju.life.keeper",
    "simulators.juju.maas_cloud",
    "simulators.charms.known",
    "simulators.charms.store",
    "anyio._backends._asyncio",
    "uvicorn.lifespan.off",
)
"""Modules with which every kit of Juju's half is built and asked."""
GRAFANA = (
    "simulators.embedded.juju.prometheus_service",
    "simulators.prometheus.app",
    "simulators.prometheus.node_exporter",
    "simulators.embedded.juju.grafana_service",
    "simulators.grafana.app",
    "simulators.grafana.pages",
    "jinja2",
)
WORDPRESS = (
    "simulators.embedded.mysql_host",
    "simulators.embedded.juju.wordpress_files",
    "simulators.embedded.juju.php",
    "simulators.juju.cli.applications",
    "simulators.wordpress.app",
    "simulators.wordpress.rest",
)


def prepare(plan: Plan) -> None:
    """Load what a kit is built with, while others of the process are asked: on its loop they would wait for that.

    What cannot be loaded is left to whoever needs it, who then says so.
    """
    wanted: list[str] = []
    if plan.of_juju:
        wanted += JUJU
        wanted += WORDPRESS if plan.reaches("checkpoint-5") else GRAFANA
    with _taking_turns():
        _import(wanted)


def begin(plan: Plan) -> threading.Thread:
    """Load the rest in a thread of its own, and then let garbage be collected, which was not until now.

    What cannot be loaded is left to whoever needs it, who then says so.
    """
    thread = threading.Thread(target=_load, args=(plan,), name="warming", daemon=True)
    thread.start()
    return thread


def _load(plan: Plan) -> None:
    try:
        with _taking_turns(), contextlib.suppress(Exception):
            if plan.reaches("checkpoint-1"):
                _load_django()
    finally:
        # Modules are no garbage: looking through them for some, again and again, takes a tenth of the kit's time.
        gc.freeze()
        gc.enable()


def _load_django() -> None:
    from simulators.embedded.django_site.configured import handler

    handler()
    from django.template.loader import get_template

    for name in TEMPLATES:
        get_template(f"admin/{name}.html")


def _import(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            import_module(name)


@contextlib.contextmanager
def _taking_turns() -> Generator[None]:
    turns = sys.getswitchinterval()
    sys.setswitchinterval(QUICK_TURNS)
    try:
        yield
    finally:
        sys.setswitchinterval(turns)
