"""Evidence as a page shows it: text as text, of bounded length, and pictures only when they are PNG."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.printable import one_line, printable

if TYPE_CHECKING:
    from harness.verdicts import Evidence

BODY, BODIES = 20_000, 400_000
"""Characters shown of one piece, and of all pieces of a check: the harness keeps 16 384 of each."""
PICTURE = 4_000_000
"""Bytes of a picture that is shown."""
DATA = "data:image/png;base64,"
PNG = b"\x89PNG\r\n\x1a\n"


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


def pieces(seen: Sequence[Evidence]) -> list[Piece]:
    """Return the evidence of a check, in the order in which it was seen."""
    shown: list[Piece] = []
    left = BODIES
    for piece in seen:
        picture = _picture(piece) if piece.kind == "image" else ""
        kept = "" if picture else printable(piece.body[: min(BODY, left)])
        left -= len(kept)
        shown.append(
            Piece(
                kind=one_line(piece.kind, limit=40),
                source=one_line(piece.source, limit=200),
                at=one_line(piece.at, limit=40),
                summary=one_line(piece.summary, limit=500),
                body=kept.strip("\n"),
                cut=0 if picture else max(0, len(piece.body) - BODY) if left > 0 else len(piece.body) - len(kept),
                picture=picture,
            )
        )
        left = max(0, left)
    return shown


def _picture(piece: Evidence) -> str:
    """Return a picture that is in the evidence as the data that it is, made anew; empty when it is no PNG."""
    body = piece.body.strip()
    if not body.startswith(DATA) or len(body) > PICTURE * 4 // 3 + 100:
        return ""
    try:
        content = base64.b64decode(body.removeprefix(DATA), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return DATA + base64.b64encode(content).decode("ascii") if content.startswith(PNG) else ""
