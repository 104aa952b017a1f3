"""`pytest --kit kit.yaml`, as its own process: it grades as `kitcheck grade` does, also over several workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import grading
from harness.result import EXIT_STATUS
from tests.grading import made_up
from tests.grading.made_up import SECRET, Lab

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a pytest process ended."""

    status: int
    out: str
    err: str

    @property
    def outcomes(self) -> dict[str, str]:
        """What pytest says of each check that is not merely passed, by the end of the test's name."""
        words = (
            line.split(" - ")[0].split() for line in self.out.splitlines() if line.startswith(("FAILED", "ERROR "))
        )
        return {name.rpartition("__")[2]: word for word, name in words}


def _pytest(lab: Lab, *arguments: str, kit: bool = True, folder: Path = ROOT) -> Ran:
    command = [sys.executable, "-m", "pytest", "-p", "tests.grading.made_up"]
    command += ["--kit", str(lab.kit)] if kit else ["-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, f"--features-dir={lab.features}", *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def _scenario(id: str, kind: str, *tags: str) -> str:
    return f"@id:{id} {' '.join(tags)}\nScenario: {id}\n  Then the kit answers {kind}\n\n"


MIXED = (
    _scenario("one", "right")
    + _scenario("two", "wrong")
    + _scenario("three", "right", "@needs:two")
    + _scenario("four", "late")
    + _scenario("five", "right", "@needs:four")
    + _scenario("six", "broken")
    + _scenario("seven", "right", "@manual")
    + _scenario("eight", "wrong", "@disruptive")
)


@pytest.fixture
def mixed(lab: Lab) -> Lab:
    """Return a lab with every verdict in checkpoint 1, and more checkpoints."""
    lab.feature("checkpoint-1", MIXED)
    lab.feature("checkpoint-2", _scenario("c2-one", "right") + _scenario("c2-two", "right", "@needs:c2-one"))
    lab.feature("checkpoint-3", _scenario("c3-one", "late"))
    return lab


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
def test_outcomes(mixed: Lab, workers: tuple[str, ...]) -> None:
    """Failures, errors, skips and manual checks are told apart, by one process and by two."""
    ran = _pytest(mixed, *workers)

    assert ran.outcomes == {"two": "FAILED", "four": "ERROR", "five": "ERROR", "six": "ERROR", "c3_one": "ERROR"}
    assert "1 failed, 3 passed, 1 skipped, " in ran.out
    assert "4 errors, 1 manual in " in ran.out
    assert "kit-m: failed" in ran.out
    assert ran.status == 1


def test_left_to_a_person(lab: Lab) -> None:
    """What is left to a person while it is made is shown as other manual checks are, without any traceback."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "alone"))
    ran = _pytest(lab, "-m", "checkpoint_3")

    assert re.search(r"1 passed, .*1 manual in ", ran.out)
    assert "LeftToPerson" not in ran.out
    assert ran.outcomes == {}
    assert ran.status == 0


def test_failures_are_told_without_traceback(mixed: Lab) -> None:
    """What the kit did wrong is said in words; only a fault of our own shows code, and no secret is anywhere."""
    ran = _pytest(mixed)
    section = ran.out[ran.out.index("___ test_checkpoint_1__two ___") :].splitlines()

    assert section[1:5] == ["it answers 502", "expected: 200", "observed: 502 [hidden]", "help: look at it"]
    assert section[5].startswith("kit-m: failed")
    assert "ValueError: no such thing as [hidden]" in ran.out
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize(
    ("mark", "name"), [("checkpoint_1", "1"), ("checkpoint_2", "2"), ("checkpoint_3", "3")], ids=["1", "2", "3"]
)
def test_agrees_with_kitcheck_grade(mixed: Lab, mark: str, name: str) -> None:
    """A mark selects a checkpoint, and the exit status is that of `kitcheck grade --checkpoint`."""
    assignment = grading.assign(
        mixed.kit, checkpoints=[name], features=mixed.features, describe=made_up.pytest_kitcheck_describe
    )
    result = grading.carry_out(assignment, plugins=[made_up])
    ran = _pytest(mixed, "-m", mark)

    bad = {
        check.id.replace("-", "_"): check.verdict.name
        for check in result.checks
        if check.verdict in ("failed", "error")
    }
    assert ran.outcomes == bad
    assert ran.status == EXIT_STATUS[result.verdict]
    assert f"kit-m: {result.verdict}" in ran.out


def test_stage_decides_without_a_mark(mixed: Lab) -> None:
    """Without a mark the kit's stage is graded."""
    mixed.describe(stage="checkpoint-1")

    assert "c3_one" not in _pytest(mixed).outcomes


def test_nothing_is_left_beside_the_kit(mixed: Lab) -> None:
    """Pytest takes the kit's folder for the project's, and must not leave its cache there."""
    before = sorted(path.name for path in mixed.kit.parent.iterdir())
    ran = _pytest(mixed, folder=mixed.kit.parent)

    assert ran.status == 1
    assert sorted({path.name for path in mixed.kit.parent.iterdir()} - {"opened"}) == before


def test_allow_disruption(mixed: Lab) -> None:
    """Disruptive checks are made only when that is said."""
    assert _pytest(mixed, "-m", "checkpoint_1", "--allow-disruption").outcomes["eight"] == "FAILED"


def test_checks_of_a_checkpoint_stay_together(lab: Lab) -> None:
    """With several workers a prerequisite is always known: each checkpoint is one worker's."""
    for name in ("checkpoint-1", "checkpoint-2", "checkpoint-3"):
        chain = [_scenario(f"{name}-0", "wrong")]
        chain += [_scenario(f"{name}-{n}", "wrong", f"@needs:{name}-{n - 1}") for n in range(1, 6)]
        lab.feature(name, "".join(chain))
    ran = _pytest(lab, "-n2")

    assert "3 failed, 15 skipped in" in ran.out
    assert lab.times_opened() == 2


def test_worker_that_dies_is_an_error(lab: Lab) -> None:
    """A check that takes its process with it could not be told."""
    lab.feature("checkpoint-1", _scenario("one", "right") + _scenario("two", "death"))
    ran = _pytest(lab, "-n1", "-m", "checkpoint_1")

    assert "kit-m: undecided" in ran.out
    assert ran.status == 2


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
def test_description_that_does_not_fit(mixed: Lab, workers: tuple[str, ...]) -> None:
    """A role that MAAS does not know ends everything with one line and status 4."""
    mixed.describe(stage="checkpoint-3", misfit=True)
    ran = _pytest(mixed, *workers)

    assert "ERROR: kit.yaml: roles.proxy: MAAS knows no machine 'server9'" in ran.out.splitlines()
    assert ran.status == 4


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--kit=/nowhere/kit.yaml",), "/nowhere/kit.yaml: cannot be used"),
        (("-n2", "--allow-disruption"), "--allow-disruption needs the kit for itself: leave out -n"),
    ],
)
def test_unusable_arguments(mixed: Lab, arguments: tuple[str, ...], complaint: str) -> None:
    """What cannot be used is one line and status 4, and no kit is reached."""
    ran = _pytest(mixed, *arguments)

    assert ran.err.startswith(f"ERROR: {complaint}")
    assert (len(ran.err.split("\n\n")), ran.status, mixed.times_opened()) == (2, 4, 0)


def test_stage_missing(mixed: Lab) -> None:
    """With neither stage nor mark, those that exist are listed."""
    mixed.describe()
    ran = _pytest(mixed)

    assert ran.err.strip().endswith("there are checkpoint-1, checkpoint-2, checkpoint-3")
    assert ran.status == 4


def test_from_any_folder(mixed: Lab, tmp_path: Path) -> None:
    """Where pytest is started does not matter: the real features are found, and the made-up ones are."""
    ran = _pytest(mixed, f"--features-dir={ROOT / 'features'}", "-m", "checkpoint_1", "--collect-only", folder=tmp_path)

    assert "<Function test_checkpoint_1__explain_manual_installation>" in ran.out
    assert ran.status == 0


@pytest.mark.parametrize("selection", [("-k", "no_such_check"), ("-m", "checkpoint_9")])
def test_nothing_selected(mixed: Lab, selection: tuple[str, str]) -> None:
    """A selection without any check is not a pass."""
    ran = _pytest(mixed, *selection)

    assert "ERROR: no check is selected; there are checks of checkpoint-1, checkpoint-2, checkpoint-3" in ran.out
    assert ran.status == 4


def test_wrong_rubric(mixed: Lab) -> None:
    """A feature file that cannot be used is one line that names it."""
    mixed.feature("checkpoint-2", "@id:one\nScenario: S\n  Then the kit answers right\n")
    ran = _pytest(mixed)

    path = mixed.features / "checkpoint-2.feature"
    assert ran.err.strip() == f"ERROR: {path}: scenario 'S': the id 'one' is already that of 'one'"
    assert ran.status == 4


def test_interrupt(lab: Lab) -> None:
    """Ctrl-C keeps what is known and ends with pytest's own status."""
    lab.feature("checkpoint-1", _scenario("one", "wrong") + _scenario("two", "interrupt"))
    ran = _pytest(lab, "-m", "checkpoint_1")

    assert (ran.outcomes, ran.status) == ({"one": "FAILED"}, 2)


def test_without_a_kit_features_are_not_collected(mixed: Lab) -> None:
    """Plain pytest knows nothing of the features, even when it is led there."""
    ran = _pytest(mixed, "--collect-only", "-q", str(mixed.features), kit=False)

    assert "test_checkpoint_" not in ran.out
    assert mixed.times_opened() == 0


def test_with_a_kit_nothing_else_is_collected(mixed: Lab) -> None:
    """Tests of Kitcheck itself are not part of grading a kit."""
    ran = _pytest(mixed, "--collect-only", "-q", "tests/grading", str(mixed.features))

    assert "tests/grading" not in ran.out
    assert "test_checkpoint_1__one" in ran.out
