"""Is the self-test worth anything? Each check in turn is broken on purpose: it must be found out, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import rubric
from harness.verdicts import Verdict
from kitcheck import matrix, selftest
from kitcheck.selftest_kits import EmbeddedKits
from simulators.entry import Entry
from simulators.mistakes import MISTAKES
from simulators.plan import ALL_STAGES
from tests.selftest.always_passes import AlwaysPasses

CHECKS = [
    check.id
    for check in rubric.read(rubric.FEATURES).selected(ALL_STAGES, allow_disruption=False)
    if not check.manual  # a person answers those: there is nothing to break
]


def _mistake(check: str) -> Entry:
    """Return a mistake that must fail a check, one that is graded fast if there is one."""
    failing = [each for each in MISTAKES if check in each.fails]
    assert failing, f"no mistake fails {check}: nobody would notice if it always passed"
    return min(failing, key=lambda each: each.id in selftest.LONGEST)


@pytest.mark.parametrize("check", CHECKS)
def test_broken_check_is_named(check: str, tmp_path: Path) -> None:
    """A check that passes whatever it finds makes the self-test fail, and the report says which one it is."""
    mistake = _mistake(check)
    report = selftest.run([mistake], EmbeddedKits(tmp_path), plugins=[AlwaysPasses(check)])
    named = next((d for d in report.deviations if d.check == check), None)

    assert report.troubled == []
    assert named is not None
    assert (named.expected, named.seen) == (Verdict.FAILED, Verdict.PASSED)
    assert report.exit_status == 1
    assert f"{mistake.id}, {check}" in list(matrix.lines(report))
