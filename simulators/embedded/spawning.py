"""Starts the process that plays kits, before anything is imported that is not needed for that: each import would let
the kit wait."""

from __future__ import annotations

import os
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - see above
MODULE = "simulators.embedded"


def arguments(
    *,
    name: str = "kit",
    network: str | None = None,
    at: str | None = None,
    then: Iterable[str] = (),
    mistakes: Iterable[str] = (),
    register: bool = False,
    dashboard: bool = False,
) -> list[str]:
    """Return what tells `python -m simulators.embedded` which kits to play."""
    wanted = [
        ("--name", name),
        ("--network", network),
        ("--at", at),
        *(("--mistake", each) for each in mistakes),
        *(("--then", each) for each in then),
    ]
    said = [word for option, value in wanted if value is not None for word in (option, value)]
    return [*said, *(["--register"] if register else []), *(["--dashboard"] if dashboard else [])]


def spawn(wanted: list[str], module: str = MODULE) -> subprocess.Popen[bytes]:
    """Start the process, and return at once; its standard input, output and error are pipes."""
    paths = [ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    # Ctrl-C is for us: the kit is needed until we have cleaned up
    options: dict[str, Any] = {"process_group": 0}
    if os.name == "nt":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    start: Any = subprocess.Popen
    # Without -P, a folder of that name where we were called would be taken for the package.
    return start(
        [sys.executable, "-P", "-m", module, *wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        **options,
    )
