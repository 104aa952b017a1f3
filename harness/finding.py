"""What a judging function finds: whether a claim holds, and everything a person needs to act on it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import CheckFailed


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of judging observations, without having looked at anything itself."""

    holds: bool
    rationale: str = ""
    """What is wrong, in one sentence; empty when the claim holds."""
    help: str = ""
    """What to try."""
    expected: str = ""
    observed: str = ""

    def require(self) -> None:
        """Raise CheckFailed unless the claim holds."""
        if not self.holds:
            raise CheckFailed(self.rationale, help=self.help, expected=self.expected, observed=self.observed)


def holds(*, expected: str = "", observed: str = "") -> Finding:
    """Return the finding that a claim holds."""
    return Finding(True, expected=expected, observed=observed)


def fails(rationale: str, *, help: str, expected: str = "", observed: str = "") -> Finding:
    """Return the finding that a claim does not hold, why, and what to try."""
    return Finding(False, rationale, help, expected, observed)


def sentence_list(words: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
