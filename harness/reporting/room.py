"""How much of a result one page has room for: what is longer is cut, and the page says by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.printable import one_line, printable
from harness.reporting import png
from harness.verdicts import Evidence

PAGE = 2_000_000
"""Characters of evidence in one page."""
CHECK = 150_000
"""Characters of evidence of one check."""
BODY = 4_000
"""Characters of one piece's body."""
PIECES = 60
"""Pieces of evidence of one check."""
PICTURE = 1_500_000
"""Bytes of one picture."""
PICTURES = 12_000_000
"""Bytes of all pictures of one page."""
SENTENCE = 1_000
DETAIL = 4_000
NAME = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """One piece of evidence as a page shows it."""

    kind: str
    source: str
    at: str
    summary: str
    body: str
    cut: int
    """Characters of the body that the page leaves out."""
    picture: str
    """A data URI; empty without one."""
    elsewhere: bool = False
    """It is a picture that is not in the result, only the name of its file; then that is the body."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence of one check as a page shows it."""

    pieces: tuple[Seen, ...]
    left_out: int
    """Pieces that the page has no room for."""


class Room:
    """What is left of a page while evidence is put into it."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._files = pictures
        self._characters = PAGE
        self._bytes = PICTURES

    def evidence(self, seen: Sequence[Evidence]) -> Shown:
        """Return the evidence of one check, as far as there is room for it."""
        left = min(CHECK, self._characters)
        pieces: list[Seen] = []
        for piece in seen[:PIECES]:
            shown = self._piece(piece, left)
            used = len(shown.body) + len(shown.summary) + 100
            if used > left:
                break
            left -= used
            self._characters -= used
            pieces.append(shown)
        return Shown(tuple(pieces), len(seen) - len(pieces))

    def _piece(self, piece: Evidence, left: int) -> Seen:
        picture = self._picture(piece) if piece.kind == "image" else ""
        if picture:
            body, cut = "", 0
        else:
            kept = piece.body[: min(BODY, max(0, left - 1_000))]
            # what is written out (`\x1b`) is longer than it was
            body = printable(kept)[: 2 * BODY]
            cut = len(piece.body) - len(kept)
        return Seen(
            kind=one_line(piece.kind, limit=20),
            source=one_line(piece.source, limit=NAME),
            at=one_line(piece.at, limit=40),
            summary=one_line(piece.summary, limit=500),
            body=body.strip("\n"),
            cut=cut,
            picture=picture,
            elsewhere=piece.kind == "image" and not picture and not piece.body.strip().startswith("data:"),
        )

    def _picture(self, piece: Evidence) -> str:
        """Return a PNG picture as a data URI; empty when there is none, it is none, or there is no room for it."""
        body = piece.body.strip()
        content = png.within(body, limit=PICTURE) or self._files.get(body, b"")
        if not png.is_picture(content) or len(content) > min(PICTURE, self._bytes):
            return ""
        self._bytes -= len(content)
        return png.as_data(content)
