"""Takes the empty rest off a picture: a page of one sentence is no reason for a picture as high as a window."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

MARGIN = 24
"""Rows that stay below the last one that shows something."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
"""The filter by which a row is told as what differs from the row above (W3C PNG, section 9.2)."""
_CHANNELS = {2: 3, 6: 4}
"""Samples of a pixel, by colour type: with and without transparency."""


def trimmed(png: bytes, *, least: int) -> bytes:
    """Return a picture of 8 bits a sample without the rows at its end that all repeat the one above them.

    At least `least` rows stay. What is trimmed is what a row's filter says to be the same, so that no pixel is read; a
    picture that is written in another way stays as it is.
    """
    chunks = list(_chunks(png))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or colour not in _CHANNELS or interlaced:
        return png
    row = width * _CHANNELS[colour] + 1
    rows = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    same = bytes([_UP]) + bytes(row - 1)
    last = height
    while last > 1 and rows[(last - 1) * row : last * row] == same:
        last -= 1
    kept = max(least, last + MARGIN)
    if kept >= height:
        return png
    head = struct.pack(">II", width, kept) + chunks[0][1][8:]
    return _SIGNATURE + b"".join(
        _chunk(kind, content)
        for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(rows[: kept * row])), (b"IEND", b""))
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
