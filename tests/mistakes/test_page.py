"""The page that lists the catalogue: docs/mistakes.md is what the catalogue says."""

from __future__ import annotations

import pytest

from simulators.catalogue import page
from simulators.entry import Entry
from simulators.mistakes import FAULTS, MISTAKES, VARIATIONS

TEXT = page.PAGE.read_text(encoding="utf-8")


def test_page_is_the_catalogue() -> None:
    """Every entry has its line, in the catalogue's order, and no line is about anything else."""
    assert page.written(TEXT) == TEXT, "run `python -m simulators.catalogue.page`, which writes docs/mistakes.md"


@pytest.mark.parametrize("entry", [MISTAKES[0], VARIATIONS[-1], FAULTS[0]], ids=lambda entry: entry.kind)
def test_line_that_is_missing_comes_back(entry: Entry) -> None:
    """In each of the three tables, in its place; what stands around them stays."""
    without = "".join(line for line in TEXT.splitlines(keepends=True) if not line.startswith(f"| `{entry.id}` |"))

    assert len(without) < len(TEXT)
    assert page.written(without) == TEXT


def test_page_without_its_tables() -> None:
    """Nothing is written into a page that is not made as it should be."""
    with pytest.raises(ValueError, match="must have 3 tables that begin with the column id, and has 2"):
        page.written(TEXT.replace("| id | what is different |", "| name | what is different |"))


def test_lines_of_each_kind() -> None:
    """What the group did and what must fail; what is different; what happened and what cannot be told."""
    assert "\n| `same-message` | Both servers say the same. | `messages-differ` |\n" in TEXT
    assert "\n| `custom-path` | The group's path is its own. |\n" in TEXT
    assert "\n| `maas-down` | MAAS answers 503 for ever. | everything |\n" in TEXT
