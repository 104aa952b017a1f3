"""One conversation with an upstream server: the request, and the answer as far as it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.network import App
from simulators.nginx.serving.exchange import ClientGoneError

Sleep = Callable[[float], Awaitable[None]]


class LostError(Exception):
    """The upstream server closed the connection before it had answered."""


class SilentError(Exception):
    """The upstream server said nothing for too long."""


class Conversation:
    """A request to an application, which answers in its own time, or never."""

    def __init__(self, app: App, scope: dict[str, Any], body: bytes, *, sleep: Sleep, gone: asyncio.Task[None]) -> None:
        self._body: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
        # One at a time: an upstream server that sends without end waits for the client, as behind a full socket.
        self._messages: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(1)
        self._over = asyncio.Event()
        self._sleep = sleep
        self._gone = gone
        self._task = asyncio.ensure_future(self._run(app, scope))
        self._task.add_done_callback(_noticed)

    async def head(self, within: float) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Return status and headers. Raises LostError, SilentError after so many seconds, ClientGoneError."""
        message = await self._next(within)
        if message is None or message["type"] != "http.response.start":
            raise LostError
        return message["status"], list(message.get("headers", []))

    async def chunks(self, within: float) -> AsyncIterator[bytes]:
        """Yield the body as it comes; it simply ends when the server closes the connection.

        Raises SilentError, ClientGoneError.
        """
        while True:
            message = await self._next(within)
            if message is None or message["type"] != "http.response.body":
                return
            if body := message.get("body", b""):
                yield body
            if not message.get("more_body"):
                return

    def close(self) -> None:
        """Hang up."""
        self._over.set()
        self._task.cancel()

    async def _run(self, app: App, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._messages.put)
        finally:
            if not self._over.is_set():
                await self._messages.put(None)

    async def _receive(self) -> dict[str, Any]:
        if self._body:
            return self._body.pop()
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def _next(self, within: float) -> dict[str, Any] | None:
        """Return the next message, or None when there will be no more."""
        if self._gone.done():
            raise ClientGoneError
        if not self._messages.empty():
            return self._messages.get_nowait()
        coming = asyncio.ensure_future(self._messages.get())
        waiting = asyncio.ensure_future(self._sleep(within))
        try:
            done, _ = await asyncio.wait({coming, waiting, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            coming.cancel()
        if coming in done:
            message = coming.result()
            if message is None and self._task.done():
                self._raise_refusal()
            return message
        raise ClientGoneError if self._gone in done else SilentError

    def _raise_refusal(self) -> None:
        """What the upstream server cannot play, nobody can say here either."""
        if not self._task.cancelled() and isinstance(error := self._task.exception(), NotSimulatedError):
            raise error


def _noticed(task: asyncio.Task[None]) -> None:
    """Look at how an application ended, so that asyncio does not report it: to NGINX its connection was closed."""
    if not task.cancelled():
        task.exception()
