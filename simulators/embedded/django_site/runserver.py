"""`manage.py runserver`: two processes, one look at the database, a port, and an eye on the files."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.django_site import texts
from simulators.embedded.django_site.site import Site
from simulators.embedded.network import ANY, LOOPBACK
from simulators.embedded.postgresql import ConnectionFailedError

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Process

SERVER: Final = "WSGIServer/0.2 CPython/3.10.12"
"""The header of Ubuntu 22.04's Python."""
LOOKS_SECONDS: Final = 1.0
"""How often Django's autoreloader looks at the files."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    bind: str
    port: int
    written: str


def address(words: list[str], host: Host) -> Address:
    """Return what `runserver` is told: a port, an address with a port, or nothing. Raises NotSimulatedError."""
    if not words:
        return Address(LOOPBACK, 8000, "127.0.0.1:8000")
    match = re.fullmatch(r"(?:([\d.]+):)?(\d{1,5})", words[0])
    if match is None or len(words) > 1 or words[0].startswith("-"):
        raise NotSimulatedError(f"runserver {' '.join(words)}")
    named, port = match[1] or LOOPBACK, int(match[2])
    bind = ANY if named in ("0", ANY) else named
    if bind not in (ANY, LOOPBACK, host.address):
        raise NotSimulatedError(f"runserver at the address {named}")
    return Address(bind, port, f"{named}:{port}")


class Runserver:
    """One run of the command, from its start until its first process ends."""

    def __init__(self, host: Host, where: Address, words: tuple[str, ...], *, user: str, folder: str) -> None:
        self.host = host
        self.where = where
        self.site = Site(host, folder, user)
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Done when nothing of it runs any more, with its exit status."""
        self._words = words
        self._seen: dict[str, bytes | None] = {}
        self._child: Process | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parent = host.start("python3", *words, user=user, folder=folder, end=self._ended)

    def serve(self, say: Callable[[str], None]) -> None:
        """Start the second process, which looks for its database once, and listens when it is there.

        Raises NotSimulatedError, when what the files say is not played, and OSError when the port is in use.
        """
        self._child = self.host.start(
            "/usr/bin/python3",
            *self._words,
            user=self.site.user,
            parent=self._parent.pid,
            folder=self.site.folder,
            name="python3",
            end=self._child_ended,
        )
        self._seen = self._files()
        self._timer = asyncio.get_running_loop().call_later(LOOKS_SECONDS, self._look_again)
        failure = self._no_database()
        if failure:
            # The thread ends; the process stays, and waits for its files to change.
            say(f"Exception in thread django-main-thread:\ndjango.db.utils.OperationalError: {failure}")
            return
        self._listen()
        say(f"Starting development server at http://{self.where.written}/\nQuit the server with CONTROL-C.")

    def stop(self) -> None:
        """End both processes."""
        self.host.end(self._parent)

    def look(self) -> None:
        """Start anew when a file has changed since the last look, as the autoreloader does.

        What the pages say follows the files in any case; what matters here is the database, which is looked for again.
        """
        seen, self._seen = self._seen, self._files()
        if seen == self._seen or self._child is None:
            return
        listens = any(listener.process is self._child for listener in self.host.listeners.values())
        try:
            failure = self._no_database()
        except NotSimulatedError as error:
            self.host.refused.append(str(error))
            return
        if failure and listens:
            for port in [port for port, each in self.host.listeners.items() if each.process is self._child]:
                self.host.listeners.pop(port).close()
        elif not failure and not listens:
            try:
                self._listen()
            except OSError:
                self.stop()

    def _look_again(self) -> None:
        self.look()
        if not self.over.done():
            self._timer = asyncio.get_running_loop().call_later(LOOKS_SECONDS, self._look_again)

    def _files(self) -> dict[str, bytes | None]:
        """Return what is in the application's Python files."""
        found: dict[str, bytes | None] = {}
        for path in texts.original():
            if path.endswith(".py"):
                place = posixpath.join(self.site.folder, path)
                found[path] = self.host.files.read(place) if self.host.files.is_file(place) else None
        return found

    def _no_database(self) -> str:
        """Return why the database cannot be reached, empty when it can."""
        try:
            self.site.database()
        except ConnectionFailedError as error:
            return str(error)
        # Files that nobody can play are refused now, and not to the first visitor.
        self.site.routes()
        return ""

    def _listen(self) -> None:
        from simulators.embedded.web import http_listener

        where, child = self.where, self._child
        self.host.listen(http_listener(self.site, where.port, server_header=SERVER, process=child, bind=where.bind))

    def _child_ended(self) -> None:
        """The second process was killed: the first one ends too."""
        self._child = None
        self.stop()

    def _ended(self) -> None:
        """The first process ends as Django has it: on SIGTERM it takes the second one with it."""
        if self._timer is not None:
            self._timer.cancel()
        child, self._child = self._child, None
        if child is not None:
            self.host.end(child)
        if not self.over.done():
            self.over.set_result(0)
