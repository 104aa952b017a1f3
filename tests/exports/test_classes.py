"""Exporting a class: what goes together, and the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.course import attempts, class_file
from kitcheck.course.book import open_book
from kitcheck.exports import classes
from tests.exports import made_up

CLASS = """\
course: Cloud
checkpoints:
  checkpoint-1: {}
groups:
  - group: group-1
    members:
      - {name: José Müller, id: jose, email: jose@uni.example}
      - {name: Łucja Ng, id: lucja, email: lucja@uni.example}
    kit: kit-1.yaml
"""


@pytest.mark.parametrize("to", ["canvas", "moodle", "moodle-xml", "csv", "csv-bom"])
def test_writes_whole_files(tmp_path: Path, to: str) -> None:
    """What the system's room makes."""
    notes = classes.export(made_up.COURSE, made_up.attempts(), made_up.GRADES, to, tmp_path / "out")

    assert ((tmp_path / "out").read_bytes(), notes) == classes.WHOLE[to](
        made_up.COURSE, made_up.attempts(), made_up.GRADES
    )


def test_fills_in(tmp_path: Path) -> None:
    """The downloaded file stays."""
    before = b"Username\tcheckpoint-1 [Total Pts: 10 Score] |1\tcheckpoint-2 [Total Pts: 12 Score] |2\njose\t\t\n"
    (tmp_path / "in").write_bytes(before)
    classes.export(made_up.COURSE, (), made_up.GRADES, "blackboard", tmp_path / "out", tmp_path / "in")

    assert (tmp_path / "out").read_bytes() == before.replace(b"jose\t\t", b"jose\t7.5\t")
    assert (tmp_path / "in").read_bytes() == before


@pytest.mark.parametrize(
    ("to", "out", "into", "said"),
    [
        ("ilias", "out", None, "--to ilias: unknown; there are canvas, moodle, moodle-xml, csv, csv-bom, blackboard"),
        ("blackboard", "out", None, "download the grade book there, and name it with --into FILE"),
        ("moodle", "out", "in", "--into goes with --to blackboard or canvas, not with moodle"),
        ("canvas", "in", "./in", "--out and --into name the same file"),
        ("csv", "no/folder/out", None, "does not exist"),
    ],
)
def test_what_does_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, out: str, into: str | None, said: str
) -> None:
    """Refused before anything is read."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as caught:
        classes.export(made_up.COURSE, (), made_up.GRADES, to, Path(out), Path(into) if into else None)

    assert said in str(caught.value)


def test_nothing_is_written_when_it_does_not_fit(tmp_path: Path) -> None:
    """Not even in part."""
    (tmp_path / "in").write_bytes(b"Username\nsomebody\n")
    with pytest.raises(UsageError, match="no column for checkpoint-1, checkpoint-2"):
        classes.export(made_up.COURSE, (), made_up.GRADES, "blackboard", tmp_path / "out", tmp_path / "in")

    assert not (tmp_path / "out").exists()


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """From a class file and its grade book to a file, and what is open on stderr; no kit is looked at."""
    monkeypatch.chdir(tmp_path)
    Path("class.yaml").write_text(CLASS, encoding="utf-8")
    with open_book(class_file.load(Path("class.yaml"), kits=False).grade_book) as book:
        book.add_all(attempts.of("group-1", made_up.decided(), submitted={}))

    status = classes.class_export(Path("class.yaml"), to="csv", out=Path("out.csv"))

    assert (status, capsys.readouterr().err) == (0, "")
    assert Path("out.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "group-1,José Müller,jose,jose@uni.example,2.5,2.5,4,graded,1,,2.5,4,62.5,62.5,yes",
        "group-1,Łucja Ng,lucja,lucja@uni.example,2.5,2.5,4,graded,1,,2.5,4,62.5,62.5,yes",
    ]
