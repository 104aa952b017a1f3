"""Answers from files: `root`, `alias`, `index` and `try_files`.

Files of a kit have no dates, so no answer has Last-Modified or ETag, and ranges are not served.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.nginx.model import Map
from simulators.nginx.serving.exchange import Exchange, Reply
from simulators.nginx.serving.pages import page
from simulators.nginx.serving.variables import file_of, fill

if TYPE_CHECKING:
    from simulators.embedded.host import Files

READING = ("GET", "HEAD", "POST")
"""Methods with which NGINX looks for a file; it then refuses POST."""


class Static:
    """The files of a host as NGINX serves them."""

    def __init__(self, files: Files, maps: Mapping[str, Map]) -> None:
        self._files = files
        self._maps = maps

    def first_of(self, exchange: Exchange) -> str | None:
        """Go through `try_files`: change the address to the first file or folder that is there, and return None.

        Else return the last word, which is an address, a named location or `=CODE`.
        """
        *candidates, last = exchange.location.tries
        for candidate in candidates:
            name = fill(candidate, exchange, self._maps)
            wants_folder = bool(candidate.parts) and str(candidate.parts[-1]).endswith("/")
            name = name[:-1] if wants_folder else name
            if exchange.settings.alias:
                name = exchange.location.name + name.removeprefix(exchange.location.name)
            path = file_of(exchange, name, self._maps)
            if self._is_folder(path) if wants_folder else self._is_file(path):
                exchange.uri = name
                return None
        return fill(last, exchange, self._maps)

    def answer(self, exchange: Exchange) -> Reply | str:
        """Return the answer for an address, or another address to look at instead."""
        if exchange.method not in READING:
            return page(405)
        if exchange.uri.endswith("/"):
            return self._index(exchange)
        path = file_of(exchange, exchange.uri, self._maps)
        if self._is_folder(path):
            args = f"?{exchange.args}" if exchange.args else ""
            return page(301, location=f"{exchange.uri}/{args}")
        if not self._is_file(path):
            return page(404)
        if exchange.method == "POST":
            return page(405)
        content = self._files.read(path)
        return Reply(200, [("content-type", content_type(exchange))], content)

    def _index(self, exchange: Exchange) -> Reply | str:
        folder = file_of(exchange, exchange.uri, self._maps)
        for index in exchange.settings.index:
            name = fill(index, exchange, self._maps)
            if name.startswith("/"):
                return name
            if self._is_file(posixpath.join(folder, name)):
                return exchange.uri + name
            if not self._is_folder(folder):
                return page(404)
        return page(403)

    def _is_file(self, path: str) -> bool:
        return not path.endswith("/") and self._files.is_file(path)

    def _is_folder(self, path: str) -> bool:
        return self._files.is_folder(path.rstrip("/") or "/")


def content_type(exchange: Exchange) -> str:
    """Return what `types` and `default_type` say of an address."""
    return exchange.settings.types.get(exchange.extension, exchange.settings.default_type)
