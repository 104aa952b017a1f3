"""A folder with the reports of a class, made from its grade book."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.verdicts import Verdict
from kitcheck.course import attempts, handing_out
from kitcheck.course.book import open_book
from tests.grading.results import STARTED
from tests.reporting.results import NOW, check, third, without_port
from tests.reporting.structure import read

CLASS = """
course: Cloud 2025
checkpoints: {checkpoint-3: {}, cleanup: {}}
groups:
  - {group: kit-a, kit: a.yaml, members: [{name: Ana, id: "1"}]}
  - {group: KIT-B, kit: b.yaml, members: [{name: Bia, id: "2"}]}
  - {group: kit-c, kit: c.yaml, members: [{name: Caio, id: "3"}]}
"""


@pytest.fixture
def class_file(tmp_path: Path) -> Path:
    """A class whose first group failed and then passed; the second failed, and the third was never graded."""
    path = tmp_path / "class.yaml"
    path.write_text(CLASS, encoding="utf-8")
    passed = third(check("proxy-answers", "The proxy answers the group's path", Verdict.PASSED))
    later = replace(passed, started_at=STARTED + timedelta(hours=1), finished_at=STARTED + timedelta(hours=2))
    with open_book(f"sqlite:///{tmp_path / 'grade-book.sqlite'}") as book:
        for group, made in (("kit-a", without_port()), ("kit-a", later), ("KIT-B", without_port())):
            book.add(*attempts.of(group, made, submitted={}))
    return path


def test_folder_of_a_class(class_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One page for the class, one for each group that was graded, and links that lead to them."""
    status = handing_out.report(class_file, tmp_path / "out", now=NOW)
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.html"))
    index = read((tmp_path / "out" / "index.html").read_text(encoding="utf-8"))

    assert status == 0
    assert capsys.readouterr().out == f"report: {tmp_path / 'out' / 'index.html'}\n"
    assert files == ["index.html", "kits/KIT-B.html", "kits/kit-a.html"]
    assert {each.attributes["href"] for each in index.all("a")} == {"kits/KIT-B.html", "kits/kit-a.html"}
    assert "kit-c Caio – not graded yet" in index.words  # noqa: RUF001 - a dash, as a sign


def test_attempt_that_counts(class_file: Path, tmp_path: Path) -> None:
    """The page of a group is that of its best attempt, in the language that was asked for."""
    handing_out.report(class_file, tmp_path / "out", lang="pt", now=NOW)
    kits = tmp_path / "out" / "kits"

    assert "✓ passou 2 de 2 pontos" in read((kits / "kit-a.html").read_text(encoding="utf-8")).words
    assert "O NGINX responde 502" in read((kits / "KIT-B.html").read_text(encoding="utf-8")).words


def test_names_of_files() -> None:
    """No group's page lands outside of the folder, or on that of another group."""
    names = handing_out.file_names(["a", "A", "../../x", "", ".hidden", "group-3", "a.html", "x" * 300])

    assert names["a"] == "a.html"
    assert names["A"] == "group-2.html"
    assert len({name.lower() for name in names.values()}) == len(names)
    assert [name for name in names.values() if "/" in name or name.startswith(".") or len(name) > 100] == []


def test_refused_before_anything_is_read(class_file: Path, tmp_path: Path) -> None:
    """A language that there is not, and a folder that cannot be made."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="no such language"):
        handing_out.report(tmp_path / "no.yaml", tmp_path / "out", lang="xx")
    with pytest.raises(UsageError, match="cannot be made"):
        handing_out.report(class_file, tmp_path / "file", now=NOW)
