"""What becomes of an upstream server's answer on its way to the client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.model import Map, Passing
from simulators.nginx.serving.exchange import Exchange, Headers, Reply, text
from simulators.nginx.serving.pages import absolute, page
from simulators.nginx.serving.talking import Conversation, SilentError
from simulators.nginx.serving.variables import fill

LARGEST_KEPT = 4 * 1024 * 1024
"""Bytes of an answer that a cache keeps; larger ones are passed on only."""
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "status")
"""Headers of an answer that go no further."""
WITHOUT_BODY = (204, 304)


class Incoming:
    """A body that comes from an upstream server."""

    def __init__(
        self, conversation: Conversation, within: float, length: int | None, *, ended: Callable[[], None]
    ) -> None:
        self.keep: Callable[[bytes], None] | None = None
        """Gets the whole body once all of it has come, unless it is too large to be kept."""
        self._conversation = conversation
        self._within = within
        self._length = length
        self._ended = ended
        self._is_open = True

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, no more than was announced.

        Raises ConnectionAbortedError when less comes, for the client must not take it for the whole.
        """
        left = self._length
        whole = bytearray()
        try:
            if left != 0:
                async for chunk in self._conversation.chunks(self._within):
                    piece = chunk if left is None else chunk[:left]
                    if self.keep is not None and len(whole) <= LARGEST_KEPT:
                        whole += piece
                    yield piece
                    if left is not None:
                        left -= len(piece)
                        if not left:
                            break
        except SilentError:
            raise ConnectionAbortedError("the upstream server fell silent") from None
        if left:
            raise ConnectionAbortedError("the upstream server's answer ended early")
        if self.keep is not None and len(whole) <= LARGEST_KEPT:
            self.keep(bytes(whole))

    def close(self) -> None:
        """Hang up; may be done twice."""
        if self._is_open:
            self._is_open = False
            self._conversation.close()
            self._ended()


def read(raw: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of an answer, those for this connection alone left out."""
    headers = [(text(name).lower(), text(value)) for name, value in raw]
    return [(name, value) for name, value in headers if name not in HOP_BY_HOP]


def length_of(headers: Headers) -> int | None:
    """Return how many bytes an answer announces."""
    said = next((value for name, value in headers if name == "content-length"), "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else None


def shown(exchange: Exchange, passing: Passing, headers: Headers, maps: Mapping[str, Map]) -> Headers:
    """Return the headers that the client sees."""
    proxying = exchange.settings.proxying
    if "x-accel-redirect" not in proxying.ignored and any(name == "x-accel-redirect" for name, _ in headers):
        raise NotSimulatedError("nginx: X-Accel-Redirect in the answer of an upstream server")
    kept: Headers = []
    for name, value in headers:
        if name not in proxying.hidden:
            kept.append((name, _location(exchange, passing, value, maps) if name == "location" else value))
    return kept


def _location(exchange: Exchange, passing: Passing, location: str, maps: Mapping[str, Map]) -> str:
    """Return where a redirect of an upstream server leads, as `proxy_redirect` says."""
    redirects = exchange.settings.proxying.redirects
    if redirects is None:
        if passing.upstream is None:
            return location
        url = fill(passing.url, exchange, maps)
        pairs = [(url, exchange.location.name)] if passing.uri else [(f"{url}/", "/")]
    else:
        pairs = [(fill(before, exchange, maps), fill(after, exchange, maps)) for before, after in redirects]
    for before, after in pairs:
        if location.startswith(before):
            return absolute(after + location[len(before) :], exchange)
    return location


async def reply(exchange: Exchange, status: int, headers: Headers, incoming: Incoming) -> Reply:
    """Return the answer to the client; NGINX' own page when it intercepts errors and has one for this."""
    proxying = exchange.settings.proxying
    if proxying.intercept_errors and status in exchange.settings.error_pages and not exchange.failed:
        incoming.close()
        return page(status)
    if exchange.method == "HEAD" or status in WITHOUT_BODY:
        if incoming.keep is not None:
            async for _ in incoming.chunks():
                pass
        incoming.close()
        return Reply(status, headers, is_passed=True)
    return Reply(status, headers, stream=incoming, is_passed=True)
