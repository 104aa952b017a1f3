"""`python -m tests.bench.players 12`: plays so many kits, tells their kit.yaml as JSON, until standard input ends."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path

from simulators.embedded.kit import start
from simulators.plan import Plan


def main(count: int) -> None:
    """Play them."""
    with contextlib.ExitStack() as until:
        folder = Path(until.enter_context(tempfile.TemporaryDirectory()))
        for number in range(count):
            (folder / str(number)).mkdir()
        kits = [
            until.enter_context(start(Plan(), name=f"kit-{number}", folder=folder / str(number)))
            for number in range(count)
        ]
        print(json.dumps([str(kit.kit_yaml) for kit in kits]), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
