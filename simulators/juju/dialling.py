"""A login to a controller over the network: websockets with TLS, and HTTP for charms."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from simulators.juju.errors import ApiError, ControllerUnreachableError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

SERVER_NAME = "juju-apiserver"
"""What Juju's clients expect a controller's certificate to be for, wherever they find the controller."""
MESSAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer."""
HTTP_TIMEOUT = 120.0
"""Seconds that storing a charm may take."""


async def dial(
    addresses: Sequence[str],
    *,
    ca_cert: str,
    user: str,
    password: str,
    model_uuid: str | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - the name is the contract
) -> Dialled:
    """Log in to the controller at one of some addresses (`host:port`), all tried at once, or to one of its models.

    Raises ApiError when the login is refused, ControllerUnreachableError when nobody answers within `timeout` seconds.
    """
    where = _Where(_trusting(ca_cert), user, password, model_uuid)
    path = f"/model/{model_uuid}/api" if model_uuid else "/api"
    address, socket = await _first(addresses, path, where, timeout)
    connection = Dialled(address, socket, where)
    try:
        async with asyncio.timeout(timeout):
            await connection.log_in()
    except TimeoutError as error:
        await connection.close()
        raise ControllerUnreachableError(
            f"unable to connect to API: {address} does not answer the login within {timeout:g} s"
        ) from error
    except BaseException:
        await connection.close()
        raise
    return connection


class _Where:
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


class Dialled:
    """A `Connection` over the network."""

    def __init__(self, address: str, socket: ClientConnection, where: _Where) -> None:
        self._address = address
        self._socket = socket
        self._where = where
        self._last = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._versions: dict[str, int] = {"Admin": 3}
        self._reading = asyncio.create_task(self._read())
        self.login: Mapping[str, Any] = {}

    async def log_in(self) -> None:
        """Log in, and learn what the controller serves. Raises ApiError."""
        credentials = {"auth-tag": self._where.tag, "credentials": self._where.password}
        self.login = await self.call("Admin", "Login", credentials)
        self._versions |= {each["name"]: max(each["versions"]) for each in self.login.get("facades", [])}

    async def call(
        self, facade: str, request: str, params: Mapping[str, Any] | None = None, *, id: str = ""
    ) -> dict[str, Any]:
        """Return the response to a request. Raises ApiError, ControllerUnreachableError."""
        if self._reading.done():
            raise self._lost()
        self._last += 1
        number = self._last
        message = {
            "request-id": number,
            "type": facade,
            "version": self._versions.get(facade, 0),
            "id": id,
            "request": request,
            "params": dict(params or {}),
        }
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._send(json.dumps(message))
            reply = await future
        finally:
            self._waiting.pop(number, None)
        if reply.get("error"):
            raise ApiError(str(reply["error"]), str(reply.get("error-code", "")))
        return cast("dict[str, Any]", reply.get("response") or {})

    async def upload_charm(self, archive: bytes, *, name: str, series: str) -> str:
        """Store a local charm in the model, and return its URL. Raises ApiError, ControllerUnreachableError."""
        path = f"/model/{self._where.model_uuid}/charms?{urlencode({'series': series, 'schema': 'local'})}"
        status, answer = await asyncio.to_thread(_post, self._address, path, archive, self._where)
        try:
            document = json.loads(answer)
        except ValueError:
            document = {"error": answer.decode(errors="replace")[:200]}
        if status != 200:
            raise ApiError(f"{document.get('error', '')}", str(document.get("error-code", "")))
        return str(document["charm-url"])

    async def log(
        self,
        *,
        replay: bool,
        no_tail: bool,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        level: str = "",
        lines: int = 0,
    ) -> AsyncIterator[dict[str, str]]:
        """Yield the model's log. Raises ApiError, ControllerUnreachableError."""
        from websockets.exceptions import ConnectionClosed

        query = [("replay", str(replay).lower()), ("noTail", str(no_tail).lower()), ("backlog", str(lines))]
        query += [("includeEntity", each) for each in include] + [("excludeEntity", each) for each in exclude]
        query += [("level", level)] if level else []
        path = f"/model/{self._where.model_uuid}/log?{urlencode(query)}"
        _, socket = await _first([self._address], path, self._where, 10.0)
        try:
            first = json.loads(await socket.recv())
            if refusal := first.get("error"):
                raise ApiError(str(refusal.get("message", "")), str(refusal.get("code", "")))
            async for message in socket:
                yield json.loads(message)
        except ConnectionClosed as error:
            raise self._lost() from error
        finally:
            await socket.close()

    async def close(self) -> None:
        """Let go of the connection."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        await self._socket.close()

    async def _send(self, text: str) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise self._lost() from error

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            async for message in self._socket:
                found: object = json.loads(message)
                if not isinstance(found, dict):
                    break
                reply = cast("dict[str, Any]", found)
                future = self._waiting.get(reply.get("request-id", 0))
                if future is not None and not future.done():
                    future.set_result(reply)
        except (ConnectionClosed, ValueError):
            pass
        finally:
            for each in self._waiting.values():
                if not each.done():
                    each.set_exception(self._lost())

    def _lost(self) -> ControllerUnreachableError:
        return ControllerUnreachableError(f"connection to the controller at {self._address} is lost")


def _trusting(ca_cert: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca_cert)
    except (ssl.SSLError, ValueError) as error:
        raise ControllerUnreachableError(f"cannot read the controller's CA certificate: {error}") from error
    return context


async def _first(addresses: Sequence[str], path: str, where: _Where, patience: float) -> tuple[str, ClientConnection]:
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


async def _open(address: str, path: str, where: _Where) -> ClientConnection:
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


def _post(address: str, path: str, archive: bytes, where: _Where) -> tuple[int, bytes]:
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
