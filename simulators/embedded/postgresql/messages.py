"""Messages of PostgreSQL's protocol 3.0 as bytes: those a server sends, and how those of a client are cut out."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulators.embedded.postgresql.answers import Answer, Column
    from simulators.embedded.postgresql.refusals import PostgresError

PROTOCOL: Final = 196608
SSL_REQUEST: Final = 80877103
GSS_REQUEST: Final = 80877104
CANCEL_REQUEST: Final = 80877102
STARTUP_LIMIT: Final = 10_000
"""Bytes of a startup message (PostgreSQL: MAX_STARTUP_PACKET_LENGTH)."""
MESSAGE_LIMIT: Final = 1_000_000
"""Bytes of any other message."""

AUTHENTICATION_OK: Final = b"R" + struct.pack(">II", 8, 0)
ASK_PASSWORD: Final = b"R" + struct.pack(">II", 8, 3)
NO_DATA_ROW: Final = b"I" + struct.pack(">I", 4)


class ProtocolError(Exception):
    """What was sent is no message of this protocol."""


def take(buffer: bytearray, *, startup: bool) -> tuple[bytes, bytes] | None:
    """Cut the first message off; return its type (empty at startup) and its content, None while it is not complete.

    Raises ProtocolError when its length cannot be right.
    """
    start = 0 if startup else 1
    if len(buffer) < start + 4:
        return None
    (length,) = struct.unpack_from(">I", buffer, start)
    if not 4 <= length <= (STARTUP_LIMIT if startup else MESSAGE_LIMIT):
        raise ProtocolError(f"invalid length of a message: {length}")
    if len(buffer) < start + length:
        return None
    kind, content = bytes(buffer[:start]), bytes(buffer[start + 4 : start + length])
    del buffer[: start + length]
    return kind, content


def strings(content: bytes) -> list[str]:
    """Return the strings of a message, each of which ends with a zero byte."""
    return [part.decode("utf-8", "replace") for part in content.split(b"\0")[:-1]]


def message(kind: bytes, content: bytes) -> bytes:
    """Return a message of a server."""
    return kind + struct.pack(">I", len(content) + 4) + content


def offer(mechanism: str) -> bytes:
    """Return what asks for SASL (AuthenticationSASL)."""
    return message(b"R", struct.pack(">I", 10) + _string(mechanism) + b"\0")


def go_on(data: bytes) -> bytes:
    """Return the server's middle word of SASL (AuthenticationSASLContinue)."""
    return message(b"R", struct.pack(">I", 11) + data)


def proved(data: bytes) -> bytes:
    """Return the server's last word of SASL (AuthenticationSASLFinal)."""
    return message(b"R", struct.pack(">I", 12) + data)


def parameter(name: str, value: str) -> bytes:
    """Return ParameterStatus."""
    return message(b"S", _string(name) + _string(value))


def key(process: int, secret: int) -> bytes:
    """Return BackendKeyData."""
    return message(b"K", struct.pack(">II", process, secret))


def ready(status: str) -> bytes:
    """Return ReadyForQuery; `status` is `I`, `T` or `E`."""
    return message(b"Z", status.encode())


def error(problem: PostgresError) -> bytes:
    """Return ErrorResponse."""
    fields = {
        "S": problem.severity,
        "V": problem.severity,
        "C": problem.sqlstate,
        "M": problem.message,
        **({} if problem.position is None else {"P": str(problem.position)}),
        "F": problem.file,
        "L": problem.line,
        "R": problem.routine,
    }
    return message(b"E", b"".join(name.encode() + _string(value) for name, value in fields.items() if value) + b"\0")


def answer(found: Answer) -> bytes:
    """Return everything that answers one statement: its columns, its rows, its tag."""
    parts = [] if found.columns is None else [_description(found.columns)]
    parts += [_row(row) for row in found.rows]
    return b"".join((*parts, message(b"C", _string(found.tag))))


def _description(columns: tuple[Column, ...]) -> bytes:
    sizes = {23: 4, 20: 8, 16: 1, 1184: 8}
    each = (
        _string(column.name) + struct.pack(">IhIhih", 0, 0, column.type_oid, sizes.get(column.type_oid, -1), -1, 0)
        for column in columns
    )
    return message(b"T", struct.pack(">H", len(columns)) + b"".join(each))


def _row(row: tuple[str | None, ...]) -> bytes:
    values = (struct.pack(">i", -1) if value is None else _counted(value.encode()) for value in row)
    return message(b"D", struct.pack(">H", len(row)) + b"".join(values))


def _counted(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _string(text: str) -> bytes:
    return text.replace("\0", "").encode() + b"\0"
