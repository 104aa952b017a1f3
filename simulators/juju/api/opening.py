"""The way to a controller: its addresses tried at once, TLS that trusts one authority, and problems in words."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from simulators.juju.errors import ControllerUnreachableError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

SERVER_NAME = "juju-apiserver"
"""What Juju's clients expect a controller's certificate to be for, wherever they find the controller."""
MESSAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer."""
HTTP_TIMEOUT = 120.0
"""Seconds that storing a charm may take."""


class Where:
    """What every way to the same controller needs."""

    def __init__(self, tls: ssl.SSLContext, user: str, password: str, model_uuid: str | None) -> None:
        self.tls = tls
        self.tag = f"user-{user}"
        self.password = password
        self.model_uuid = model_uuid

    @property
    def header(self) -> dict[str, str]:
        """The password as a header, which charms and the log want."""
        token = base64.b64encode(f"{self.tag}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {token}"}


def trusting(ca_cert: str) -> ssl.SSLContext:
    """Return TLS that trusts one authority only. Raises ControllerUnreachableError for what is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca_cert)
    except (ssl.SSLError, ValueError) as error:
        raise ControllerUnreachableError(f"cannot read the controller's CA certificate: {error}") from error
    return context


async def first(addresses: Sequence[str], path: str, where: Where, patience: float) -> tuple[str, ClientConnection]:
    """Return the first connection that comes about, and its address. Raises ControllerUnreachableError."""
    tries = {asyncio.create_task(_open(each, path, where)): each for each in dict.fromkeys(addresses)}
    if not tries:
        raise ControllerUnreachableError("unable to connect to API: no addresses are known")
    waiting, won = set(tries), None
    problems: dict[str, str] = {}
    deadline = asyncio.get_running_loop().time() + patience
    try:
        while waiting and won is None:
            left = deadline - asyncio.get_running_loop().time()
            done, waiting = await asyncio.wait(waiting, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            for each in done:
                if (error := each.exception()) is None:
                    won = each
                    break
                problems[tries[each]] = _in_words(tries[each], error)
    finally:
        for each in tries:
            if each is not won:
                await _drop(each)
    if won is not None:
        return tries[won], won.result()
    told = [problems.get(each, f"dial tcp {each}: i/o timeout") for each in tries.values()]
    raise ControllerUnreachableError("unable to connect to API: " + "; ".join(told))


async def _drop(attempt: asyncio.Task[ClientConnection]) -> None:
    attempt.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await (await attempt).close()


async def _open(address: str, path: str, where: Where) -> ClientConnection:
    from websockets.asyncio.client import connect

    return await connect(
        f"wss://{address}{path}",
        ssl=where.tls,
        server_hostname=SERVER_NAME,
        additional_headers=where.header if "/log?" in path else {},
        max_size=MESSAGE_LIMIT,
        open_timeout=None,
        # The controller is asked by the client, not by the library
        ping_interval=None,
        close_timeout=1,
        compression=None,
        proxy=None,
    )


def _in_words(address: str, error: BaseException) -> str:
    """Return what Go's net package says of what happened."""
    from websockets.exceptions import WebSocketException

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate of {address}: x509: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"dial tcp {address}: tls: {error.reason or error}"
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {address}: connect: connection refused"
    if isinstance(error, OSError):
        return f"dial tcp {address}: connect: {(error.strerror or str(error)).lower()}"
    if isinstance(error, WebSocketException):
        return f"websocket at {address}: bad handshake: {error}"
    return f"dial tcp {address}: {error}"


def post(address: str, path: str, archive: bytes, where: Where) -> tuple[int, bytes]:
    """Send a charm, and return status and answer. Raises ControllerUnreachableError. Blocks."""
    import socket
    from http.client import HTTPException, HTTPResponse

    host, _, port = address.rpartition(":")
    headers = {
        "Host": address,
        **where.header,
        "Content-Type": "application/zip",
        "Content-Length": str(len(archive)),
        "Connection": "close",
    }
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    try:
        # http.client cannot be told which name the certificate is for
        with (
            socket.create_connection((host.strip("[]"), int(port)), timeout=HTTP_TIMEOUT) as plain,
            where.tls.wrap_socket(plain, server_hostname=SERVER_NAME) as channel,
        ):
            channel.sendall(head.encode() + archive)
            response = HTTPResponse(channel, method="POST")
            response.begin()
            return response.status, response.read(MESSAGE_LIMIT)
    except (OSError, HTTPException) as error:
        raise ControllerUnreachableError(f"cannot send the charm: {_in_words(address, error)}") from error
