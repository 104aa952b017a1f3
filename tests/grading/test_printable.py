"""Text from a kit, made safe to show."""

from __future__ import annotations

import pytest

from harness.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\rb"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edcb", "abc\\u202edcb"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("fil\u3164ler \U000e0141", "fil\\u3164ler \\U000e0141"),
        ("x" + "\u0301" * 6, "x" + "\u0301" * 4 + "\\u0301" * 2),
        ("bi\u0300\u0323 Z\u0308 कि\u0902", "bi\u0300\u0323 Z\u0308 कि\u0902"),
        ("Olá, ação \u2013 你好", "Olá, ação \u2013 你好"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    """Control codes, what is invisible and what turns the reading direction are written out; letters stay."""
    assert expected == printable(text)


def test_limit() -> None:
    """The rest is counted."""
    assert printable("abcde", limit=3) == "abc… [2 more characters]"


def test_one_line() -> None:
    """Everything fits on one line."""
    assert one_line(" a\n\tb  c\n") == "a b c"
