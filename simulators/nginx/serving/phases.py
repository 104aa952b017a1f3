"""The phases of a request: server's rewriting, location, its rewriting, access, try_files, answer, error page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.nginx.model import Break, Location, Map, Return, Rewrite, Set, Step
from simulators.nginx.serving import choosing
from simulators.nginx.serving.exchange import MOST_CHANGES, Exchange, Reply, TooLargeError, data, escaped
from simulators.nginx.serving.pages import CLOSING, REDIRECTS, page
from simulators.nginx.serving.static import Static, content_type
from simulators.nginx.serving.variables import fill

if TYPE_CHECKING:
    from simulators.nginx.serving.passing import Passer

_SHOWN_ERRORS = 300
"""Statuses from here on are errors to NGINX, for which error_page may give a page."""


class Phases:
    """How a server's requests are answered."""

    def __init__(self, static: Static, passer: Passer, maps: Mapping[str, Map]) -> None:
        self._static = static
        self._passer = passer
        self._maps = maps

    async def answer(self, exchange: Exchange) -> Reply:
        """Return the answer to a request, error pages considered."""
        reply = await self._guarded(exchange)
        while reply.is_page and not exchange.failed:
            exchange.closes |= reply.status in CLOSING
            pages = exchange.settings.error_pages
            if not pages:
                break
            exchange.failed = True
            if reply.status not in pages:
                break
            reply = await self._instead(exchange, reply)
        return reply

    async def _instead(self, exchange: Exchange, reply: Reply) -> Reply:
        """Return what `error_page` gives instead of an error."""
        wanted = exchange.settings.error_pages[reply.status]
        uri = fill(wanted.uri, exchange, self._maps)
        exchange.changed_status = reply.status if wanted.status is None else wanted.status
        if uri.startswith("/"):
            if exchange.method != "HEAD":
                exchange.method = "GET"
            path, _, args = uri.partition("?")
            exchange.go_to(path, args)
            found = await self._guarded(exchange)
        elif uri.startswith("@"):
            found = await self._guarded(exchange, named=uri)
        else:
            return page(wanted.status if wanted.status in REDIRECTS else 302, location=uri)
        if not found.is_page and exchange.changed_status:
            found.status = exchange.changed_status
        return found

    async def _guarded(self, exchange: Exchange, *, named: str = "") -> Reply:
        try:
            return await (self._named(exchange, named) if named else self._from_server(exchange))
        except TooLargeError:
            return page(413)

    async def _from_server(self, exchange: Exchange) -> Reply:
        exchange.location = exchange.server.top
        reply = self._script(exchange, exchange.server.top.script)
        return reply or await self._located(exchange)

    async def _located(self, exchange: Exchange) -> Reply:
        while exchange.changes <= MOST_CHANGES:
            exchange.is_changed = False
            found, slash_missing = choosing.location(exchange)
            if found.internal and not exchange.is_internal:
                return page(404)
            exchange.location = found
            limit = found.settings.body_limit
            if limit and (exchange.length or 0) > limit:
                return page(413)
            if slash_missing:
                args = f"?{exchange.args}" if exchange.args else ""
                return page(301, location=f"{found.name}{args}")
            reply = await self._in_location(exchange)
            if reply is not None:
                return reply
        return page(500)

    async def _named(self, exchange: Exchange, name: str) -> Reply:
        exchange.changes += 1
        found = exchange.server.named.get(name)
        if found is None or exchange.changes > MOST_CHANGES:
            return page(500)
        exchange.location = found
        exchange.is_internal = True
        return await self._in_location(exchange) or await self._located(exchange)

    async def _in_location(self, exchange: Exchange) -> Reply | None:
        """Return the answer of the location; None when the address was changed, and another must be looked for."""
        location = exchange.location
        reply = self._script(exchange, location.script)
        if reply is not None:
            return reply
        if exchange.is_changed:
            exchange.changes += 1
            return None
        if not self._may(exchange, location):
            return page(403)
        if location.tries:
            last = self._static.first_of(exchange)
            if last is not None:
                return await self._last_try(exchange, last)
        if location.passing is not None:
            return await self._passer.pass_on(exchange, location.passing)
        found = self._static.answer(exchange)
        return found if isinstance(found, Reply) else await self._again(exchange, found, exchange.args)

    async def _last_try(self, exchange: Exchange, last: str) -> Reply:
        if last.startswith("="):
            return page(int(last[1:]))
        if last.startswith("@"):
            return await self._named(exchange, last)
        path, _, args = last.partition("?")
        return await self._again(exchange, path, args)

    async def _again(self, exchange: Exchange, path: str, args: str) -> Reply:
        """Look at another address, from the server's rewriting on."""
        exchange.go_to(path, args)
        return page(500) if exchange.changes > MOST_CHANGES else await self._from_server(exchange)

    @staticmethod
    def _may(exchange: Exchange, location: Location) -> bool:
        if not location.settings.access:
            return True
        import ipaddress

        for rule in location.settings.access:
            if ipaddress.ip_address(exchange.client[0]) in ipaddress.ip_network(rule.network):
                return rule.allow
        return True

    # Rewriting

    def _script(self, exchange: Exchange, steps: tuple[Step, ...]) -> Reply | None:
        """Do what `return`, `rewrite`, `set` and `break` say, in order; return the answer when there is one."""
        for step in steps:
            match step:
                case Break():
                    exchange.is_changed = False
                    break
                case Set():
                    exchange.values[step.name] = fill(step.value, exchange, self._maps)
                case Return():
                    return self._return(exchange, step)
                case Rewrite():
                    match = step.pattern.search(exchange.uri)
                    if match is None:
                        continue
                    reply = self._rewrite(exchange, step, match)
                    if reply is not None or step.flag:
                        return reply
        return None

    def _return(self, exchange: Exchange, step: Return) -> Reply:
        exchange.status = step.status
        text = fill(step.text, exchange, self._maps) if step.text is not None else ""
        if step.status in REDIRECTS:
            return page(step.status, location=text)
        if step.status >= 400 and not text:
            return page(step.status)
        return Reply(step.status, [("content-type", content_type(exchange))], data(text))

    def _rewrite(self, exchange: Exchange, step: Rewrite, match: re.Match[str]) -> Reply | None:
        exchange.captures = (match[0], *(group or "" for group in match.groups()))
        exchange.values.update({name.lower(): each or "" for name, each in match.groupdict().items()})
        if step.flag in ("redirect", "permanent"):
            target = fill(step.replacement, exchange, self._maps)
            if step.keeps_args and exchange.args:
                target += ("&" if "?" in target else "?") + exchange.args
            path, mark, args = target.partition("?")
            return page(
                301 if step.flag == "permanent" else 302,
                location=f"{escaped(path) if path[:1] == '/' else path}{mark}{args}",
            )
        path, mark, args = fill(step.replacement, exchange, self._maps).partition("?")
        if not path:
            return page(500)
        if mark:
            exchange.args = f"{args}&{exchange.args}" if step.keeps_args and exchange.args else args
        elif not step.keeps_args:
            exchange.args = ""
        exchange.uri = path
        exchange.is_target, exchange.is_internal = False, True
        exchange.is_changed = step.flag != "break"
        if step.flag == "break":
            exchange.is_placed = False
        return None
