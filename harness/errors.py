"""What can go wrong: by the kit (CheckFailed), by nobody we know of (KitError), by the caller (UsageError); and what is
left to a person (LeftToPerson)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.verdicts import Evidence


class CheckFailed(Exception):
    """The kit is wrong: the check was made and its claim does not hold."""

    def __init__(
        self,
        rationale: str,
        *,
        help: str = "",
        expected: str = "",
        observed: str = "",
        evidence: Sequence[Evidence] = (),
    ) -> None:
        """Say what is wrong in one sentence (`rationale`) and what to try (`help`)."""
        super().__init__(rationale)
        self.rationale = rationale
        self.help = help
        self.expected = expected
        self.observed = observed
        self.evidence = tuple(evidence)


class LeftToPerson(Exception):
    """A person grades this one, for it needs what we were not given."""

    def __init__(self, rationale: str, *, help: str = "") -> None:
        """Say in one sentence why (`rationale`), and what would let us grade it (`help`)."""
        super().__init__(rationale)
        self.rationale = rationale
        self.help = help


class KitError(Exception):
    """We could not tell: nothing is said about the kit's worth."""

    def __init__(self, message: str, *, help: str = "") -> None:
        """Say what was tried and what happened (`message`) and what to do about it (`help`)."""
        super().__init__(message)
        self.help = help


class Unreachable(KitError):
    """Nothing answers at an address, or the way to it was lost."""


class TimedOut(KitError):
    """A deadline passed before an answer was whole."""


class AccessRefused(KitError):
    """Something answers, and refuses our credentials or shows another identity than before."""


class UnexpectedAnswer(KitError):
    """An answer came that is too long, malformed or not of the documented kind."""


class UsageError(Exception):
    """A file, option or name that we were given cannot be used: exit status 4, nothing run."""

    def __init__(self, *lines: str) -> None:
        """Say what cannot be used and why; in a line for each, where more than one thing is wrong."""
        super().__init__(*lines)
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)
