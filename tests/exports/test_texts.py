"""Texts and points as they are exported."""

from __future__ import annotations

import pytest

from kitcheck.exports import texts
from tests.exports import made_up


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (7.5, "7.5"),
        (10, "10"),
        (6.335, "6.34"),
        (1 / 3, "0.33"),
        (0.1 + 0.2, "0.3"),
        (-0.001, "0"),
        (120, "120"),
    ],
)
def test_points(value: float, written: str) -> None:
    """At most two decimals, halves up, nothing superfluous."""
    assert texts.number(value) == written


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", " =", "\t=", "\n-"])
def test_formulas_become_texts(start: str) -> None:
    """Also behind what a spreadsheet would skip."""
    assert texts.cell(f"{start}cmd()") == f"'{start.strip()}cmd()"


@pytest.mark.parametrize("text", ["José Müller", "a=b", "5 - 3", "", "'tis"])
def test_other_texts_stay(text: str) -> None:
    """Umlauts, accents, and signs in the middle."""
    assert texts.cell(text) == text


def test_hidden_characters_are_written_out() -> None:
    """An invisible one cannot hide the start of a formula."""
    assert texts.cell("\u200b=cmd()") == "\\u200b=cmd()"
    assert texts.cell("\r=cmd()") == "\\r=cmd()"
    assert len(texts.cell(made_up.LONG)) < 700
