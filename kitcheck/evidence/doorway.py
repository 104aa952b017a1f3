"""A proxy on our own computer by which a browser sees one kit and nothing else: bounded, and only with a password."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import select
import socket
import socketserver
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from harness.errors import KitError
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.access import Access, KitSocket

HEAD_LIMIT = 65_536
"""Bytes of a request's head."""
SECONDS = 30.0
"""For one connection."""
CONNECTION_LIMIT = 16_777_216
"""Bytes that one connection may bring."""
PAGE_LIMIT = 50_331_648
"""Bytes that one page may bring, with everything that it loads."""
AT_ONCE = 16
"""Connections at the same time."""
OURS = "X-Kitcheck"
"""The header of answers that are ours, and not the kit's: a page that has it is not pictured."""
_DROPPED = re.compile(rb"(?im)^(?:proxy-[a-z-]+|connection|keep-alive)[ \t]*:[^\r\n]*\r\n")


@dataclass
class Doorway:
    """A context manager: an HTTP proxy on 127.0.0.1 whose connections go into the kit."""

    access: Access
    network: IPv4Network
    aliases: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Addresses (`host:port`) that stand for one in the kit, as `localhost:8080` of somebody's tunnel."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    """Other users of this computer can connect, too, and do not know it."""

    def __post_init__(self) -> None:
        self._left = PAGE_LIMIT
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="doorway", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where the proxy listens."""
        if self._server is None:
            raise RuntimeError("the doorway is not open")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def login(self) -> Mapping[str, str]:
        """What Playwright is told about it."""
        return {"server": self.url, "username": "kitcheck", "password": self.password}

    def fresh(self) -> None:
        """Begin a new page: it may bring as many bytes as any."""
        with self._lock:
            self._left = PAGE_LIMIT

    def serve(self, client: socket.socket) -> None:
        """Answer one connection of the browser."""
        with self._slots:
            client.settimeout(SECONDS)
            head, rest = _read_head(client)
            found = re.match(rb"([A-Z]{3,20}) ([^ \r\n]{1,8192}) HTTP/1\.[01]\r\n", head)
            if found is None:
                return
            if not self._knows_password(head):
                client.sendall(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=kit\r\n"
                    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
                )
                return
            self._carry(client, found[1], found[2].decode("latin-1"), head[found.end() :], rest)

    def _carry(self, client: socket.socket, method: bytes, target: str, headers: bytes, rest: bytes) -> None:
        tunnelled = method == b"CONNECT"
        parts = urlsplit("")
        try:
            parts = urlsplit(f"//{target}" if tunnelled else target)
            place = self._place(parts.hostname or "", parts.port or 80) if tunnelled or parts.scheme == "http" else None
        except ValueError:
            place = None
        if place is None:
            _refuse(client, 403, f"{plain(target, 100)} is not in the kit")
            return
        try:
            kit = self.access.open(*place, timeout=SECONDS, limit=CONNECTION_LIMIT)
        except KitError as failure:
            _refuse(client, 502, str(failure))
            return
        with kit:
            if tunnelled:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                begin = rest
            else:
                path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
                own = _DROPPED.sub(b"", headers)
                begin = b"%b %b HTTP/1.1\r\nConnection: close\r\n%b%b" % (method, path.encode("latin-1"), own, rest)
            with suppress(KitError, OSError):
                kit.sendall(begin)
                self._pipe(client, kit)

    def _place(self, host: str, port: int) -> tuple[str, int] | None:
        """Return where in the kit an address is; None when it is not there."""
        if (alias := self.aliases.get(f"{host}:{port}")) is not None:
            return alias
        with suppress(ValueError):
            if ip_address(host) in self.network:
                return host, port
        return None

    def _pipe(self, client: socket.socket, kit: KitSocket) -> None:
        """Move bytes in both directions until either side is done or a limit is reached."""
        end = time.monotonic() + SECONDS
        both: list[socket.socket] = [client, kit]
        while (left := end - time.monotonic()) > 0:
            ready = select.select(both, [], [], left)[0]
            if kit in ready:
                data = kit.recv(65_536)
                with self._lock:
                    self._left -= len(data)
                    over = self._left < 0
                if not data or over:
                    return
                client.sendall(data)
            if client in ready:
                data = client.recv(65_536)
                if not data:
                    return
                kit.sendall(data)

    def _knows_password(self, head: bytes) -> bool:
        found = re.search(rb"(?im)^proxy-authorization[ \t]*:[ \t]*basic[ \t]+([A-Za-z0-9+/=]{1,500})", head)
        wanted = base64.b64encode(f"kitcheck:{self.password}".encode())
        return found is not None and hmac.compare_digest(found[1], wanted)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, doorway: Doorway) -> None:
        self.doorway = doorway
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that leaves is no error, and what the kit did shows in the picture."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Serve one connection."""
        with suppress(OSError):
            cast("_Server", self.server).doorway.serve(cast("socket.socket", self.request))


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return a request's first line and headers, and what came after them."""
    read = bytearray()
    while b"\r\n\r\n" not in read and len(read) <= HEAD_LIMIT and (data := client.recv(65_536)):
        read += data
    head, blank, rest = bytes(read).partition(b"\r\n\r\n")
    return (head + blank, rest) if blank else (b"", b"")


def _refuse(client: socket.socket, status: int, why: str) -> None:
    """Answer in our own name."""
    body = f"Kitcheck: {why}\n".encode()
    head = f"HTTP/1.1 {status} Refused\r\n{OURS}: refused\r\nContent-Type: text/plain; charset=utf-8\r\n"
    client.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
