"""Blackboard's grade book: a downloaded file of which only our cells change."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.exports import blackboard, downloaded
from tests.exports import made_up

HEADER = (
    "Last Name",
    "First Name",
    "Username",
    "Student ID",
    "Last Access",
    "Availability",
    "Total [Total Pts: up to 22 Score] |100001",
    "Checkpoint 1 [Total Pts: 10 Score] |100002",
    'Essay "A" [Total Pts: 5 Percentage] |100003',
    "Checkpoint-2 [Total Pts: 12] |100004",
)
ROWS = (
    ("Müller", "José", "jose", "1", "2025-03-01 10:00:00", "Yes", "4", "2", "80", ""),
    ("Ng", "Łucja", "lucja", "2", "", "Yes", "", "", "", "3.5"),
    ("Eve", "=cmd()", "eve", "3", "", "Yes", "", "", "", ""),
    ("O'Neil", 'Ann "Annie"', "ann", "4", "", "No", "", "5", "", ""),
    ("Left", "The course", "left", "5", "", "No", "", "1", "", "1"),
)


def text(separator: str, header: tuple[str, ...] = HEADER) -> str:
    """Return the file's text, as Blackboard quotes it: every cell."""
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([header, *ROWS])
    return table.getvalue()


def filled(folder: Path, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the file filled in."""
    path = folder / "gc_cloud_fullgc.xls"
    path.write_bytes(content)
    return blackboard.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))


@pytest.mark.parametrize(
    ("separator", "encoding"), [("\t", "utf-16"), (",", "utf-8-sig"), (",", "utf-8"), ("\t", "utf-8"), (";", "utf-8")]
)
def test_only_decided_scores_change(tmp_path: Path, separator: str, encoding: str) -> None:
    """Read by the csv module: headers with ids, other columns and other rows are as they were."""
    content, notes = filled(tmp_path, text(separator).encode(encoding))
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=separator, strict=True))
    expected = [list(row) for row in (HEADER, *ROWS)]
    for row, place, score in ((1, 7, "7.5"), (2, 7, "7.5"), (3, 7, "0"), (4, 9, "6.34")):
        expected[row][place] = score

    assert rows == expected
    assert notes[1:] == ("in gc_cloud_fullgc.xls and not in the class file, left as they were: left",)


def test_every_other_byte_stays(tmp_path: Path) -> None:
    """Byte order mark, quotes, line ends."""
    before = text("\t").encode("utf-16")
    content, _ = filled(tmp_path, before)
    back = content.decode("utf-16")
    for score, was in (('"4"\t"7.5"', '"4"\t"2"'), ('""\t"7.5"', '""\t""'), ('""\t"0"', '""\t""'), ('"6.34"', '""')):
        back = back.replace(score, was, 1)

    assert content[:2] == before[:2]
    assert back.encode("utf-16") == before


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """Blackboard would make text columns of new ones, so nothing is written."""
    header = (*HEADER[:7], "Lab 1 [Total Pts: 10 Score] |100002", *HEADER[8:9], "Checkpoint 2 |100004")

    with pytest.raises(UsageError) as caught:
        filled(tmp_path, text("\t", header).encode("utf-16"))

    assert str(caught.value).removeprefix(str(tmp_path)) == (
        '/gc_cloud_fullgc.xls: no column for checkpoint-1, checkpoint-2; there are Total, Lab 1, Essay "A": make them '
        "in Blackboard and download again"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("10 Score", "10 Percentage"), "column 'Checkpoint 1' shows 'Percentage', and points would be taken for that"),
        (("10 Score", "20 Score"), "column 'Checkpoint 1' is worth 20 points, checkpoint-1 10"),
        (('Essay ""A""', "checkpoint 1"), "2 columns are called checkpoint-1: rename one"),
        (("Username", "Nome"), "no student of the class is in it: the ids in the class file are expected to be those"),
    ],
)
def test_columns_that_do_not_fit(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    """One line that names the column."""
    with pytest.raises(UsageError) as caught:
        filled(tmp_path, text("\t").replace(*change).encode("utf-16"))

    assert said in str(caught.value)


def test_no_column_for_students(tmp_path: Path) -> None:
    """The headers that are there are named."""
    with pytest.raises(UsageError, match="no column tells who a student is: expected one of username, student id"):
        filled(tmp_path, text("\t").replace("Username", "X").replace("Student ID", "Y").encode("utf-16"))


def test_students_who_are_not_in_it_are_named(tmp_path: Path) -> None:
    """They would go without a grade."""
    _, notes = filled(tmp_path, text("\t").replace('"ann"', '"anne"').encode("utf-16"))

    assert notes[1:] == (
        "not in gc_cloud_fullgc.xls, so without a grade in Blackboard: ann",
        "in gc_cloud_fullgc.xls and not in the class file, left as they were: anne, left",
    )


@pytest.mark.parametrize(
    ("words", "username"),
    [
        ("Total de pontos: 10 Pontuação", "Nome do usuário"),
        ("Puntos totales: 10 Puntuación", "Nombre de usuario"),
        ("Puntos totales: hasta 10 Puntuación", "ID de estudiante"),
    ],
)
def test_other_languages(tmp_path: Path, words: str, username: str) -> None:
    """As files in Portuguese and Spanish look."""
    path = tmp_path / "gc.csv"
    other = words.replace("10", "12")
    before = f'"Nome","{username}","Checkpoint 1 [{words}] |1","checkpoint-2 [{other}] |2"\n"J","jose","",""\n'
    path.write_text(before, encoding="utf-8", newline="")
    content, _ = blackboard.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))

    assert content.decode() == before.replace('"jose",""', '"jose","7.5"')
