"""What a self-test found: every entry's outcomes, what is not as catalogued, what changed between runs, its status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.verdicts import Verdict
from simulators.expectation import expected
from simulators.plan import HALVES

if TYPE_CHECKING:
    from harness.rubric import Check, Rubric
    from kitcheck.trial import Outcome
    from simulators.entry import Entry
    from simulators.expectation import Deviation

SCHEMA = "kitcheck/selftest/1"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and what became of it, run by run."""

    entry: Entry
    outcomes: tuple[Outcome, ...]

    @property
    def seconds(self) -> float:
        """How long one run took, the longest of them."""
        return max(outcome.seconds for outcome in self.outcomes)

    @property
    def deviations(self) -> list[tuple[int, Deviation]]:
        """What is not as catalogued, each with the number of the first run that said so."""
        found: dict[Deviation, int] = {}
        for number, outcome in enumerate(self.outcomes, start=1):
            for deviation in outcome.graded.deviations:
                found.setdefault(deviation, number)
        return [(number, deviation) for deviation, number in found.items()]

    def deviates(self, check: str) -> bool:
        """Return whether a check is not as catalogued in any run."""
        return any(deviation.check == check for outcome in self.outcomes for deviation in outcome.graded.deviations)


@dataclass(frozen=True, slots=True)
class Change:
    """A check of which two runs say different things."""

    entry: str
    check: str
    verdicts: tuple[Verdict, ...]
    """Run by run."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything."""

    kits: str
    """Which kind of kits: `embedded`, `docker`."""
    rubric: Rubric
    rows: tuple[Row, ...]
    runs: int
    seconds: float

    @property
    def halves(self) -> list[tuple[tuple[Check, ...], tuple[Row, ...]]]:
        """The columns and rows of each half of the lab that has any rows."""
        parts = ((half, tuple(row for row in self.rows if row.entry.half == half)) for half in HALVES)
        return [(self.rubric.selected(half, allow_disruption=False), rows) for half, rows in parts if rows]

    @property
    def deviations(self) -> list[Deviation]:
        """Everything that is not as catalogued."""
        return [deviation for row in self.rows for _, deviation in row.deviations]

    @property
    def troubled(self) -> list[str]:
        """Entries that could not be run."""
        return [row.entry.id for row in self.rows if any(outcome.trouble for outcome in row.outcomes)]

    @property
    def changes(self) -> list[Change]:
        """Verdicts that are not the same in all runs."""
        return [change for row in self.rows for change in _changes(row)]

    @property
    def changed(self) -> str:
        """How many verdicts changed, in words."""
        return f"{count(len(self.changes), 'verdict')} changed" if self.changes else "no verdict changed"

    @property
    def exit_status(self) -> int:
        """0 all as catalogued, in all runs; 1 something is not; 2 something could not be run."""
        if self.deviations:
            return 1
        return 2 if self.troubled else 0

    @property
    def conclusion(self) -> str:
        """All of it in one line."""
        cells = sum(len(checks) * len(rows) for checks, rows in self.halves)
        parts = [f"{count(len(self.rows), 'entry', 'entries')}, {count(cells, 'cell')}, {self.seconds:.1f} s"]
        if self.runs > 1:
            parts.append(f"{self.runs} runs, {self.changed}")
        if self.deviations:
            parts.append(count(len(self.deviations), "deviation"))
        if self.troubled:
            parts.append(f"could not be run: {', '.join(self.troubled)}")
        if self.exit_status == 0:
            parts.append("all as catalogued")
        return ": ".join(("selftest", "; ".join(parts)))

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values, under the name of the format, `kitcheck/selftest/1`."""
        return {
            "schema": SCHEMA,
            "kits": self.kits,
            "runs": self.runs,
            "seconds": round(self.seconds, 3),
            "as_catalogued": not self.deviations and not self.troubled,
            "entries": [_document(row, expected(self.rubric, row.entry)) for row in self.rows],
            "changed": [
                {"entry": change.entry, "check": change.check, "verdicts": [v.value for v in change.verdicts]}
                for change in self.changes
            ],
        }


def rows(entries: Sequence[Entry], outcomes: Iterable[Outcome]) -> tuple[Row, ...]:
    """Return the outcomes by entry, in the order of the entries whatever finished first."""
    by_entry: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_entry.setdefault(outcome.entry, []).append(outcome)
    return tuple(Row(entry, tuple(by_entry[entry.id])) for entry in entries)


def _changes(row: Row) -> Iterator[Change]:
    runs = [outcome.graded.verdicts for outcome in row.outcomes if not outcome.trouble]
    for check in runs[0] if runs else ():
        verdicts = tuple(run[check] for run in runs)
        if len(set(verdicts)) > 1:
            yield Change(row.entry.id, check, verdicts)


def _document(row: Row, wanted: Mapping[str, Verdict]) -> dict[str, Any]:
    return {
        "id": row.entry.id,
        "kind": row.entry.kind,
        "runs": [
            {
                "seconds": round(outcome.seconds, 3),
                "trouble": outcome.trouble,
                "checks": {
                    check: {"verdict": verdict.value, "rationale": outcome.graded.rationales.get(check, "")}
                    for check, verdict in outcome.graded.verdicts.items()
                },
            }
            for outcome in row.outcomes
        ],
        "expected": {check: verdict.value for check, verdict in wanted.items()},
        "deviations": [
            {
                "run": number,
                "check": deviation.check,
                "expected": deviation.expected.value,
                "pattern": deviation.pattern,
                "seen": deviation.seen and deviation.seen.value,
                "rationale": deviation.rationale,
            }
            for number, deviation in row.deviations
        ],
    }


def count(number: int, word: str, words: str = "") -> str:
    """Return `1 deviation`, `2 deviations`; `words` is the plural where it is not the word with an s."""
    return f"{number} {word if number == 1 else words or f'{word}s'}"
