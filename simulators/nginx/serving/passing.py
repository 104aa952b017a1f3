"""Passes requests on to upstream servers, to the next one when one fails, and keeps answers where that is wanted."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from simulators.embedded.network import App
from simulators.nginx.model import Caching, Configuration, Passing, Proxying, Upstream
from simulators.nginx.serving import answering, asking, caching
from simulators.nginx.serving.answering import Incoming
from simulators.nginx.serving.asking import Question, UpstreamError
from simulators.nginx.serving.balancing import Attempt, Group, Peer
from simulators.nginx.serving.caching import Cache, Kept
from simulators.nginx.serving.exchange import Exchange, Headers, Reply, data
from simulators.nginx.serving.pages import page
from simulators.nginx.serving.talking import Conversation, LostError, SilentError, Sleep
from simulators.nginx.serving.variables import fill
from simulators.nginx.templates import Template

Connect = Callable[[str, int], App]
"""Returns what answers HTTP at an address and port. Raises ConnectionRefusedError, TimeoutError or another OSError."""

NOT_REPEATED = ("POST", "LOCK", "PATCH")
"""Methods of requests that NGINX does not send to a second server once it sent them to a first."""
STATUSES = {"timeout": 504, **{f"http_{status}": status for status in (403, 404, 429, 500, 503, 504)}}
"""What is answered when nobody else is left; 502 for the rest."""
FORGIVEN = ("http_403", "http_404")
"""Answers that are no failure of the server."""


class _FailedError(Exception):
    """One server did not do; the text is NGINX' word for it in `proxy_next_upstream`."""

    def __init__(self, kind: str, *, sent: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.sent = sent


class Passer:
    """The proxy, and everything that it remembers from one request to the next."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        connect: Connect,
        clock: Callable[[], float],
        chance: random.Random,
        sleep: Sleep,
    ) -> None:
        self._configuration = configuration
        self._connect = connect
        self._clock = clock
        self._chance = chance
        self._sleep = sleep
        self._groups: dict[tuple[Upstream, int], Group] = {}
        self._caches = {name: Cache(zone, clock) for name, zone in configuration.caches.items()}
        self._connections = [0] * configuration.workers

    async def pass_on(self, exchange: Exchange, passing: Passing) -> Reply:
        """Return the upstream's answer, a kept one, or NGINX' own page when there is none."""
        try:
            asked = asking.question(exchange, passing, self._configuration)
            exchange.upstream_host, exchange.upstream_port = asked.host, asked.port
            settings = exchange.settings.proxying.caching
            if settings is not None and exchange.method in ("GET", "HEAD"):
                return await self._from_cache(exchange, passing, asked, settings)
            status, headers, incoming = await self._ask(exchange, asked, exchange.method)
        except UpstreamError as error:
            return page(error.status)
        return await self._reply(exchange, passing, status, headers, incoming)

    async def _reply(
        self, exchange: Exchange, passing: Passing, status: int, headers: Headers, incoming: Incoming
    ) -> Reply:
        try:
            shown = answering.shown(exchange, passing, headers, self._configuration.maps)
            return await answering.reply(exchange, status, shown, incoming)
        except BaseException:
            incoming.close()
            raise

    # Answers that are kept

    async def _from_cache(self, exchange: Exchange, passing: Passing, asked: Question, settings: Caching) -> Reply:
        cache = self._caches[settings.zone]
        key = fill(settings.key, exchange, self._configuration.maps)
        if self._any(settings.bypass, exchange):
            exchange.cache_status = "BYPASS"
        else:
            kept, exchange.cache_status = cache.find(key, exchange.header)
            if kept is not None:
                exchange.upstream_headers = kept.headers
                shown = answering.shown(exchange, passing, kept.headers, self._configuration.maps)
                return Reply(kept.status, shown, kept.body, is_passed=True)
        status, headers, incoming = await self._ask(exchange, asked, "GET")
        ignored = exchange.settings.proxying.ignored
        period = caching.seconds(status, headers, settings.valid, ignored, exchange.now)
        if period > 0 and not self._any(settings.skip, exchange):
            varies = caching.varies(headers, ignored)
            until = self._clock() + period
            incoming.keep = lambda body: cache.keep(key, Kept(status, headers, body, until), varies, exchange.header)
        return await self._reply(exchange, passing, status, headers, incoming)

    def _any(self, tests: tuple[Template, ...], exchange: Exchange) -> bool:
        return any(fill(test, exchange, self._configuration.maps) not in ("", "0") for test in tests)

    # One upstream server after the other

    async def _ask(self, exchange: Exchange, asked: Question, method: str) -> tuple[int, Headers, Incoming]:
        """Return status, headers and body of the first server that answers. Raises UpstreamError when none does."""
        body = await exchange.body()
        proxying = exchange.settings.proxying
        sent = asking.headers(exchange, asked, self._configuration.maps, body)
        attempt = self._attempt(exchange, asked.upstream)
        attempt.tries = min(attempt.tries, proxying.next_tries or attempt.tries)
        began = self._clock()
        while True:
            peer = attempt.next()
            if peer is None:
                # What NGINX logs as: no live upstreams while connecting to upstream
                exchange.upstream_addresses.append(asked.upstream.name)
                exchange.upstream_statuses.append("502")
                raise UpstreamError(502)
            exchange.upstream_addresses.append(f"{peer.server.address}:{peer.server.port}")
            scope = asking.scope(exchange, asked, peer.server, method, sent)
            try:
                return await self._answer(exchange, attempt, peer, scope, body)
            except _FailedError as error:
                attempt.free(peer, failed=error.kind not in FORGIVEN)
                status = STATUSES.get(error.kind, 502)
                exchange.upstream_statuses.append(str(status))
                over = proxying.next_timeout and self._clock() - began >= proxying.next_timeout
                if not attempt.tries or over or not _may_repeat(proxying, error, method):
                    raise UpstreamError(status) from None
            except BaseException:
                attempt.free(peer, failed=False)
                raise

    async def _answer(
        self, exchange: Exchange, attempt: Attempt, peer: Peer, scope: dict[str, Any], body: bytes
    ) -> tuple[int, Headers, Incoming]:
        """Return one server's answer. Raises _FailedError."""
        proxying = exchange.settings.proxying
        app = self._open(exchange, peer, scheme=str(scope["scheme"]))
        conversation = Conversation(app, scope, body, sleep=self._sleep, gone=exchange.gone())
        failure = None
        try:
            status, raw = await conversation.head(proxying.read_timeout)
        except (LostError, SilentError) as error:
            failure = _FailedError("timeout" if isinstance(error, SilentError) else "error", sent=True)
            status, raw = 0, []
        except BaseException:
            conversation.close()
            self._connections[exchange.worker] -= 1
            raise
        if f"http_{status}" in proxying.next_on and attempt.tries > 1:
            unwelcome = _FailedError(f"http_{status}", sent=True)
            failure = unwelcome if _may_repeat(proxying, unwelcome, str(scope["method"])) else None
        if failure is not None:
            conversation.close()
            self._connections[exchange.worker] -= 1
            raise failure

        def ended() -> None:
            self._connections[exchange.worker] -= 1
            attempt.free(peer, failed=False)

        exchange.upstream_statuses.append(str(status))
        headers = answering.read(raw)
        exchange.upstream_headers = headers
        length = None if scope["method"] == "HEAD" else answering.length_of(headers)
        return status, headers, Incoming(conversation, proxying.read_timeout, length, ended=ended)

    def _open(self, exchange: Exchange, peer: Peer, *, scheme: str) -> App:
        """Return what listens at a server's address. Raises _FailedError, UpstreamError without a free connection."""
        if self._connections[exchange.worker] >= self._configuration.connections:
            # What NGINX logs as: worker_connections are not enough. A proxy that passes to itself ends here.
            raise UpstreamError(502)
        try:
            app = self._connect(peer.server.address, peer.server.port)
        except TimeoutError:
            raise _FailedError("timeout", sent=False) from None
        except OSError:
            raise _FailedError("error", sent=False) from None
        if scheme == "https":
            # Nobody in a kit speaks TLS: whoever listens closes the connection at the first byte of the handshake.
            raise _FailedError("error", sent=False)
        self._connections[exchange.worker] += 1
        return app

    def _attempt(self, exchange: Exchange, upstream: Upstream) -> Attempt:
        worker = -1 if upstream.shared else exchange.worker
        group = self._groups.get((upstream, worker))
        if group is None:
            group = Group(upstream)
            # One without a group of its own remembers nothing, and may have been named by the request.
            if upstream in self._configuration.upstreams.values():
                self._groups[upstream, worker] = group
        key = data(fill(upstream.key, exchange, self._configuration.maps))
        return Attempt(group, self._clock, self._chance, exchange.client[0], key)


def _may_repeat(proxying: Proxying, failure: _FailedError, method: str) -> bool:
    """Return whether `proxy_next_upstream` lets the next server be asked."""
    if failure.sent and method in NOT_REPEATED and "non_idempotent" not in proxying.next_on:
        return False
    return failure.kind in proxying.next_on and "off" not in proxying.next_on
