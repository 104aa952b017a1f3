"""`kitcheck grade` of a kit of which nothing can be told: it says what to do next, to whoever can do it."""

from __future__ import annotations

import shlex

import pytest

from kitcheck.grade import grade
from kitcheck.outputs import Outputs
from tests.grading.made_up import Lab

SCENARIO = "@id:{0} @points:2\nScenario: It is {0}\n  Then the kit answers {1}\n\n"


def _said(lab: Lab, capsys: pytest.CaptureFixture[str], *, named: bool) -> tuple[int, str]:
    status = grade(lab.kit, outputs=Outputs(), named=named)
    return status, capsys.readouterr().err


def test_kit_that_is_away(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """The line can be typed as it stands; a kit.yaml that nobody named is gone by then, and is not spoken of."""
    lab.feature("checkpoint-3", SCENARIO.format("one", "right"))
    lab.describe(stage="checkpoint-3", unreachable=True)
    line = f"`kitcheck doctor --kit {shlex.quote(str(lab.kit))}` names the first step that is broken\n"

    assert _said(lab, capsys, named=True) == (2, line)
    assert _said(lab, capsys, named=False) == (2, "")


@pytest.mark.parametrize("other", ["right", "wrong"])
def test_kit_of_which_something_can_be_told(lab: Lab, capsys: pytest.CaptureFixture[str], other: str) -> None:
    """Its own causes say what to do."""
    lab.feature("checkpoint-3", SCENARIO.format("one", "late") + SCENARIO.format("two", other))

    assert _said(lab, capsys, named=True)[1] == ""


def test_grading_that_was_interrupted(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrong with the way to the kit."""
    lab.feature("checkpoint-3", SCENARIO.format("one", "interrupt"))

    assert _said(lab, capsys, named=True) == (130, "")
