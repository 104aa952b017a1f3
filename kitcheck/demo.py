"""The command `kitcheck demo`: a kit from nothing, graded, and gone again, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

from kitcheck.ending import interrupted_when_terminated
from kitcheck.head_start import DEMO as NAME
from kitcheck.head_start import STAGE


def demo(*, docker: bool = False, json: Path | None = None, junit: Path | None = None) -> int:
    """Build, grade and remove a kit, and return the exit status of grading it.

    The result goes to `json`, or where Kitcheck remembers things. UsageError when a file cannot be written; with
    `docker`, also when a kit of that name is there already, which stays, and when no engine answers.
    """
    report = json or _own_report()
    if docker:
        status = _of_containers(report, junit)
    else:
        from kitcheck import head_start, simulated

        status = simulated.grade(name=NAME, at=STAGE, json=report, junit=junit, played=head_start.take())
    print(f"report: {report}")
    return status


def _own_report() -> Path:
    from simulators.kit_folder import home

    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    return home() / "demo.json"


def _of_containers(report: Path, junit: Path | None) -> int:
    from kitcheck.grade import Outputs, grade
    from kitcheck.kits import free_network, say
    from simulators.docker import kits
    from simulators.plan import Plan

    outputs = Outputs(report, junit)
    outputs.check()
    with interrupted_when_terminated():
        # a start that fails undoes itself
        kit = kits.up(NAME, network=free_network(), plan=Plan(stage=STAGE), say=say)
        try:
            return grade(kit.kit_yaml, outputs=outputs)
        finally:
            kits.down(NAME, say=say)
