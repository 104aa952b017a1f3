"""The command `kitcheck class serve`: show a class to those who have the link, until Ctrl-C."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.reporting import languages
from kitcheck.course.serving import HOST, PORT
from kitcheck.course.serving.guard import checked_token, new_token
from kitcheck.ending import interrupted_when_terminated, quiet_libraries

if TYPE_CHECKING:
    from kitcheck.course.serving.application import Site

SERVER_SECONDS = 3
"""Seconds that answers under way get at the end."""


def serve(
    class_file: Path,
    *,
    host: str = HOST,
    port: int = PORT,
    token: str | None = None,
    lang: str | None = None,
    say: Callable[[str], None] = lambda line: print(line, flush=True),
    warn: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
) -> int:
    """Serve the pages of a class until Ctrl-C, and return 0; `say` gets the link, `warn` what is risky about it.

    Port 0 is any free one. `lang` is the language of the pages for readers who chose none by the pages' own links;
    None: each browser says. UsageError when class file, grade book, token, language or address cannot be used.
    """
    code = None if lang is None else languages.chosen(lang)
    secret = new_token() if token is None else checked_token(token)
    quiet_libraries()
    from kitcheck.course.serving.application import Site
    from kitcheck.course.serving.standing import ClassNow

    with ClassNow(class_file) as class_now:
        class_now.standing()
        door = listening(host, port)
        try:
            where = door.getsockname()[1]
            if not is_loopback(host):
                warn(
                    f"kitcheck: {host} is open to the network, and nothing is encrypted: whoever listens there reads"
                    " the link and the pages. Better leave --host out and use `ssh -L`, or a server with TLS in front"
                )
            say(f"http://{shown(host)}:{where}/?token={secret}")
            say("Whoever has this link can read the class' grades and evidence. Ctrl-C ends it.")
            try:
                with interrupted_when_terminated():
                    run(Site(class_now, lang=code), door, token=secret)
            except KeyboardInterrupt:
                pass
        finally:
            door.close()
    return 0


def run(site: Site, door: socket.socket, *, token: str, started: Callable[[object], None] | None = None) -> None:
    """Serve until the server is told to end; `started` gets it first. Raises KeyboardInterrupt on Ctrl-C."""
    import uvicorn

    class Server(uvicorn.Server):
        """A server whose pages that wait for changes do not hold up its end."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            site.close()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        site.application(token=token, cookie=f"kitcheck-class-{door.getsockname()[1]}"),
        # what is logged would hold the link
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=SERVER_SECONDS,
        limit_concurrency=1_000,
    )
    server = Server(config)
    if started is not None:
        started(server)
    server.run(sockets=[door])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; UsageError when that is not possible."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        door = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError):
        raise UsageError(f"--host {host}: no address of this machine") from None
    try:
        if sys.platform != "win32":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(128)
    except OSError as error:
        door.close()
        raise UsageError(
            f"port {port} of {host} cannot be used: {error.strerror}; choose another with --port, or any with --port 0"
        ) from None
    return door


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(host: str) -> str:
    """Return a host as links have it."""
    return f"[{host}]" if ":" in host else host
