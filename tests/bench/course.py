"""Budget of a class: what a kit costs among others on two cores, against `kitcheck grade` of that kit alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kitcheck.course.book import open_book
from kitcheck.course.model import Course, Group, Terms
from kitcheck.course.running import grade_class
from tests.bench.budgets import Measured, seconds

GROUPS, JOBS, PLAYERS, ROUNDS = 24, 2, 2, 3
LEAST_EFFICIENCY = 0.9
CHECKPOINTS = ("checkpoint-1", "checkpoint-2", "checkpoint-3")


def measure() -> list[Measured]:
    """Return the budget of a class: both sides as processes in turn, on the same kits, which others play."""
    with tempfile.TemporaryDirectory() as home, _played() as kits:
        environment = os.environ | {"XDG_STATE_HOME": home}

        def run(*arguments: str) -> float:
            command = [sys.executable, "-m", *arguments]
            return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment))

        alone: list[float] = []
        among: list[float] = []
        for _ in range(ROUNDS):
            alone += [run("kitcheck", "grade", "--kit", kits[number]) for number in range(ROUNDS)]
            among.append(run("tests.bench.course", *kits) * JOBS / GROUPS)
    one, each = statistics.median(alone), statistics.median(among)
    detail = f"{each:.2f} s of a job among {GROUPS}, {one:.2f} s alone: efficiency {one / each:.2f} with {JOBS} jobs"
    return [Measured("a kit of a class, against kitcheck grade", each / one, 1 / LEAST_EFFICIENCY, detail)]


@contextmanager
def _played() -> Generator[list[str]]:
    """Return the kit.yaml of each of the class's kits."""
    command = [sys.executable, "-m", "tests.bench.players", str(GROUPS // PLAYERS)]
    with ExitStack() as until:
        players = [
            until.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for _ in range(PLAYERS)
        ]
        kits: list[str] = []
        for player in players:
            if player.stdin is None or player.stdout is None:
                raise RuntimeError("the players have no pipes")
            until.callback(player.stdin.close)
            kits += json.loads(player.stdout.readline())
        yield kits


def main(kits: Sequence[str]) -> int:
    """Grade a class with these kits, as `kitcheck class grade --jobs 2` does, and return the exit status."""
    groups = tuple(Group(f"g{number:02}", (), Path(path)) for number, path in enumerate(kits))
    with tempfile.TemporaryDirectory() as folder:
        course = Course("Bench", groups, tuple(map(Terms, CHECKPOINTS)), grade_book=f"sqlite:///{folder}/book.sqlite")
        with open_book(course.grade_book) as book:
            return grade_class(course, book, jobs=JOBS, out=sys.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
