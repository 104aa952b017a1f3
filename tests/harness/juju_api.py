"""A tiny controller for tests: speaks Juju's API over TLS on loopback, and answers from a table."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve

from harness.juju.client_files import Controller, Endpoint
from harness.tunnel import KitSocket

PASSWORD = "0123456789abcdef"
FACADES = {"ModelManager": [9, 10], "Client": [6, 7, 8], "Action": [7], "Pinger": [1]}
Answer = Callable[[str, Mapping[str, Any]], Any]
"""Returns the response to a request (`Client.FullStatus`, its parameters with `path` and the WebSocket's
`extensions`); an exception whose arguments are message and code is refused with them; None is never answered."""


def certificate(folder: Path) -> tuple[str, ssl.SSLContext]:
    """Return a certificate that signs itself, as PEM, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "juju-ca")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return pem.decode(), context


class Loopback:
    """An access that opens TCP to whatever is asked, and remembers what that was."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> KitSocket:
        """Connect."""
        self.opened.append((address, port))
        plain = socket.create_connection((address, port), timeout)
        return KitSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())


class _Server:
    """Answers on an event loop in a thread."""

    def __init__(self, answer: Answer, version: str) -> None:
        self._answer = answer
        self._version = version
        self.extensions: list[str] = []

    async def talk(self, connection: ServerConnection) -> None:
        """Answer requests, each with its id."""
        path = connection.request.path if connection.request else ""
        self.extensions += connection.request.headers.get_all("Sec-WebSocket-Extensions") if connection.request else []
        async for text in connection:
            asked = cast("dict[str, Any]", json.loads(text))
            reply: dict[str, Any] = {"request-id": asked["request-id"], "response": {}}
            what = f"{asked['type']}.{asked['request']}"
            try:
                params = cast("dict[str, Any]", asked.get("params") or {})
                about = {"path": path, "extensions": self.extensions}
                response = self._login(params) if what == "Admin.Login" else self._answer(what, {**params, **about})
            except LookupError as error:
                message, code, *more = error.args
                reply |= {"error": message, "error-code": code, **(more[0] if more else {})}
                response = {}
            if response is None:
                continue
            await connection.send(json.dumps({**reply, "response": response}))

    def _login(self, params: Mapping[str, Any]) -> Any:
        if params.get("credentials") != PASSWORD:
            raise LookupError("invalid entity name or password", "unauthorized access")
        facades = [{"name": name, "versions": versions} for name, versions in FACADES.items()]
        return {"servers": [], "server-version": self._version, "facades": facades, "user-info": {}}


@contextmanager
def controller(answer: Answer, *, version: str = "3.6.8") -> Generator[tuple[Controller, Endpoint]]:
    """Run a controller that answers as `answer` says, and yield how its client knows it."""
    loop = asyncio.new_event_loop()
    server = _Server(answer, version)
    with tempfile.TemporaryDirectory() as folder:
        pem, context = certificate(Path(folder))

    async def begin() -> Any:
        return await serve(server.talk, "127.0.0.1", 0, ssl=context)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    port = running.sockets[0].getsockname()[1]
    place = Endpoint("127.0.0.1", port)
    try:
        yield Controller("maas-controller", "maas-one", version, (place,), pem, "admin", PASSWORD), place
    finally:

        async def end() -> None:
            running.close()
            await running.wait_closed()

        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
