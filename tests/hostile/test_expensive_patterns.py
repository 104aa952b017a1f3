"""Regular expressions that a student writes into NGINX' configuration, and that would keep Python for ever."""

from __future__ import annotations

import pytest

from harness import bounds, nginx
from harness.bounds import Pattern, fitting
from harness.errors import UnexpectedAnswer

EXPENSIVE = r"^((.+)+)+((.+)+)+$(?!.)X"
"""With each letter of the text it takes several times as long."""
PATH = "/tasks/grupo/"


def configured(location: str, more: str = "") -> dict[str, str]:
    """Return the files of an NGINX with one server and one location."""
    text = f"http {{ server {{ listen 80; {location} {{ proxy_pass http://172.16.0.12:8080; }} }} {more} }}"
    return {"/etc/nginx/nginx.conf": text}


def test_honest_patterns() -> None:
    """They fit as they do in NGINX; what is no regular expression fits nothing."""
    patterns = [Pattern("^/tasks"), Pattern("^/TASKS", any_case=True), Pattern("^/TASKS"), Pattern("("), Pattern(r"\d")]

    assert fitting(patterns, PATH) == (True, True, False, False, False)
    assert fitting([], PATH) == ()


@pytest.mark.parametrize(
    "pattern", ["a{99999999999}", "(" * 900, "(?:z{1,65535}){1,65535}", "\ud800", "\0"], ids=range(5)
)
def test_patterns_that_cannot_be_read(pattern: str) -> None:
    """Whatever Python makes of them, they fit nothing."""
    assert fitting([Pattern(pattern)], PATH) == (False,)


def test_a_pattern_without_end_is_ended() -> None:
    """Its process is killed when the time is up, and nothing is said about the kit."""
    with pytest.raises(UnexpectedAnswer, match=r"takes longer than 0\.5 s"):
        fitting([Pattern("^/tasks"), Pattern("^" + "(" * 9 + ".+" + ")+" * 9 + "X")], PATH, seconds=0.5)


@pytest.mark.parametrize("patterns", [["x"] * (bounds.PATTERNS_LIMIT + 1), ["x" * (bounds.PATTERN_LIMIT + 1)]])
def test_too_many_or_too_long(patterns: list[str]) -> None:
    """Nobody writes so many by hand."""
    with pytest.raises(UnexpectedAnswer, match="regular expression"):
        fitting([Pattern(each) for each in patterns], PATH)


def test_a_configuration_with_an_expensive_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """What such a configuration does cannot be told, and that is said soon."""
    monkeypatch.setattr(bounds, "SECONDS", 0.01)

    with pytest.raises(UnexpectedAnswer, match="regular expression"):
        nginx.backends_for(configured(f'location ~ "{EXPENSIVE}"'), 80, PATH[:7])


@pytest.mark.parametrize("location", ["location /other", "location = /tasks", "location ~ ^/other"])
def test_a_location_of_another_path(location: str) -> None:
    """What no location takes is passed nowhere: that is told, and nobody looks for ever."""
    assert nginx.backends_for(configured(location), 80, PATH) == (False, (), "no proxy_pass for the path")


@pytest.mark.parametrize(
    "files",
    [
        configured("location ="),
        configured("location"),
        configured('location ~ "a{99999999999}"'),
        configured(f'location ~ "{"(" * 2000}"'),
        {"nginx.conf": f"upstream x {{ server a:{'9' * 5000}; }} server {{ location / {{ proxy_pass http://x; }} }}"},
        {"nginx.conf": f"server {{ listen {'9' * 5000}; location / {{ proxy_pass http://x; }} }}"},
        {"nginx.conf": "server { location /; }"},
    ],
    ids=["exact", "bare", "repetition", "parentheses", "upstream", "listen", "block"],
)
def test_a_configuration_that_nginx_would_refuse(files: dict[str, str]) -> None:
    """It is read as far as it goes, or nothing is said; it is never a fault of Kitcheck."""
    try:
        told = nginx.backends_for(files, 80, PATH)
    except UnexpectedAnswer as answer:
        told = (answer,)

    assert len(told) in (1, 3)
