"""Data of an edition that cannot be used: one line that names the file, the line's id and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from simulators.handouts.loading import edition, load

GOOD = "edition: B\nlines:\n- {id: one, printed: juju status, number: 1}\n"


def loaded(tmp_path: Path, text: str) -> str:
    """Return what is said of a file with this text."""
    file = tmp_path / "edition.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load(file)
    return str(refused.value)


def test_what_can_be_used(tmp_path: Path) -> None:
    """The least that an edition can be."""
    file = tmp_path / "edition.yaml"
    file.write_text(GOOD, encoding="utf-8")

    assert load(file).typed[0].printed == "juju status"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("- {id: two}", "line 'two': expected exactly one of `printed`, `asked` and `corrected`"),
        ("- {id: two, printed: a, asked: b}", "line 'two': expected exactly one of"),
        ("- {id: one, asked: b}", "line 'one' is there twice"),
        ("- {asked: b}", "entry 2: id: Field required"),
        ("- {id: two, asked: b, prompt: c}", "line 'two': prompt: Extra inputs are not permitted"),
        ("- {id: two, asked: b, output: '('}", "line 'two': output: no regular expression"),
        ("- {id: two, asked: b, blanks: {X: main}}", "line 'two': the line has no blank 'X'"),
        ("- {id: two, asked: X, blanks: {X: moon}}", "line 'two': blank 'X' is 'moon': expected one of api-key, maas"),
        ("- {id: two, asked: b, where: server4}", "line 'two' is typed on server4, and the shell there is not open"),
        ("- {id: two, asked: b, opens: server4}", "nobody leaves server4"),
        ("- {id: two, asked: exit, leaves: true}", "line 'two' leaves main"),
        ("- {id: two, asked: b, where: outside}", "line 'two': outside only `ssh` is typed"),
        ("- {id: two, asked: b, wrong: because}", "line 'two': a line that is wrong fails"),
        ("- {id: two, asked: b, remembers: it}", "line 'two': `output` must have one group"),
        ("- {id: two, printed: b, number: 3}", "the numbers of printed lines are not 1, 2, 3...: [1, 3]"),
        ("- {id: two, asked: b, number: 2}", "line 'two': only a printed line has a number"),
        ("- {grade: [checkpoint-9]}", "entry 2: grade.0: expected one of checkpoint-1"),
        ("- {id: two, grade: [cleanup]}", "line 'two': id: Extra inputs are not permitted"),
        ("- {id: two, browse: films}", "line 'two': browse: Input should be 'dashboard' or 'wordpress'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, more: str, said: str) -> None:
    """Where it is and what was expected, and nothing about the kinds of entry that it is not meant to be."""
    problems = loaded(tmp_path, f"{GOOD}{more}\n").splitlines()

    assert len(problems) == 1
    assert str(tmp_path / "edition.yaml") in problems[0]
    assert said in problems[0]


@pytest.mark.parametrize(
    ("text", "said"), [("- [", "is not YAML"), ("- 1", "valid dictionary"), ("", "valid dictionary")]
)
def test_what_is_no_edition_at_all(tmp_path: Path, text: str, said: str) -> None:
    """Files of another kind."""
    assert said in loaded(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(UsageError, match=r"missing\.yaml cannot be read"):
        load(tmp_path / "missing.yaml")


def test_an_edition_that_there_is_not() -> None:
    """Its name, and those that there are."""
    with pytest.raises(UsageError, match="edition 'C': expected one of A, B"):
        edition("C")
