"""Watches each check while pytest makes it: what came of every phase, in how much time, on what evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import CheckFailed, KitError, LeftToPerson, UsageError
from harness.outcome import BY_HAND, PASSED, Outcome, blocked, outcome_of
from harness.printable import one_line, printable
from harness.result import check_document
from harness.rubric import Check, Rubric
from harness.verdicts import CheckResult, Evidence, Verdict

if TYPE_CHECKING:
    from harness.hooks import OpenKit

RESULT = "kitcheck"
"""The user property of a test's last report that carries its check's whole result."""
VERDICT = "kitcheck-verdict"
"""The user property of the report that decided."""

_SENTENCE_LIMIT = 1000
_DETAIL_LIMIT = 4000


@dataclasses.dataclass
class _Made:
    """What is known so far of one check."""

    outcome: Outcome | None = None
    sentence: str = ""
    """The step that was being made when something was raised."""
    duration_s: float = 0.0


class Recorder:
    """The pytest plugin that decides what each check says; one per process that runs checks."""

    def __init__(self, rubric: Rubric) -> None:
        self.checks: Mapping[str, Check] = {check.test_name: check for check in rubric.checks}
        """By name of the test."""
        self.titles = {check.id: check.title for check in rubric.checks}
        self.verdicts: dict[str, Verdict] = {}
        """By id, of the checks that are done."""
        self.kit: OpenKit | None = None
        self.unusable = ""
        """Why nothing more can be asked: a file or option that turned out to be wrong."""
        self._made: dict[str, _Made] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Settle what needs no look at the kit: manual checks, and those whose prerequisite is missing."""
        check = self.checks[item.name]
        if check.manual:
            outcome = Outcome(Verdict.MANUAL, BY_HAND)
        else:
            known = ((self.titles[need], self.verdicts[need]) for need in check.needs if need in self.verdicts)
            outcome = blocked(known)
        if outcome is None:
            return
        self._of(item).outcome = outcome
        if outcome.verdict is Verdict.ERROR:
            raise KitError(outcome.rationale)
        pytest.skip(outcome.rationale)

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_step_error(self, request: pytest.FixtureRequest, step: Any) -> None:
        """Remember the sentence that does not hold."""
        self._of(request.node).sentence = step.name

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge the phase, and let the last one carry the result."""
        report = yield
        made = self._of(item)
        made.duration_s += call.duration
        if call.excinfo is not None:
            raised = call.excinfo.value
            if isinstance(raised, UsageError):
                self.unusable = str(raised)
                item.session.shouldstop = self.unusable
            if call.when == "setup" and made.outcome is not None:
                decided = made.outcome
            elif call.when == "teardown":
                decided = _after_tidying(made.outcome or PASSED, _judged(made, raised))
            else:
                decided = _judged(made, raised)
            if call.when != "teardown":
                report.user_properties.append((VERDICT, decided.verdict.value))
            made.outcome = decided
            self._show(report, raised, decided)
        elif call.when == "call":
            made.outcome = PASSED
        if call.when == "teardown":
            result = self._result(self.checks[item.name], made)
            self.verdicts[result.id] = result.verdict
            del self._made[item.nodeid]
            report.user_properties.append((RESULT, {"checkpoint": result.checkpoint, **check_document(result)}))
        return report

    def _of(self, item: pytest.Item) -> _Made:
        return self._made.setdefault(item.nodeid, _Made())

    def _evidence(self) -> tuple[Evidence, ...]:
        return self.kit.log.take() if self.kit is not None else ()

    def _clean(self, text: str, limit: int) -> str:
        return printable(self.kit.log.redact(text) if self.kit is not None else text, limit=limit)

    def _result(self, check: Check, made: _Made) -> CheckResult:
        outcome = made.outcome or Outcome(Verdict.ERROR, "a fault of Kitcheck itself: the check was never made")
        expected, observed = self.kit.log.claims if self.kit is not None else ("", "")
        seen = self._evidence()
        seen += tuple(piece for piece in outcome.evidence if piece not in seen)
        return CheckResult(
            checkpoint=check.checkpoint,
            id=check.id,
            title=check.title,
            verdict=outcome.verdict,
            possible=check.points,
            rationale=one_line(self._clean(outcome.rationale, _SENTENCE_LIMIT)),
            help=self._clean(outcome.help, _SENTENCE_LIMIT),
            expected=self._clean(outcome.expected or expected, _DETAIL_LIMIT),
            observed=self._clean(outcome.observed or observed, _DETAIL_LIMIT),
            duration_s=made.duration_s,
            evidence=tuple(
                Evidence(piece.kind, printable(piece.source), piece.at, one_line(piece.summary), printable(piece.body))
                for piece in seen
            ),
        )

    def _show(self, report: pytest.TestReport, raised: BaseException, outcome: Outcome) -> None:
        """Let pytest's own output say what a reader needs: a traceback only for what is our own fault."""
        if report.outcome != "failed":
            return
        if isinstance(raised, LeftToPerson):
            # as pytest shows what was left out
            report.outcome, report.longrepr = (
                "skipped",
                (report.fspath, 0, self._clean(outcome.rationale, _SENTENCE_LIMIT)),
            )
            return
        if isinstance(raised, CheckFailed | KitError | UsageError | AssertionError):
            report.longrepr = self._clean(outcome.spoken, _DETAIL_LIMIT)
        else:
            report.longrepr = self._clean(f"{outcome.rationale}\n\n{report.longrepr}", 10 * _DETAIL_LIMIT)
        report.sections = [(name, self._clean(text, _DETAIL_LIMIT)) for name, text in report.sections]


def _judged(made: _Made, raised: BaseException) -> Outcome:
    if isinstance(raised, pytest.skip.Exception):
        return Outcome(Verdict.SKIPPED, raised.msg or "skipped")
    return outcome_of(raised, made.sentence)


def _after_tidying(earlier: Outcome, now: Outcome) -> Outcome:
    """Return what a check says when tidying up raised `now`: that neither excuses a failure nor is one of the kit."""
    rationale = f"tidying up after the check did not work: {now.rationale}"
    if earlier.verdict is Verdict.PASSED:
        return dataclasses.replace(now, verdict=Verdict.ERROR, rationale=rationale)
    return dataclasses.replace(earlier, help=f"{earlier.help}\n{rationale}".strip())
