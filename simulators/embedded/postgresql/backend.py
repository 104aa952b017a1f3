"""PostgreSQL's side of one connection: login, questions, and refusals that clients' libraries understand."""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import TYPE_CHECKING, Final

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.postgresql import dialect, messages, refusals, scram
from simulators.embedded.postgresql.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.embedded.network import Peer
    from simulators.embedded.postgresql.cluster import Cluster
    from simulators.embedded.postgresql.database import Database

LOGIN_SECONDS: Final = 60.0
"""PostgreSQL's authentication_timeout."""
_REPORTED: Final = {
    "application_name": "",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "default_transaction_read_only": "off",
    "in_hot_standby": "off",
    "integer_datetimes": "on",
    "IntervalStyle": "postgres",
    "server_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "TimeZone": "Etc/UTC",
}
"""Parameters that every client is told after its login."""


class Backend(asyncio.Protocol):
    """Speaks the protocol's version 3.0 without TLS, as a cluster with `ssl = off` does."""

    def __init__(self, cluster: Cluster, peer: Peer) -> None:
        self.cluster = cluster
        self.peer = peer
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._user = self._name = ""
        self._database: Database | None = None
        self._reads: Callable[[bytes, bytes], None] = self._startup
        self._proof: scram.Exchange | None = None
        self._skipping = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the startup message."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what asyncio gives to stream protocols
        self._transport = transport
        self._deadline = asyncio.get_running_loop().call_later(LOGIN_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._transport = None
        if self._deadline is not None:
            self._deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer every complete message."""
        self._buffer += data
        try:
            while self._transport is not None and not self._transport.is_closing():
                found = messages.take(self._buffer, startup=self._reads == self._startup)
                if found is None:
                    break
                self._reads(*found)
        except messages.ProtocolError as error:
            self._refuse(refusals.PostgresError("08P01", str(error), "ProcessStartupPacket", "FATAL"))
        except refusals.PostgresError as error:
            self._refuse(error)

    def _say(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _refuse(self, error: refusals.PostgresError) -> None:
        """Say why, and end the connection."""
        self._say(messages.error(error))
        self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # Login

    def _startup(self, _: bytes, content: bytes) -> None:
        if len(content) < 4:
            raise messages.ProtocolError("invalid length of startup packet")
        (code,) = struct.unpack_from(">I", content)
        if code in (messages.SSL_REQUEST, messages.GSS_REQUEST):
            self._say(b"N")
            return
        if code == messages.CANCEL_REQUEST:
            self._close()
            return
        if code >> 16 != messages.PROTOCOL >> 16:
            said = f"unsupported frontend protocol {code >> 16}.{code & 65535}: server supports 3.0 to 3.0"
            raise refusals.PostgresError("0A000", said, "ProcessStartupPacket", "FATAL", "postmaster.c")
        pairs = messages.strings(content[4:])
        asked = dict(zip(pairs[::2], pairs[1::2], strict=False))
        self._user = asked.get("user", "")
        if not self._user:
            said = "no PostgreSQL user name specified in startup packet"
            raise refusals.PostgresError("28000", said, "ProcessStartupPacket", "FATAL", "postmaster.c")
        self._name = asked.get("database") or self._user
        self._authenticate(self.cluster.entry(self.peer.address, self._user, self._name).method)

    def _authenticate(self, method: str) -> None:
        if method in ("md5", "scram-sha-256"):
            # PostgreSQL keeps passwords for SCRAM, and then asks for it where the line says md5.
            self._proof = scram.Exchange(self.cluster.verifier(self._user))
            self._reads = self._sasl_first
            self._say(messages.offer(scram.MECHANISM))
        elif method == "password":
            self._reads = self._password
            self._say(messages.ASK_PASSWORD)
        else:
            self.cluster.authorize(self.peer.address, self._user, self._name)
            self._enter()

    def _password(self, kind: bytes, content: bytes) -> None:
        self._expect_password(kind)
        [password, *_] = messages.strings(content) or [""]
        self.cluster.authorize(self.peer.address, self._user, self._name, password=password)
        self._enter()

    def _sasl_first(self, kind: bytes, content: bytes) -> None:
        self._expect_password(kind)
        mechanism, _, rest = content.partition(b"\0")
        if mechanism.decode("ascii", "replace") != scram.MECHANISM or self._proof is None or len(rest) < 4:
            said = "client selected an invalid SASL authentication mechanism"
            raise refusals.PostgresError("08P01", said, "CheckSASLAuth", "FATAL", "auth-sasl.c")
        self._reads = self._sasl_last
        self._say(messages.go_on(self._scram(self._proof.challenge, rest[4:])))

    def _sasl_last(self, kind: bytes, content: bytes) -> None:
        self._expect_password(kind)
        if self._proof is not None:
            self._say(messages.proved(self._scram(self._proof.verdict, content)))
            self._enter()

    def _scram(self, step: Callable[[bytes], bytes], said: bytes) -> bytes:
        try:
            return step(said)
        except scram.ScramError:
            raise refusals.wrong_password(self._user) from None

    def _expect_password(self, kind: bytes) -> None:
        if kind != b"p":
            said = f"expected password response, got message type {kind[0]}"
            raise refusals.PostgresError("08P01", said, "recv_password_packet", "FATAL", "auth.c")

    def _enter(self) -> None:
        self._database = self.cluster.enter(self._user, self._name)
        if self._deadline is not None:
            self._deadline.cancel()
        self._reads = self._question
        superuser = "on" if self.cluster.roles[self._user].superuser else "off"
        told = {
            **_REPORTED,
            "is_superuser": superuser,
            "server_version": self.cluster.settings["server_version"],
            "session_authorization": self._user,
        }
        number = 1000 + self.peer.port % 30000
        self._say(messages.AUTHENTICATION_OK + b"".join(messages.parameter(*each) for each in told.items()))
        self._say(messages.key(number, secrets.randbits(32)) + messages.ready("I"))

    # Questions

    def _question(self, kind: bytes, content: bytes) -> None:
        if kind == b"X":
            self._close()
        elif kind == b"S":
            self._skipping = False
            self._say(messages.ready("I"))
        elif self._skipping or kind in (b"H", b"d", b"c", b"f"):
            pass
        elif kind == b"Q":
            self._say(self._answers((messages.strings(content) or [""])[0]) + messages.ready("I"))
        elif kind in b"PBDECF":
            # PostgreSQL, too, skips everything up to Sync after an error in the extended protocol.
            self._skipping = kind != b"F"
            self._say(messages.error(refusals.not_simulated("prepared statements")))
            if kind == b"F":
                self._say(messages.ready("I"))
        else:
            raise refusals.PostgresError("08P01", f"invalid frontend message type {kind[0]}", "SocketBackend", "FATAL")

    def _answers(self, sql: str) -> bytes:
        """Return what answers a text of statements, which are one transaction unless they say otherwise."""
        if self._database is None or self._database is not self.cluster.databases.get(self._name):
            raise refusals.PostgresError("57P01", "terminating connection", "ProcessInterrupts", "FATAL")
        said: list[bytes] = []
        session = Session(self.cluster, self._database, self._user)
        try:
            answers = session.run_together(list(dialect.statements(sql)))
            said.extend(map(messages.answer, answers))
            if session.status != "I":
                said.append(messages.error(refusals.not_simulated("a transaction that goes on in another message")))
        except refusals.PostgresError as error:
            said.append(messages.error(error))
        except NotSimulatedError as error:
            said.append(messages.error(refusals.not_simulated(str(error).removeprefix("not simulated: "))))
        finally:
            session.close()
        return b"".join(said) or messages.NO_DATA_ROW
