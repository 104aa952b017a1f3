"""What every page does with the texts that are put into it."""

from __future__ import annotations

import pytest

from harness.reporting import languages, pages
from tests.reporting.results import ENEMY


def filled(template: str, text: str) -> str:
    """Return what a template makes of a text."""
    environment = pages._environment(languages.of("en"))  # pyright: ignore[reportPrivateUsage]
    return environment.from_string(template).render(text=text)


def test_text_that_nobody_cleaned() -> None:
    """Also what comes straight from a kit is escaped, and without control codes."""
    shown = filled("{{ text }}", ENEMY)

    assert "&lt;script&gt;" in shown
    assert r"\x1b[31m\x00\u202e\u2066=cmd()" in shown
    assert [each for each in "<>\x1b\x00\u202e\ud800" if each in shown] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run `a <b>` and `c`", "run <code>a &lt;b&gt;</code> and <code>c</code>"),
        ("it's `open <b>", "it&#39;s `open &lt;b&gt;"),
        ("`\x1b`", r"<code>\x1b</code>"),
        ("", ""),
    ],
)
def test_commands(text: str, expected: str) -> None:
    """What is between backticks is shown as a command; an odd one is a character like any other."""
    assert filled("{{ text|commands }}", text) == expected


def test_page_without_a_value_is_none() -> None:
    """A template that asks for what it was not given fails, instead of showing nothing."""
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        filled("{{ nothing }}", "")
