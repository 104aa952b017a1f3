"""What an exception in a scenario means: the kit is wrong, a person or nobody can tell, or Kitcheck is at fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import CheckFailed, KitError, LeftToPerson
from harness.printable import one_line
from harness.verdicts import Evidence, Verdict

NO_STEP_HELP = "no function in steps/ has this sentence: write one, or correct the sentence in the feature file"
OWN_FAULT_HELP = "this says nothing about the kit; please report it, with the output of KITCHECK_DEBUG=1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says, before its time and evidence are known."""

    verdict: Verdict
    rationale: str = ""
    help: str = ""
    expected: str = ""
    observed: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def spoken(self) -> str:
        """All that a reader needs, one statement per line."""
        lines = [self.rationale]
        lines += [f"{name}: {text}" for name, text in self.details if text]
        return "\n".join(lines)

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What stands behind the rationale."""
        return (("expected", self.expected), ("observed", self.observed), ("help", self.help))


PASSED = Outcome(Verdict.PASSED)
BY_HAND = "graded by a person"
"""The rationale of a check that is always manual."""
NEEDS = "needs “"
"""How the rationale begins of a check that was not made because of its prerequisite."""


def outcome_of(error: BaseException, sentence: str = "") -> Outcome:
    """Return what `error`, raised in the step `sentence`, means."""
    from pytest_bdd.exceptions import StepDefinitionNotFoundError

    if isinstance(error, CheckFailed):
        return Outcome(
            Verdict.FAILED, error.rationale, error.help, error.expected, error.observed, tuple(error.evidence)
        )
    if isinstance(error, LeftToPerson):
        return Outcome(Verdict.MANUAL, error.rationale, error.help)
    if isinstance(error, KitError):
        return Outcome(Verdict.ERROR, str(error), error.help)
    if isinstance(error, Exception) and _raised_in(error) == "testinfra":
        # its own probe of a host ended in a way that it does not know: no step has claimed anything yet
        said = one_line(str(error))[:300] or type(error).__name__
        return Outcome(
            Verdict.ERROR, f"testinfra could not look at the host: {said}", "log in there and try it by hand"
        )
    if isinstance(error, AssertionError):
        return Outcome(
            Verdict.FAILED,
            f"does not hold: {sentence}" if sentence else "an assertion does not hold",
            expected=sentence,
            observed=str(error) or "the opposite",
        )
    if isinstance(error, StepDefinitionNotFoundError):
        return Outcome(Verdict.ERROR, own_fault(str(error).partition(". Line ")[0]), NO_STEP_HELP)
    where = f"in {sentence!r}: " if sentence else ""
    return Outcome(Verdict.ERROR, own_fault(f"{where}{type(error).__name__}: {error}"), OWN_FAULT_HELP)


def _raised_in(error: BaseException) -> str:
    """Return the package whose code raised an error."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return str(last.tb_frame.f_globals.get("__name__", "")).partition(".")[0] if last is not None else ""


def own_fault(what: str) -> str:
    """Return the rationale of a check that could not be made because of us."""
    return f"a fault of Kitcheck itself: {what}".rstrip(": ")


def blocked(prerequisites: Iterable[tuple[str, Verdict]]) -> Outcome | None:
    """Return what a check says without being made, given its prerequisites (title, verdict); None when it can be made.

    A kit that cannot be reached says nothing: what depends on such an answer is an error too, and never skipped.
    """
    found = dict[Verdict, str]()
    for title, verdict in prerequisites:
        found.setdefault(verdict, title)
    for verdict, ending in ((Verdict.FAILED, "failed"), (Verdict.SKIPPED, "was skipped")):
        if verdict in found:
            return Outcome(Verdict.SKIPPED, f"{NEEDS}{found[verdict]}”, which {ending}")
    if Verdict.ERROR in found:
        return Outcome(Verdict.ERROR, f"{NEEDS}{found[Verdict.ERROR]}”, which could not be told")
    return None
