"""Evidence as a page shows it: text as text, of bounded length, and pictures only when they are PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.printable import one_line, printable
from harness.reporting import png

if TYPE_CHECKING:
    from harness.verdicts import Evidence

BODY, BODIES = 20_000, 400_000
"""Characters shown of one piece, and of all pieces of a check: the harness keeps 16 384 of each."""
PICTURE, PICTURES = 4_000_000, 12_000_000
"""Bytes of a picture that is shown, and of all pictures of a check."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence, safe to be shown."""

    kind: str
    source: str
    at: str
    summary: str
    body: str
    cut: int
    """Characters that are left out."""
    picture: str
    """A data URI of a PNG picture; empty without one."""
    elsewhere: bool
    """It is a picture that the attempt does not hold, only the name of its file."""


def pieces(seen: Sequence[Evidence]) -> list[Piece]:
    """Return the evidence of a check, in the order in which it was seen.

    Pictures are in it only as far as the attempt itself holds them: a name of a file is never looked for.
    """
    shown: list[Piece] = []
    left, bytes_left = BODIES, PICTURES
    for piece in seen:
        is_image = piece.kind == "image"
        content = png.within(piece.body.strip(), limit=min(PICTURE, bytes_left)) if is_image else b""
        bytes_left -= len(content)
        elsewhere = is_image and not piece.body.strip().startswith("data:")
        # what is written out (`\x1b`) is longer than it was
        body = "" if content or elsewhere else piece.body[: min(BODY, left)]
        left -= len(body)
        shown.append(
            Piece(
                kind=one_line(piece.kind, limit=40),
                source=one_line(piece.source, limit=200),
                at=one_line(piece.at, limit=40),
                summary=one_line(piece.summary, limit=500),
                body=printable(body)[: 2 * BODY].strip("\n"),
                cut=0 if content or elsewhere else len(piece.body) - len(body),
                picture=png.as_data(content) if content else "",
                elsewhere=elsewhere,
            )
        )
    return shown
