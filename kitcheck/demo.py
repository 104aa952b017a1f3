"""The command `kitcheck demo`: a kit from nothing, graded, and gone again, whatever happens in between."""

from __future__ import annotations

import signal
from dataclasses import replace
from types import FrameType
from typing import NoReturn

import typer

from kitcheck.grade import Outputs, grade
from kitcheck.kits import free_network, say

NAME = "demo"
STAGE = "checkpoint-3"


def demo(outputs: Outputs) -> int:
    """Build, grade and remove a kit, and return the exit status of grading it.

    UsageError when a kit of that name is there already, which stays, or when no engine answers.
    """
    from simulators.docker import kits
    from simulators.kit_folder import home

    if outputs.json is None:
        home().mkdir(parents=True, exist_ok=True, mode=0o700)
        outputs = replace(outputs, json=home() / "demo.json")
    outputs.check()
    # whoever ends us by a signal must not leave the kit behind either
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        # a start that fails undoes itself
        kit = kits.up(NAME, network=free_network(), at=STAGE, say=say)
        try:
            status = grade(kit.kit_yaml, outputs=outputs)
        finally:
            kits.down(NAME, say=say)
    finally:
        signal.signal(signal.SIGTERM, before)
    typer.echo(f"result: {outputs.json}")
    return status


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
