"""Every path of the pages is typed by a test: a section that nobody types would rot."""

from __future__ import annotations

from pathlib import Path

from tests.paths.conftest import ROOT


def test_every_path_is_typed() -> None:
    """A page with a section `Ten minutes` is named by a test of this folder."""
    pages = [page for page in ROOT.rglob("docs/**/*.md") if "\n## Ten minutes\n" in page.read_text(encoding="utf-8")]
    tests = "\n".join(
        test.read_text(encoding="utf-8") for test in Path(__file__).parent.glob("test_*.py") if test != Path(__file__)
    )
    names = [page.name for page in pages]

    assert "student.md" in names
    assert [name for name in names if f'"{name}"' not in tests] == []
