"""Which checks a round leaves out: proofs that write into the kit, while nothing that we see has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from harness.verdicts import CheckResult, Verdict

if TYPE_CHECKING:
    import pytest

    from harness.recording import Recorder

WRITING = frozenset(
    {
        "first-django-uses-database",
        "database-shared",
        "wordpress-content-in-mysql",
        "wordpress-dashboard-opens",  # a login: WordPress keeps it among the user's sessions
    }
)
"""Checks that write something and remove it again; every other check only looks."""
PASSED_ROUNDS, FAILED_ROUNDS = 6, 3
"""At least every so many rounds such a check is made, whatever the others say: sooner while it is being mended."""

Facts = Mapping[str, tuple[Verdict, str]]
"""What checks said, by id: verdict and reason."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check that writes said when it was last made."""

    result: CheckResult
    number: int
    """Of the round."""
    at: datetime
    facts: Facts
    """What the others said in that round."""

    def holds(self, number: int, earlier: Facts) -> bool:
        """Return whether round `number` may leave it out, as far as the checks made `earlier` in that round tell.

        It may while it is fresh and no other check says anything else. What went wrong, or right, in a way that only
        the proof itself sees is found when its rounds are over: until then it is shown with the time of its making.
        """
        rounds = {Verdict.PASSED: PASSED_ROUNDS, Verdict.FAILED: FAILED_ROUNDS}.get(self.result.verdict, 0)
        return number < self.number + rounds and all(self.facts.get(id_) == said for id_, said in earlier.items())


def facts_of(checks: Sequence[CheckResult]) -> Facts:
    """Return what the checks that only look said."""
    return {check.id: (check.verdict, check.rationale) for check in checks if check.id not in WRITING}


class Sparing:
    """The pytest plugin of one round that leaves out the proofs which hold, as if they had been made."""

    def __init__(self, number: int, proofs: Mapping[str, Proof]) -> None:
        self.left_out: dict[str, Proof] = {}
        """By id."""
        self._number = number
        self._proofs = proofs
        self._made: list[CheckResult] = []

    def pytest_kitcheck_result(self, result: CheckResult) -> None:
        """Remember what was said earlier in this round."""
        self._made.append(result)

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Leave a check out; those that need it are told what it said."""
        recorder = cast("Recorder", item.config.pluginmanager.get_plugin("kitcheck-recorder"))
        check = recorder.checks[item.name]
        proof = self._proofs.get(check.id)
        if proof is None or not proof.holds(self._number, facts_of(self._made)):
            return None
        recorder.verdicts[check.id] = proof.result.verdict
        self.left_out[check.id] = proof
        return True
