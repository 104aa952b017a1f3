"""pg8000, imported and connected in half of its time: without what a login to a kit's database has no use for.

scramp (with asn1crypto) is for passwords that are proven, not sent: it is loaded when a server asks for that. Before
each login pg8000 1.31 makes ready a context with every certificate authority of this computer, 20 ms, although it then
trusts any server: here TLS is asked for as it does, and a context is made for a server that wants it.
"""

from __future__ import annotations

import importlib
import re
import ssl
import struct
import sys
from types import ModuleType
from typing import Any

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""Length and code of the question whether the server wants TLS: PostgreSQL's protocol 3.0, SSLRequest."""
LATER = "scramp"
ROUNDS_LIMIT = 1_000_000
"""Rounds that a server may ask for to prove a password: half a second's work.

PostgreSQL 16 asks for 4096 unless its owner says otherwise (`scram_iterations`). A server that asks for two thousand
million keeps us for an hour, deaf to every signal."""
SASL_CONTINUE = 11
"""AuthenticationSASLContinue of PostgreSQL's protocol 3.0; what follows is RFC 5802's server-first-message."""


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


def _native() -> Any:
    """Return `pg8000.native`, which finds scramp when it needs it."""
    if "pg8000" in sys.modules or LATER in sys.modules:
        return importlib.import_module("pg8000.native")
    sys.modules[LATER] = _Later(LATER)
    try:
        return importlib.import_module("pg8000.native")
    finally:
        del sys.modules[LATER]


native = _native()


class _Careful(native.Connection):
    """pg8000's connection, which works for a stranger for a while only."""

    def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:  # noqa: N802 - pg8000's name
        """Do what the server asks for. Raises ValueError when that is far too much."""
        if len(data) >= 4 and struct.unpack("!i", data[:4])[0] == SASL_CONTINUE:
            asked = [part[2:] for part in data[4:].decode("utf-8").split(",") if part.startswith("i=")]
            if any(not re.fullmatch("[0-9]{1,7}", rounds) or int(rounds) > ROUNDS_LIMIT for rounds in asked):
                raise ValueError(f"the server asks for more than {ROUNDS_LIMIT} rounds to prove a password")
        super().handle_AUTHENTICATION_REQUEST(data, context)  # pyright: ignore[reportUnknownMemberType] - no types


def connect(user: str, *, database: str, password: str, sock: Any) -> Any:
    """Return a connection of `pg8000.native` over a socket that is connected, with TLS if the server has it.

    No certificate is looked at. Raises what `pg8000.native.Connection` raises, and OSError.
    """
    sock.sendall(SSL_REQUEST)
    if sock.recv(1) == b"S":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        sock = context.wrap_socket(sock)
    return _Careful(user, database=database, password=password, sock=sock, ssl_context=False)
