"""Which exports of a kit there are, and writing them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from junitparser import JUnitXml

from harness.errors import UsageError
from harness.result import Result
from kitcheck.exports import kit
from tests.exports import made_up


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on Classroom 50's runner."""
    monkeypatch.delenv("CLASSROOM", raising=False)


def test_writes_what_was_asked_for(tmp_path: Path) -> None:
    """Each export in its file."""
    asked = kit.wanted([f"gradescope={tmp_path / 'results.json'}", f"junit={tmp_path / 'a=b.xml'}"])
    withheld = kit.write(made_up.by_hand(), asked)

    assert withheld == ()
    assert (tmp_path / "results.json").read_bytes() == kit.EXPORTS["gradescope"](made_up.by_hand())
    assert (tmp_path / "a=b.xml").read_bytes() == kit.EXPORTS["junit"](made_up.by_hand())


def test_withheld_is_told_and_leaves_no_older_file(tmp_path: Path) -> None:
    """A result of before would be taken for this one; the other exports are written all the same."""
    (tmp_path / "results.json").write_text("{}")
    asked = kit.wanted([f"gradescope={tmp_path / 'results.json'}", f"prairielearn={tmp_path / 'pl.json'}"])
    withheld = kit.write(made_up.unreachable(), asked)
    why = "1 of 2 checks could not be told, and a results.json would count that as a zero: grade it again"

    assert withheld == (f"{tmp_path / 'results.json'} was not written for gradescope: {why}",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pl.json"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["canvas=x"], "there is no export 'canvas'; there are gradescope, prairielearn, classroom50, github, junit"),
        (["junit"], "say which file to write: --export junit=FILE"),
        (["junit="], "say which file to write: --export junit=FILE"),
        (["junit=x", "github=./x"], "two exports name the same file"),
        (["junit=no/such/folder/x"], "does not exist"),
        (["classroom50=x"], "not set in the environment: CLASSROOM"),
    ],
)
def test_refused_before_anything_is_graded(options: list[str], said: str) -> None:
    """One line that names the option."""
    with pytest.raises(UsageError) as caught:
        kit.wanted(options)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("told", "outcomes"),
    [
        (made_up.every_verdict, [[], ["Failure"], ["Skipped"], ["Error"], ["Skipped"]]),
        (made_up.hostile, [[], ["Failure"], ["Error"]]),
    ],
)
def test_junit_is_read_by_others(told: Callable[[], Result], outcomes: list[list[str]]) -> None:
    """Another program's reader finds the same outcomes, also in an enemy's texts."""
    read = cast("Any", JUnitXml).fromfile(io.BytesIO(kit.EXPORTS["junit"](told())))

    assert [[type(each).__name__ for each in case.result] for suite in read for case in suite] == outcomes
