"""The command `kitcheck selftest`: do the checks catch every mistake for the right reason, and accuse nobody else?"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from harness import result, rubric
from harness.errors import KitError
from kitcheck import matrix
from kitcheck.ending import interrupted_when_terminated, quiet_libraries
from kitcheck.kits import say
from kitcheck.report import Report, count, rows
from simulators.expectation import REFERENCES, trial_of
from simulators.mistakes import CATALOGUE
from simulators.plan import Plan

if TYPE_CHECKING:
    from kitcheck.trial import Kits, Outcome
    from simulators.entry import Entry

Kind = Literal["embedded", "docker"]
JOBS_PER_CORE = 4
"""Kits at once: many of them wait, for a command that never ends, or for NGINX that tries a dead server again."""
DOCKER_JOBS = 2
LONGEST = (
    "slow-kit",
    "http-hangs",
    "server-hangs",
    "sticky",
    "cached-answers",
    "unfair-weights",
    "wrong-port",
    "one-backend",
    "one-backend-down",
    "database-unresolvable",
    "backend-marked-down",
    "backend-only-backup",
    "http-endless-body",
    "connection-lost-half-way",
    "maas-down",
)
"""Entries that take longest, as measured: begun first, so that nobody waits for one of them alone at the end."""


def selftest(
    ids: Sequence[str] = (), *, docker: bool = False, repeat: int = 1, jobs: int | None = None, json_file: Path | None
) -> int:
    """Run the reference and the catalogue, or the entries named, print the matrix and return the exit status.

    Raises UsageError for an id that is unknown or a file that cannot be written, KitError when a worker died.
    """
    result.writable((json_file,))
    quiet_libraries()
    entries = chosen(ids)
    done = 0

    def on_done(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        say(f"[{done}/{len(entries) * repeat}] {outcome.entry}: {_state(outcome)}, {outcome.seconds:.1f} s")

    kind: Kind = "docker" if docker else "embedded"
    with interrupted_when_terminated(), _kits(kind, jobs, len(entries) * repeat) as (kits, at_once):
        report = run(entries, kits, kind=kind, repeat=repeat, jobs=at_once, on_done=on_done)
    for line in matrix.lines(report):
        typer.echo(line)
    if json_file is not None:
        text = json.dumps(report.document(), ensure_ascii=False, indent=2)
        result.write_whole(json_file, text.encode("utf-8", "backslashreplace") + b"\n")
    typer.echo("")
    typer.echo(report.conclusion)
    return report.exit_status


def _state(outcome: Outcome) -> str:
    if outcome.trouble:
        return "could not be run"
    found = len(outcome.graded.deviations)
    return count(found, "deviation") if found else "as catalogued"


def chosen(ids: Sequence[str]) -> tuple[Entry, ...]:
    """Return the entries named, or both references and all, in the catalogue's order. Raises UsageError."""
    wanted = {trial_of(id_).id for id_ in ids}
    halves = {each.half for each in (REFERENCES[0], *CATALOGUE)}
    references = [each for each in REFERENCES if each.half in halves]
    return tuple(each for each in (*references, *CATALOGUE) if not wanted or each.id in wanted)


def run(
    entries: Sequence[Entry],
    kits: Kits,
    *,
    kind: Kind = "embedded",
    repeat: int = 1,
    jobs: int = 1,
    plugins: Sequence[object] = (),
    on_done: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Try every entry `repeat` times, `jobs` at once, and return what was found; `on_done` hears of each.

    With one job everything happens in this process; else in worker processes, which find entries by id, and to which
    `kits` and `plugins` (of pytest) are pickled. Raises KitError when a worker died. Whatever is raised, Ctrl-C too, no
    kit is in use any more.
    """
    started = time.perf_counter()
    outcomes: list[Outcome] = []
    order = sorted(entries, key=lambda each: LONGEST.index(each.id) if each.id in LONGEST else len(LONGEST))
    all_runs = [each for each in order for _ in range(repeat)]
    coming = _one_by_one(all_runs, kits, plugins) if jobs == 1 else _side_by_side(all_runs, kits, jobs, plugins)
    with contextlib.closing(coming):
        for outcome in coming:
            outcomes.append(outcome)
            on_done(outcome)
    read = rubric.read(rubric.FEATURES)
    return Report(kind, read, rows(entries, outcomes), repeat, time.perf_counter() - started)


def _one_by_one(entries: Sequence[Entry], kits: Kits, plugins: Sequence[object]) -> Generator[Outcome]:
    from kitcheck.trial import attempt

    for each in entries:
        yield attempt(each, kits, plugins=plugins)


def _side_by_side(entries: Sequence[Entry], kits: Kits, jobs: int, plugins: Sequence[object]) -> Generator[Outcome]:
    from concurrent.futures import FIRST_COMPLETED, Future, wait
    from concurrent.futures.process import BrokenProcessPool

    from kitcheck.trial import attempt_by_id
    from kitcheck.workers import Workers

    waiting = [(each, kits.slot_for(each.change(Plan()), jobs)) for each in entries]
    free = set(range(jobs))
    running: dict[Future[Outcome], int] = {}
    with Workers(jobs) as workers:
        try:
            while waiting or running:
                for slot in sorted(free):
                    # what has its own slot goes first there; what is handed over is begun at once, in this order
                    fitting = [each for each in waiting if each[1] == slot] or [
                        each for each in waiting if each[1] is None
                    ]
                    if fitting:
                        waiting.remove(fitting[0])
                        free.remove(slot)
                        running[workers.submit(attempt_by_id, fitting[0][0].id, kits, slot, plugins)] = slot
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    free.add(running.pop(future))
                    yield future.result()
        except BrokenProcessPool:
            raise KitError("a worker of the self-test died", help="is memory short? try fewer --jobs") from None
        except BaseException:
            workers.stop()
            raise


@contextlib.contextmanager
def _kits(kind: Kind, jobs: int | None, most: int) -> Generator[tuple[Kits, int]]:
    """Yield where kits come from, and how many are tried at once, `most` at most."""
    from kitcheck import selftest_kits

    if kind == "docker":
        at_once = min(most, jobs or DOCKER_JOBS)
        with selftest_kits.docker_kits(at_once) as kits:
            yield kits, at_once
    else:
        with selftest_kits.embedded_kits() as kits:
            yield kits, min(most, jobs or JOBS_PER_CORE * (os.cpu_count() or 1))
