"""Pictures without the empty rest of a window: what shows something stays, to the last row."""

from __future__ import annotations

import struct
import zlib

import pytest

from kitcheck.evidence.trimming import MARGIN, trimmed

WIDTH, HEIGHT = 4, 200
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(shown: int, *, colour: int = 2, interlaced: int = 0, filtered: int = 2) -> bytes:
    """Return a picture whose first `shown` rows differ, and whose others repeat the last of them."""
    row = WIDTH * (3 if colour == 2 else 4)
    rows = [b"\0" + bytes([number % 250 + 1]) * row for number in range(shown)]
    rows += [bytes([filtered]) + bytes(row)] * (HEIGHT - shown)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, colour, 0, 0, interlaced)
    packed = zlib.compress(b"".join(rows))
    # browsers write several pieces of data
    pieces = _part(b"IDAT", packed[:20]) + _part(b"IDAT", packed[20:])
    return SIGNATURE + _part(b"IHDR", head) + pieces + _part(b"IEND", b"")


def read(picture: bytes) -> tuple[tuple[int, ...], bytes]:
    """Return a picture's header and rows; every checksum is compared."""
    place, head, data = len(SIGNATURE), b"", b""
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        kind, content = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        assert picture[place : place + 12 + length] == _part(kind, content)
        head, data = (content, data) if kind == b"IHDR" else (head, data + content)
        place += 12 + length
    return struct.unpack(">IIBBBBB", head), zlib.decompress(data)


@pytest.mark.parametrize("colour", [2, 6])
@pytest.mark.parametrize(("shown", "kept"), [(1, 60), (60, 60 + MARGIN), (HEIGHT - MARGIN, HEIGHT), (HEIGHT, HEIGHT)])
def test_what_shows_something_stays(shown: int, kept: int, colour: int) -> None:
    """Rows that repeat the last one go, but for a margin and the least height."""
    before, after = read(png(shown, colour=colour)), read(trimmed(png(shown, colour=colour), least=60))
    row = len(before[1]) // HEIGHT

    assert after[0] == (WIDTH, kept, *before[0][2:])
    assert after[1] == before[1][: kept * row]


@pytest.mark.parametrize(
    "picture",
    [png(1, interlaced=1), png(1, filtered=0), png(1, filtered=4)],
    ids=["interlaced", "black", "filter"],
)
def test_written_in_another_way(picture: bytes) -> None:
    """Rows that may show something, and pictures that are not read row by row, stay as they are."""
    assert trimmed(picture, least=1) == picture
