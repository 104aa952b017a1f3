"""A login to a controller over the network: websockets with TLS, and HTTP for charms."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from simulators.juju.api.opening import Where, first, post, trusting
from simulators.juju.errors import ApiError, ControllerUnreachableError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection


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
    where = Where(trusting(ca_cert), user, password, model_uuid)
    path = f"/model/{model_uuid}/api" if model_uuid else "/api"
    address, socket = await first(addresses, path, where, timeout)
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


class Dialled:
    """A `Connection` over the network."""

    def __init__(self, address: str, socket: ClientConnection, where: Where) -> None:
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
        status, answer = await asyncio.to_thread(post, self._address, path, archive, self._where)
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
        _, socket = await first([self._address], path, self._where, 10.0)
        try:
            begin = json.loads(await socket.recv())
            if refusal := begin.get("error"):
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
