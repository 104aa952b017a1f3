"""The command `kitcheck demo`: the whole lab from nothing, graded, gone again whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kitcheck.ending import interrupted_when_terminated
from kitcheck.head_start import DEMO as NAME
from kitcheck.head_start import STAGES

if TYPE_CHECKING:
    from kitcheck.outputs import Outputs
    from simulators.embedded.process import Played

    Kits = Generator[AbstractContextManager[Path]]
    """Each gives its kit.yaml; the next is asked for when the one before was graded."""


def demo(
    *,
    docker: bool = False,
    json: Path | None = None,
    junit: Path | None = None,
    html: Path | None = None,
    lang: str = "en",
) -> int:
    """Build, grade and remove a kit of each part of the lab, and return the exit status of all together.

    The result goes to `json`, or where Kitcheck remembers things, and to the other files. UsageError when a file
    cannot be written; with `docker`, also when a kit of that name is there already, which stays, and when no engine
    answers.
    """
    report = json or _own_report()

    def outputs() -> Outputs:
        # imported when the kit is already being played
        from kitcheck.outputs import Outputs

        return Outputs(report, junit, html, lang)

    with interrupted_when_terminated():
        status = _of_containers(outputs) if docker else _of_processes(outputs)
    print(f"report: {html or report}")
    return status


def _own_report() -> Path:
    from simulators.kit_folder import home

    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    return home() / "demo.json"


def _of_processes(outputs: Callable[[], Outputs]) -> int:
    """Grade embedded kits: one process plays them, the next while one is graded."""
    from kitcheck import head_start, simulated

    with closing(head_start.take() or head_start.play()) as played:
        simulated.import_what_grading_needs()
        from kitcheck.ahead import Ahead

        paths = [partial(_path, played, number) for number in range(len(STAGES))]
        with closing(Ahead(paths[1:])) as ahead:
            status = _grade(_played_kits(played, paths), outputs(), plugins=[ahead])
        simulated.require_alive(played)
    return status


def _path(played: Played, number: int) -> Path:
    return played.ready(number).kit_yaml


def _played_kits(played: Played, paths: Iterable[Callable[[], Path]]) -> Kits:
    for number, path in enumerate(paths):
        if number:
            played.go_on()  # the kit after this one is built while this one is graded
        yield nullcontext(path())
    played.dismiss()  # it cleans up while the result is written


def _of_containers(outputs: Callable[[], Outputs]) -> int:
    return _grade((_container_kit(stage) for stage in STAGES), outputs())


@contextmanager
def _container_kit(stage: str) -> Generator[Path]:
    from kitcheck.kits import say
    from simulators.docker import kits
    from simulators.plan import Plan

    # a start that fails undoes itself
    kit = kits.up(NAME, plan=Plan.at(stage), say=say)
    try:
        yield kit.kit_yaml
    finally:
        kits.down(NAME, say=say)


def _grade(kits: Kits, outputs: Outputs, *, plugins: Sequence[object] = ()) -> int:
    """Grade one kit after the other before somebody's eyes, and conclude once."""
    from harness import grading, result
    from harness.table import progress
    from kitcheck.ending import quiet_libraries
    from kitcheck.grade import INTERRUPTED

    outputs = outputs.check()
    quiet_libraries()
    results: list[result.Result] = []
    out = sys.stdout  # before pytest has it
    shown = progress((), out)

    def assignments() -> Generator[grading.Assignment]:
        nonlocal shown
        for kit in kits:
            with kit as path:
                # what was graded already, on a kit before, is not graded again, unless the kit has nothing else
                known = {checkpoint.id for each in results for checkpoint in each.checkpoints}
                assigned = grading.assign(path)
                left = tuple(each for each in assigned.checks if each.checkpoint not in known)
                assignment = replace(assigned, checks=left or assigned.checks)
                with progress(assignment.checks, out) as shown:
                    yield assignment

    interrupted = False
    with closing(assignments()) as coming:
        try:
            grading.carry_out_each(
                coming, on_check=lambda check: shown.done(check), on_result=results.append, plugins=plugins
            )
        except grading.Interrupted as stop:
            results.append(stop.result)
            interrupted = True
    graded = result.joined(results)
    outputs.write(graded)
    shown.conclude(graded)
    return INTERRUPTED if interrupted else result.EXIT_STATUS[graded.verdict]
