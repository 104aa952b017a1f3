"""asyncssh, imported in two thirds of its time, and with half of the packets that it would send.

While it is imported, asyncssh 2.24 has `ctypes.util.find_library` look for liboqs (two names) and nettle, and that
runs `ldconfig`, and sometimes a compiler, each time: 45 ms. They bring algorithms that no kit of the lab asks for
(sntrup761, umac); what `cryptography` has, mlkem768 included, is there without them.

Its module for X.509 certificates loads all of those in `cryptography`, 14 ms, before it finds that pyOpenSSL is not
there; no kit's sshd has one. Here it is not tried.

Before each packet it sends an empty one, to be ignored (RFC 4251, section 9.3.1: the remedy for ciphers in CBC mode).
AES-GCM and ChaCha20-Poly1305 do not need it, and OpenSSH does not do it; without it, grading a kit takes a
tenth less of the processor.

For each packet it also makes the line that its log shows at level `debug3`, and for each message the words of one that
nobody hears: here they are made when somebody does.
"""

from __future__ import annotations

import ctypes.util
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

NOT_NEEDED = frozenset({"oqs", "liboqs", "nettle", "libnettle", "libnettle-6"})
X509 = "asyncssh.crypto.x509"


@contextmanager
def _without_search() -> Generator[None]:
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None if name in NOT_NEEDED else search(name)
    modules: dict[str, object] = sys.modules  # type: ignore[assignment] -- None means: cannot be imported
    tried = modules.setdefault(X509, None)
    try:
        yield
    finally:
        ctypes.util.find_library = search
        if tried is None:
            del modules[X509]


with _without_search():
    import asyncssh
    from asyncssh.connection import SSHConnection
    from asyncssh.constants import MSG_IGNORE
    from asyncssh.encryption import ChachaEncryption, GCMEncryption
    from asyncssh.logging import SSHLogger
    from asyncssh.packet import SSHPacketLogger, String

_EMPTY = (String(b""),)
"""What the packet that asyncssh puts before each other one carries."""


def _without_padding(send: Callable[..., None]) -> Callable[..., None]:
    def send_packet(self: Any, pkttype: int, *args: bytes, handler: Any = None) -> None:
        if pkttype == MSG_IGNORE and args == _EMPTY:
            cipher = self._send_encryption
            if isinstance(cipher, GCMEncryption | ChachaEncryption):
                return
        send(self, pkttype, *args, handler=handler)

    return send_packet


def _when_packets_are_shown(log: Callable[..., None]) -> Callable[..., None]:
    def log_packet(self: Any, *args: Any, **options: Any) -> None:
        if self.logger.isEnabledFor(logging.DEBUG):
            log(self, *args, **options)

    return log_packet


def _when_heard(log: Callable[..., None]) -> Callable[..., None]:
    def log_heard(self: Any, level: int, *args: Any, **options: Any) -> None:
        if self.isEnabledFor(level):
            log(self, level, *args, **options)

    return log_heard


cast("Any", SSHPacketLogger).log_sent_packet = _when_packets_are_shown(SSHPacketLogger.log_sent_packet)
cast("Any", SSHPacketLogger).log_received_packet = _when_packets_are_shown(SSHPacketLogger.log_received_packet)
cast("Any", SSHLogger).log = _when_heard(cast("Any", SSHLogger).log)
cast("Any", SSHConnection).send_packet = _without_padding(SSHConnection.send_packet)

__all__ = ["asyncssh"]
