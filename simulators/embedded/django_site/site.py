"""The application on one host, as an ASGI application: each request is answered at once, by what the files say now."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.django_site import texts
from simulators.embedded.django_site.configured import handler
from simulators.embedded.django_site.environ import Receive, body, environ
from simulators.embedded.postgresql import Database, open_session

if TYPE_CHECKING:
    from simulators.embedded.host import Host

_turn = threading.RLock()
"""One at a time in the whole process: what Django remembers between two calls is never another host's."""
_files: WeakKeyDictionary[Host, dict[str, Database]] = WeakKeyDictionary()
"""What is in each host's SQLite files, by path."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Unanswered(BaseException):
    """The request cannot be answered as the real application would: nobody may see an answer."""

    def __init__(self, why: NotSimulatedError) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True, slots=True)
class Site:
    """The application on one host."""

    host: Host
    folder: str = texts.FOLDER
    user: str = "ubuntu"
    """Whose process it is."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. Raises NotSimulatedError when nobody can say what the real application would answer."""
        if scope["type"] != "http":
            raise NotSimulatedError(f"{scope['type']} to Django")
        content = await body(scope, receive)
        if content is None:
            return
        try:
            # In a context of its own: what Django sets for a request ends with it.
            start, page = contextvars.copy_context().run(self._answer, environ(scope, content))
        except NotSimulatedError as error:
            if str(error) not in self.host.refused:
                self.host.refused.append(str(error))
            raise
        await send(start)
        await send({"type": "http.response.body", "body": page})

    def _answer(self, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the beginning of the answer, and its body."""
        start: dict[str, Any] = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
            start["status"] = int(status[:3])
            # Django gives cookies with a blank before them.
            start["headers"] = [(n.lower().encode("latin-1"), v.strip().encode("latin-1")) for n, v in headers]

        with self.in_use():
            response = cast("Any", handler()(asked, start_response))
            try:
                return start, b"".join(response)
            finally:
                response.close()

    @contextmanager
    def in_use(self) -> Generator[None]:
        """Let Django work for this host. Raises NotSimulatedError for what the host's files say and nobody plays."""
        handler()
        from django.db import connection

        from simulators.embedded.django_site.backend import base

        with _turn:
            tokens = (_asked.set(self), base.opens.set(self._open))
            try:
                yield
            except Unanswered as unanswered:
                raise unanswered.why from None
            finally:
                connection.close()
                _asked.reset(tokens[0])
                base.opens.reset(tokens[1])

    def _open(self) -> Database:
        try:
            return self.database()
        except NotSimulatedError as error:
            raise Unanswered(error) from error

    def database(self) -> Database:
        """Return the database that settings.py leads to now. Raises ConnectionFailedError, NotSimulatedError."""
        said = self.database_settings()
        if said.engine == texts.SQLITE:
            return self._file(said.name)
        session = open_session(
            self.host,
            server=said.host,
            port=said.port,
            user=said.user,
            database=said.name,
            password=said.password or None,
            system_user=self.user,
        )
        return session.database

    def _file(self, path: str) -> Database:
        """Return what is in an SQLite file, which is made when it is not there."""
        known = _files.setdefault(self.host, {})
        if path not in known or not self.host.files.is_file(path):
            known[path] = Database(path, self.user)
            self.host.files.write(path, b"SQLite format 3\0")
        return known[path]

    def database_settings(self) -> texts.DatabaseSettings:
        """Return what settings.py says of the database."""
        return texts.database(self.host, self.folder)

    def routes(self) -> texts.Routes:
        """Return what both urls.py say."""
        return texts.routes(self.host, self.folder)

    def message(self, view: str) -> str:
        """Return what a function of views.py answers."""
        try:
            return texts.message(self.host, view, self.folder)
        except NotSimulatedError as error:
            raise Unanswered(error) from error


_asked: contextvars.ContextVar[Site] = contextvars.ContextVar("asked")


def asked() -> Site:
    """Return the application whose request is being answered."""
    return _asked.get()
