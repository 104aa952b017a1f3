"""A small kit for tests: hosts on a network, commands without a shell, a browser without sockets."""

from __future__ import annotations

import asyncio
import functools
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from simulators.embedded import django_site, postgresql
from simulators.embedded.call import Call
from simulators.embedded.host import Host
from simulators.embedded.network import App, Network
from simulators.embedded.postgresql import Cluster

P = ParamSpec("P")
CONF = "/etc/postgresql/15/main/postgresql.conf"
HBA = "/etc/postgresql/15/main/pg_hba.conf"
HANDOUT_LINE = "host all all 172.16.0.0/20 trust"


def on_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Let a test run on an event loop of its own."""

    @functools.wraps(test)
    def run_test(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        asyncio.run(whole())

    return run_test


@dataclass(frozen=True)
class Said:
    """What came of a command."""

    status: int
    out: str
    err: str


async def run(
    host: Host,
    *argv: str,
    user: str = "postgres",
    stdin: str = "",
    folder: str = "/",
    env: Mapping[str, str] | None = None,
) -> Said:
    """Run one of a host's own commands to its end."""
    out: list[bytes] = []
    err: list[bytes] = []
    call = Call(host, argv, user, folder, stdin.encode(), out.append, err.append, env or {})
    status = await host.commands[argv[0]](call)
    return Said(status, b"".join(out).decode(), b"".join(err).decode())


class Kit:
    """Hosts on a network of their own."""

    def __init__(self) -> None:
        self.network = Network()

    def host(self, name: str, number: int) -> Host:
        """Switch on a machine with the address 172.16.0.`number`."""
        host = Host(name, f"172.16.0.{number}", self.network)
        self.network.hosts[host.address] = host
        return host

    async def database(self, name: str = "server1", number: int = 11) -> tuple[Host, Cluster]:
        """Switch on a machine with PostgreSQL as the handout has it."""
        host = self.host(name, number)
        cluster = postgresql.install(host)
        append(host, CONF, "listen_addresses = '*'")
        append(host, HBA, HANDOUT_LINE)
        cluster.create_role("cloud")
        cluster.create_database("tasks", owner="cloud")
        await cluster.start()
        return host, cluster

    async def django(self, name: str = "server2", number: int = 12, *, database: str = "server1") -> Host:
        """Switch on a machine with Django installed by hand, and running."""
        host = self.host(name, number)
        django_site.install_by_hand(host, database)
        await serve(host)
        return host


def append(host: Host, path: str, line: str) -> None:
    """Add a line to a host's file."""
    host.files.write(path, host.files.read(path) + f"{line}\n".encode())


def edit(host: Host, path: str, old: str, new: str) -> None:
    """Replace a text in a host's file, which must be there."""
    text = host.files.read(path).decode()
    assert old in text
    host.files.write(path, text.replace(old, new))


async def serve(host: Host, where: str = "0:8080") -> asyncio.Task[Said]:
    """Start Django as run.sh does; return when it has looked for its database."""
    command = run(host, "python3", "manage.py", "runserver", where, user="ubuntu", folder="/home/ubuntu/tasks")
    task = asyncio.ensure_future(command)
    for _ in range(2):
        await asyncio.sleep(0)
    return task


@dataclass
class Page:
    """An answer."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: list[str]


@dataclass
class Browser:
    """Keeps cookies, follows no redirects."""

    app: App
    address: str = "172.16.0.12:8080"
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **headers: str) -> Page:
        """Ask for a page."""
        return await self._ask("GET", path, b"", headers)

    async def post(self, path: str, data: Mapping[str, str], **headers: str) -> Page:
        """Send a form."""
        body = urllib.parse.urlencode(data).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return await self._ask("POST", path, body, {**form, **headers})

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        raw, _, query = path.partition("?")
        cookie = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        sent = {"Host": self.address, **cookie, **headers}
        scope = {
            "type": "http",
            "method": method,
            "path": urllib.parse.unquote(raw),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("172.16.0.3", 40000),
            "server": ("172.16.0.12", 8080),
            "http_version": "1.1",
        }
        await self.app(scope, receive, send)
        head = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        cookies = [value for name, value in head if name == "set-cookie"]
        for each in cookies:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = b"".join(message.get("body", b"") for message in messages[1:]).decode()
        return Page(messages[0]["status"], dict(head), text, cookies)


def browser(host: Host, port: int = 8080) -> Browser:
    """Return a browser for what listens on a port of a host."""
    app = host.listeners[port].app
    assert app is not None
    return Browser(app, f"{host.address}:{port}")
