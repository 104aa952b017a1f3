"""From a scenario to a verdict, in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness import grading
from harness.errors import UsageError
from harness.outcome import NO_STEP_HELP, OWN_FAULT_HELP
from harness.result import Identity, Result, document
from harness.verdicts import CheckResult, Overall, Points
from tests.grading import made_up
from tests.grading.made_up import SECRET, Lab


def _assigned(lab: Lab, *checkpoints: str, allow_disruption: bool = False) -> grading.Assignment:
    return grading.assign(
        lab.kit,
        checkpoints=checkpoints,
        allow_disruption=allow_disruption,
        features=lab.features,
        describe=made_up.pytest_kitcheck_describe,
    )


def _graded(
    lab: Lab, *checkpoints: str, allow_disruption: bool = False, on_check: Callable[[CheckResult], None] | None = None
) -> Result:
    assignment = _assigned(lab, *checkpoints, allow_disruption=allow_disruption)
    return grading.carry_out(assignment, on_check=on_check or (lambda _: None), plugins=[made_up])


def _one(lab: Lab, sentence: str) -> CheckResult:
    lab.feature("checkpoint-1", f"@id:it @points:2\nScenario: It holds\n  {sentence}\n")
    (check,) = _graded(lab, "1").checks
    return check


def _verdicts(checks: Sequence[CheckResult]) -> dict[str, str]:
    return {check.id: check.verdict.value for check in checks}


def test_passed(lab: Lab) -> None:
    """A check whose steps all hold passes; what was seen is its evidence, without the secret."""
    check = _one(lab, "Then the kit answers right")
    seen = [(piece.kind, piece.source, piece.summary, piece.body) for piece in check.evidence]

    assert (check.checkpoint, check.id, check.title, check.verdict.value, check.possible) == (
        "checkpoint-1",
        "it",
        "It holds",
        "passed",
        2,
    )
    assert (check.rationale, check.help, check.expected, check.observed) == ("", "", "", "")
    assert seen == [("command", "main", "asked for right", "said right and [hidden]")]
    assert check.duration_s > 0


def test_failed(lab: Lab) -> None:
    """A check that fails carries all that was said, its own evidence last."""
    check = _one(lab, "Then the kit answers wrong")

    assert check.verdict.value == "failed"
    assert (check.rationale, check.help, check.expected, check.observed) == (
        "it answers 502",
        "look at it",
        "200",
        "502 [hidden]",
    )
    assert [piece.summary for piece in check.evidence] == ["asked for wrong", "GET /"]


def test_failed_assertion(lab: Lab) -> None:
    """A bare assertion of a step fails with the sentence."""
    check = _one(lab, "Then 1 equals 2")

    assert (check.verdict.value, check.rationale, check.expected) == (
        "failed",
        "does not hold: 1 equals 2",
        "1 equals 2",
    )


@pytest.mark.parametrize(
    ("sentence", "rationale", "help"),
    [
        ("Then the kit answers late", "server1 did not answer within 5 s", "try again"),
        ("Then the kit answers refused", "main refuses the key", ""),
        (
            "Then the kit answers broken",
            "a fault of Kitcheck itself: in 'the kit answers broken': ValueError: no such thing as [hidden]",
            OWN_FAULT_HELP,
        ),
        (
            "Then nobody defined this",
            'a fault of Kitcheck itself: Step definition is not found: Then "nobody defined this"',
            NO_STEP_HELP,
        ),
        (
            "When something is written",
            "tidying up after the check did not work: the row could not be removed",
            "",
        ),
    ],
)
def test_error(lab: Lab, sentence: str, rationale: str, help: str) -> None:
    """Whatever kept us from telling is an error with its reason, never a failure."""
    check = _one(lab, sentence)

    assert (check.verdict.value, check.rationale, check.help) == ("error", rationale, help)


def test_tidying_up_does_not_excuse_a_failure(lab: Lab) -> None:
    """A check that failed stays failed when tidying up fails as well, and says both."""
    check = _one(lab, "When something is written\n  Then the kit answers wrong")

    assert (check.verdict.value, check.rationale) == ("failed", "it answers 502")
    assert check.help == "look at it\ntidying up after the check did not work: the row could not be removed"


def test_skipped_from_within(lab: Lab) -> None:
    """A step may find that the question makes no sense."""
    check = _one(lab, "Then somebody skips this")

    assert (check.verdict.value, check.rationale) == ("skipped", "not today")


def test_manual_is_never_run(lab: Lab) -> None:
    """A manual check needs neither steps nor a kit."""
    lab.feature("checkpoint-1", "@id:it @manual @points:2\nScenario: Explain\n  Then the kit answers wrong\n")
    result = _graded(lab, "1")

    assert _verdicts(result.checks) == {"it": "manual"}
    assert (result.verdict, result.points) == (Overall.UNDECIDED, Points(0, 2, 2))
    assert lab.times_opened() == 0


def test_left_to_a_person_while_it_is_made(lab: Lab) -> None:
    """A step may find that it lacks what only kit.yaml could give: its points are open, nothing failed."""
    lab.feature("checkpoint-1", "@id:it @points:2\nScenario: It\n  Then the kit answers alone\n")
    result = _graded(lab, "1")

    assert _verdicts(result.checks) == {"it": "manual"}
    assert (result.checks[0].rationale, result.checks[0].help) == ("we were given no login", "give one, not [hidden]")
    assert result.points == Points(0, 2, 2)


PREREQUISITES = """\
@id:right @points:1
Scenario: Right
  Then the kit answers right

@id:wrong @points:2
Scenario: Wrong
  Then the kit answers wrong

@id:after-right @points:4 @needs:right
Scenario: After right
  Then the kit answers right

@id:after-wrong @points:8 @needs:right @needs:wrong
Scenario: After wrong
  Then the kit answers right

@id:after-that @points:16 @needs:after-wrong
Scenario: After that
  Then the kit answers right

@id:late @points:32
Scenario: Late
  Then the kit answers late

@id:after-late @points:64 @needs:late
Scenario: After late
  Then the kit answers right

@id:by-hand @points:128 @manual
Scenario: By hand
  Then nothing

@id:after-hand @points:256 @needs:by-hand
Scenario: After hand
  Then the kit answers right
"""


def test_prerequisites(lab: Lab) -> None:
    """What depends on a failure is skipped, what depends on an error is one, and nothing else is held up."""
    lab.feature("checkpoint-1", PREREQUISITES)
    result = _graded(lab, "1")
    why = {check.id: check.rationale for check in result.checks if check.id.startswith("after")}

    assert _verdicts(result.checks) == {
        "right": "passed",
        "wrong": "failed",
        "after-right": "passed",
        "after-wrong": "skipped",
        "after-that": "skipped",
        "late": "error",
        "after-late": "error",
        "by-hand": "manual",
        "after-hand": "passed",
    }
    assert why == {
        "after-right": "",
        "after-wrong": "needs “Wrong”, which failed",
        "after-that": "needs “After wrong”, which was skipped",
        "after-late": "needs “Late”, which could not be told",
        "after-hand": "",
    }
    assert result.points == Points(1 + 4 + 256, 511, 32 + 64 + 128)


def test_prerequisite_that_was_not_run_does_not_block(lab: Lab) -> None:
    """A disruptive prerequisite that was not allowed holds nothing up."""
    lab.feature(
        "checkpoint-1",
        """\
        @id:reboot @disruptive
        Scenario: Reboot
          Then the kit answers wrong

        @id:then @needs:reboot
        Scenario: Then
          Then the kit answers right
        """,
    )

    assert _verdicts(_graded(lab, "1").checks) == {"then": "passed"}
    assert _verdicts(_graded(lab, "1", allow_disruption=True).checks) == {"reboot": "failed", "then": "skipped"}


def test_order(lab: Lab) -> None:
    """Checkpoints come in the lab's order, checks in the file's, and each is heard of when it is done."""
    scenario = "@id:{}\nScenario: {}\n  Then the kit answers right\n"
    for name, ids in (("checkpoint-2", "cd"), ("juju-controller", "ef"), ("checkpoint-1", "ba")):
        lab.feature(name, "\n".join(scenario.format(letter, letter) for letter in ids))
    heard: list[str] = []
    result = _graded(lab, "juju-controller", "1", "2", on_check=lambda check: heard.append(check.id))

    assert heard == ["b", "a", "c", "d", "e", "f"]
    assert [check.id for check in result.checks] == heard
    assert [entry.id for entry in result.checkpoints] == ["checkpoint-1", "checkpoint-2", "juju-controller"]
    assert (result.kit, result.checkpoints[0].title) == ("kit-m", "All about checkpoint-1")


def test_stage_decides_when_nothing_is_chosen(lab: Lab) -> None:
    """Without a choice the kit's stage is graded, up to it and within its half."""
    scenario = "@id:{}\nScenario: It\n  Then the kit answers right\n"
    for n, name in enumerate(("checkpoint-1", "checkpoint-2", "checkpoint-3", "juju-controller")):
        lab.feature(name, scenario.format(n))
    lab.describe(stage="checkpoint-2")

    assert [entry.id for entry in _graded(lab).checkpoints] == ["checkpoint-1", "checkpoint-2"]


def test_nothing_says_what_to_grade(lab: Lab) -> None:
    """With neither stage nor choice, those that exist are listed."""
    lab.feature("checkpoint-1", PREREQUISITES)
    lab.describe()
    with pytest.raises(UsageError) as refused:
        _assigned(lab)

    assert str(refused.value) == (
        "which checkpoint? kit.yaml has no `stage`, and none is chosen on the command line; there are checkpoint-1"
    )


def test_only_disruptive_checks(lab: Lab) -> None:
    """A selection that leaves nothing to do is refused."""
    lab.feature("checkpoint-1", "@id:it @disruptive\nScenario: It\n  Then the kit answers right\n")
    with pytest.raises(UsageError) as refused:
        _assigned(lab, "1")

    assert str(refused.value) == "nothing to grade: every check of checkpoint-1 needs --allow-disruption"


def test_unreachable_kit_yields_only_errors(lab: Lab) -> None:
    """A kit that is off is asked once, and every check that a machine makes is an error."""
    lab.feature("checkpoint-1", PREREQUISITES)
    lab.describe(unreachable=True)
    result = _graded(lab, "1")

    assert set(_verdicts(result.checks).values()) == {"error", "manual"}
    assert (result.checks[0].rationale, result.checks[0].help) == ("192.0.2.1 port 22: nothing answers", "is it on?")
    assert (result.verdict, result.identity, lab.times_opened()) == (Overall.UNDECIDED, Identity(), 1)


@pytest.mark.parametrize("told", [{"misfit": True}, {}], ids=["when it is reached", "in a check"])
def test_description_that_does_not_fit(lab: Lab, told: dict[str, object]) -> None:
    """A kit.yaml that does not fit the kit ends the run with its one line."""
    lab.feature("checkpoint-1", "@id:it\nScenario: It\n  Then the kit answers misfit\n" + PREREQUISITES)
    lab.describe(**told)
    heard: list[str] = []
    with pytest.raises(UsageError) as refused:
        _graded(lab, "1", on_check=lambda check: heard.append(check.id))

    assert str(refused.value) == "kit.yaml: roles.proxy: MAAS knows no machine 'server9'"
    assert heard == ["it"]


def test_identity(lab: Lab) -> None:
    """The result says which kit it was; asking for that is no evidence of the first check."""
    lab.feature("checkpoint-1", "@id:it\nScenario: It\n  Then the kit answers right\n")
    result = _graded(lab, "1")

    assert result.identity == Identity("uuid-1", {"server1": "8pchr3"})
    assert [piece.summary for piece in result.checks[0].evidence] == ["asked for right"]


def test_interrupted_run_keeps_what_is_known(lab: Lab) -> None:
    """After Ctrl-C what was said stays, and the rest could not be told."""
    lab.feature(
        "checkpoint-1",
        """\
        @id:first @points:1
        Scenario: First
          Then the kit answers right

        @id:second @points:2
        Scenario: Second
          Then the kit answers interrupt

        @id:third @points:4
        Scenario: Third
          Then the kit answers right

        @id:fourth @manual
        Scenario: Fourth
          Then nothing
        """,
    )
    with pytest.raises(grading.Interrupted) as stopped:
        _graded(lab, "1")
    result = stopped.value.result

    assert _verdicts(result.checks) == {"first": "passed", "second": "error", "third": "error", "fourth": "manual"}
    assert result.checks[2].rationale == "grading was interrupted before this check was done"
    assert (result.verdict, result.points) == (Overall.UNDECIDED, Points(1, 7, 6))


def test_listener_that_breaks_is_our_own_fault(lab: Lab) -> None:
    """What goes wrong in our own program is not blamed on the kit."""

    def broken(check: CheckResult) -> None:
        raise ValueError(check.id)

    lab.feature("checkpoint-1", PREREQUISITES)
    with pytest.raises(RuntimeError, match="ValueError: right"):
        _graded(lab, "1", on_check=broken)


def test_secrets_are_nowhere(lab: Lab) -> None:
    """No secret reaches the result, whichever way a check ends."""
    kinds = ("right", "wrong", "late", "broken", "odd")
    lab.feature(
        "checkpoint-1", "\n".join(f"@id:{kind}\nScenario: {kind}\n  Then the kit answers {kind}\n" for kind in kinds)
    )
    text = str(document(_graded(lab, "1")))

    assert (text.count("[hidden]") >= len(kinds), SECRET in text) == (True, False)


def test_silent_and_again(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It prints nothing, works from any folder, also twice, leaves no file, and pytest's variables are the user's."""
    lab.feature("checkpoint-1", PREREQUISITES)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    first, second = _graded(lab, "1"), _graded(lab, "1")
    printed = capfd.readouterr()

    assert _verdicts(first.checks) == _verdicts(second.checks)
    assert (printed.out, printed.err) == ("", "")
    assert list(elsewhere.iterdir()) == []
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"


def test_debug_shows_where(lab: Lab, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With KITCHECK_DEBUG a fault of our own shows its traceback, without the secret."""
    monkeypatch.setenv("KITCHECK_DEBUG", "1")
    _one(lab, "Then the kit answers broken")
    told = capfd.readouterr().err

    assert "made_up.py" in told
    assert "ValueError: no such thing as [hidden]" in told


def test_installed_packages_are_not_looked_through(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules with steps are no plugins that somebody installed: whether there is one of that name is not asked."""
    asked: list[str | None] = []

    def looked_through(_manager: object, _group: str, name: str | None = None) -> int:
        asked.append(name)
        return 0

    monkeypatch.setattr(pytest.PytestPluginManager, "load_setuptools_entrypoints", looked_through)
    with (lab.features / "test_checkpoints.py").open("a") as file:
        file.write("pytest_plugins = ['tests.grading.results']\n")
    check = _one(lab, "Then the kit answers right")

    assert (check.verdict.value, asked) == ("passed", [])


def test_only_what_is_graded_is_made(lab: Lab) -> None:
    """What would be deselected is not even made a test."""
    for number in (1, 2):
        lab.feature(f"checkpoint-{number}", f"@id:c{number}\nScenario: It holds\n  Then the kit answers right\n")
    made: list[str] = []

    class Collecting:
        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            made.extend(item.name for item in items)

    grading.carry_out(_assigned(lab, "1"), plugins=[made_up, Collecting()])

    assert made == ["test_checkpoint_1__c1"]
