"""Tables that were downloaded: taken apart and put together again."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.exports import downloaded


def read(folder: Path, content: bytes) -> downloaded.Downloaded:
    """Return the table in a file of this content."""
    path = folder / "table.csv"
    path.write_bytes(content)
    return downloaded.read(path)


def test_reads_as_the_csv_module_does(tmp_path: Path) -> None:
    """Tables of random cells, quoted and not."""
    chance = random.Random(20250301)
    for _ in range(50):
        rows = [
            ["".join(chance.choices('ab,;\t"\n é', k=chance.randrange(6))) for _ in range(3)]
            for _ in range(chance.randrange(1, 6))
        ]
        text = io.StringIO(newline="")
        separator = chance.choice(",;\t")
        csv.writer(text, delimiter=separator, lineterminator=chance.choice(("\n", "\r\n"))).writerows(
            [["first", "second", "third"], *rows]
        )
        found = read(tmp_path, text.getvalue().encode())

        assert found.values()[1:] == rows
        assert found.changed({}) == text.getvalue().encode()


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_end_of_the_file(tmp_path: Path, end: str) -> None:
    """With or without a line end; a cell in the last place can change."""
    table = read(tmp_path, f"a,b\n1,{end}".encode())

    assert table.values() == [["a", "b"], ["1", ""]]
    assert table.changed({(1, 1): "7"}) == f"a,b\n1,7{end}".encode()


def test_broken_quotes_stay(tmp_path: Path) -> None:
    """Whatever is in a cell that does not change comes back."""
    content = b'a,b\n"open,1\nx"y,2\n'
    table = read(tmp_path, content)

    assert table.changed({(1, 1): "9"}) == b'a,b\n"open,9\nx"y,2\n'


def test_many_open_quotes(tmp_path: Path) -> None:
    """They are read all the same."""
    table = read(tmp_path, b"a,b\n" + b'"x,\n' * 2_000)

    assert len(table.rows) == 2_001


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"a,b\n\xfc,1\n", "neither UTF-8 nor UTF-16"),
        (b"\xff\xfea", "neither UTF-8 nor UTF-16"),
        (b"\xd0\xcf\x11\xe0\0\0", "neither UTF-8 nor UTF-16"),
        (b"PK\3\4\0\0", "not a table of text"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, said: str) -> None:
    """An encoding of before Unicode, a real spreadsheet, nothing."""
    with pytest.raises(UsageError, match=said):
        read(tmp_path, content)


def test_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No grade book is that long."""
    monkeypatch.setattr(downloaded, "LONGEST", 10)

    with pytest.raises(UsageError, match="longer than 10 bytes"):
        read(tmp_path, b"a" * 11)


def test_cannot_be_read(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(UsageError, match="cannot be read"):
        downloaded.read(tmp_path / "nowhere.csv")
