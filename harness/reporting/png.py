"""Pictures in pages: PNG only, of a bounded size, whatever the evidence says that it is."""

from __future__ import annotations

import base64
import binascii

DATA = "data:image/png;base64,"
"""How a picture within a page, or within evidence, begins."""
PIXELS = 40_000_000
"""Of one picture. A file of 100 kB may hold so many more that a browser which unpacks them is lost."""
_BEGINNING = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
"""Signature, and the header that must come first with its length (W3C PNG, sections 5.2 and 11.2.2)."""


def within(text: str, *, limit: int) -> bytes:
    """Return the picture that is written in a text as a data URI, of at most `limit` bytes; empty when it is none."""
    if not text.startswith(DATA) or len(text) > limit * 4 // 3 + 100:
        return b""
    try:
        content = base64.b64decode(text.removeprefix(DATA), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if is_picture(content) and len(content) <= limit else b""


def is_picture(content: bytes) -> bool:
    """Return whether a file is a PNG that a browser may be given."""
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    return content.startswith(_BEGINNING) and 0 < width * height <= PIXELS


def as_data(content: bytes) -> str:
    """Return a picture as a page holds it."""
    return DATA + base64.b64encode(content).decode("ascii")
