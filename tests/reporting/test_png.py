"""Which pictures a page may hold."""

from __future__ import annotations

import base64

import pytest

from harness.reporting import png
from tests.serving.made_class import png as made

BIG = 1_000_000


def uri(content: bytes) -> str:
    """Return a file as evidence holds it."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def test_what_is_in_the_text_is_found() -> None:
    """And written again in the same way."""
    assert png.within(uri(made()), limit=BIG) == made()
    assert png.as_data(made()) == uri(made())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pictures/one.png",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png;base64,é",
        "data:image/svg+xml;base64,PHN2Zz4=",
        uri(b"GIF89a"),
        uri(made()[:20]),
        uri(b"\x89PNG\r\n\x1a\n" + bytes(64)),
        "javascript:" + uri(made()),
    ],
)
def test_what_is_no_picture(text: str) -> None:
    """A beginning is not enough."""
    assert png.within(text, limit=BIG) == b""


def test_a_picture_that_is_too_long() -> None:
    """The bound is the file's, not that of its text."""
    assert png.within(uri(made()), limit=len(made())) == made()
    assert png.within(uri(made()), limit=len(made()) - 1) == b""


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1, 1, True), (8_000, 5_000, True), (8_000, 5_001, False), (2**31, 1, False), (0, 5, False)],
)
def test_a_picture_that_unpacks_to_too_much(width: int, height: int, expected: bool) -> None:
    """A few bytes may stand for a picture that no browser has the memory for."""
    assert png.is_picture(made(width, height)) is expected
