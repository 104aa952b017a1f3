"""A class of embedded kits, played by the test's own process, and what the catalogue says of each of them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harness import rubric
from kitcheck.course.book import Book
from kitcheck.course.model import Attempt, Course, Group, Mark, Terms, Waiver
from simulators.embedded.kit import start
from simulators.expectation import expected, trial_of
from simulators.mistakes import planned
from simulators.plan import Plan
from simulators.road import travelled

CHECKPOINTS = ("checkpoint-1", "checkpoint-2", "checkpoint-3")
SILENT = "silent"
"""Instead of an entry of the catalogue: somebody takes the connection and never says a word."""

A_CLASS = {
    "g01": "reference",
    "g02": "database-sqlite",
    "g03": "reference",
    "g04": SILENT,
    "g05": "messages-with-html",
    "g06": "role-missing",
    "g07": "reference",
    "g08": "renamed-hosts",
    "g09": "proxy-stopped",
    "g10": "reference",
    "g11": "kit-unreachable",
    "g12": "wrong-path",
    "g13": "reference",
    "g14": "database-by-address",
    "g15": "same-message",
    "g16": "reference",
    "g17": "machine-released",
    "g18": "custom-path",
    "g19": "stock-site-left",
    "g20": "reference",
    "g21": "upstream-without-port",
    "g22": "reference",
    "g23": "other-sites",
    "g24": "reference",
}
"""A class of 24: a third with assorted mistakes, one kit unreachable, one that hangs; by the catalogue's ids."""
UNDECIDED = ("g04", "g11")


@contextmanager
def played(folder: Path, trials: Mapping[str, str]) -> Generator[Course]:
    """Return a class in which each group's kit is as an entry of the catalogue has it; gone at the end."""
    with ExitStack() as until:
        groups: list[Group] = []
        for group, id_ in trials.items():
            plan = planned([] if id_ in (SILENT, "reference") else [id_], Plan.at("checkpoint-3"))
            own = folder / group
            own.mkdir()
            kit = until.enter_context(start(plan, name=f"kit-{group}", folder=own))
            if id_ == SILENT:
                path = own / "silent.yaml"
                port = until.enter_context(_silence())
                path.write_text(re.sub(rf"127.0.0.1:{kit.ssh_port}\b", f"127.0.0.1:{port}", kit.kit_yaml.read_text()))
                path.chmod(0o600)
            else:
                path, _ = until.enter_context(travelled(kit.kit_yaml, plan))
            groups.append(Group(group, (), path))
        book = f"sqlite:///{(folder / 'grade-book.sqlite').as_posix()}"
        yield Course("Cloud", tuple(groups), tuple(map(Terms, CHECKPOINTS)), grade_book=book)


@contextmanager
def _silence() -> Generator[int]:
    """Return a port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def catalogued(id_: str) -> dict[str, str]:
    """Return the verdict of each check that an entry of the catalogue must give."""
    if id_ == SILENT:
        id_ = "kit-unreachable"
    read = rubric.read(rubric.FEATURES)
    return {check: verdict.value for check, verdict in expected(read, trial_of(id_), checkpoints=CHECKPOINTS).items()}


def verdicts(attempts: Iterable[Attempt]) -> dict[str, dict[str, str]]:
    """Return the verdict of each check that the last attempts of each group gave, in the rubric's order."""
    found: dict[str, dict[str, str]] = {}
    for attempt in sorted(attempts, key=lambda each: (each.checkpoint, each.number)):
        found.setdefault(attempt.group, {}).update({each["id"]: each["verdict"] for each in checks(attempt)})
    return found


def checks(attempt: Attempt) -> list[dict[str, Any]]:
    """Return the entries of an attempt's checks."""
    return attempt.document["checkpoints"][0]["checks"]


class Watched:
    """A grade book that tells after how many groups something is written into it."""

    def __init__(self, book: Book, after: Mapping[int, Callable[[], object]] | None = None) -> None:
        """Do what `after` says when that many groups were written down."""
        self._book = book
        self._after = dict(after or {})
        self.written = 0

    def attempts(self, *, evidence: bool = True) -> Sequence[Attempt]:
        """As the book."""
        return self._book.attempts(evidence=evidence)

    def marks(self) -> Sequence[Mark]:
        """As the book."""
        return self._book.marks()

    def waivers(self) -> Sequence[Waiver]:
        """As the book."""
        return self._book.waivers()

    def add_all(self, attempts: Iterable[Attempt]) -> Sequence[Attempt]:
        """Write them down, then do what is to be done."""
        new = self._book.add_all(attempts)
        self.written += 1
        if (do := self._after.pop(self.written, None)) is not None:
            do()
        return new

    def claim(self, kit: str, holder: str, *, now: datetime, stale: timedelta) -> str | None:
        """As the book."""
        return self._book.claim(kit, holder, now=now, stale=stale)

    def renew(self, holder: str, *, now: datetime) -> None:
        """As the book."""
        self._book.renew(holder, now=now)

    def release(self, holder: str, kit: str | None = None) -> None:
        """As the book."""
        self._book.release(holder, kit)
