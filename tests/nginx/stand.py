"""A host with NGINX for tests: its files, upstream servers that tell what they were asked, and a client."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.embedded.host import Files
from simulators.embedded.network import ANY, App
from simulators.nginx import Configuration, Nginx, load, packaged
from simulators.nginx.serving.talking import Sleep
from simulators.nginx.templates import words

FIRST, SECOND, PROXY = "172.16.0.12", "172.16.0.13", "172.16.0.14"
CLIENT = "172.16.0.3"
UPSTREAM = f"upstream backend {{ server {FIRST}:8080; server {SECOND}:8080; }}\n"
WANTED = words(
    "cache-control content-length content-type expires location set-cookie vary x-accel-redirect x-powered-by"
)
"""Headers that a request can want of an upstream server's answer, in its query: `?vary=Accept`."""
NAMES = {"localhost": "127.0.0.1", "server2": FIRST, "server3": SECOND}


def host_files(site: str | None = None, more: Mapping[str, str | bytes] | None = None) -> Files:
    """Return the files of a host on which NGINX was installed; `more` are files by absolute path."""
    files = Files()
    texts, links = packaged()
    for path, text in texts.items():
        files.write(path, text)
    for path, target in links.items():
        files.link(path, target)
    if site is not None:
        files.write("/etc/nginx/sites-available/default", site)
    for path, text in (more or {}).items():
        files.write(path, text)
    return files


def configured(site: str | None = None, more: Mapping[str, str | bytes] | None = None) -> Configuration:
    """Return the configuration of a host with a site."""
    return load(host_files(site, more), resolve=NAMES.get)


@dataclass(frozen=True)
class Answer:
    """What the client got."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    complete: bool

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def asked(self) -> dict[str, Any]:
        """What a `Told` upstream server was asked."""
        return json.loads(self.body)


class Told:
    """An upstream server that answers with what it was asked, or as a test says by the last word of the path."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.served = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        self.served += 1
        body = (await receive())["body"]
        word = scope["path"].rpartition("/")[2]
        if word == "never":
            await asyncio.get_running_loop().create_future()
        if word == "crash":
            raise RuntimeError("an application fell over")
        query = scope["query_string"].decode(errors="surrogateescape")
        said = {
            "who": self.name,
            "method": scope["method"],
            "target": scope["raw_path"].decode(errors="surrogateescape") + (f"?{query}" if query else ""),
            "headers": dict(sorted((name.decode(), value.decode()) for name, value in scope["headers"])),
            "body": body.decode(),
            "version": scope["http_version"],
        }
        if word == "count":
            said["served"] = self.served
        headers = [(b"server", b"WSGIServer/0.2"), (b"date", b"then"), (b"connection", b"close")]
        wanted = [pair.partition("=")[::2] for pair in query.split("&") if pair.partition("=")[0] in WANTED]
        headers += [(name.encode(), value.replace("+", " ").encode()) for name, value in wanted]
        if "content-type" not in query:
            headers.append((b"content-type", b"application/json"))
        status = int(word) if word.isdecimal() else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if word == "endless":
            while True:
                await send({"type": "http.response.body", "body": b"y" * 4096, "more_body": True})
        whole = b"" if scope["method"] == "HEAD" else json.dumps(said).encode()
        await send({"type": "http.response.body", "body": whole})


@dataclass
class Clock:
    """Time that passes only when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return seconds."""
        return self.now


async def at_once(_seconds: float) -> None:
    """Be patient for no time at all, but let others work first."""
    for _ in range(20):
        await asyncio.sleep(0)


async def for_ever(_seconds: float) -> None:
    """Be patient without end."""
    await asyncio.get_running_loop().create_future()


@dataclass
class Kit:
    """NGINX with a site, and upstream servers."""

    site: str | None = None
    more: Mapping[str, str | bytes] = field(default_factory=dict[str, "str | bytes"])
    workers: int = 1
    apps: dict[tuple[str, int], App | Exception] = field(default_factory=dict[tuple[str, int], "App | Exception"])
    clock: Clock = field(default_factory=Clock)
    sleep: Sleep = at_once
    connections: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def __post_init__(self) -> None:
        for name, address in (("first", FIRST), ("second", SECOND)):
            self.apps.setdefault((address, 8080), Told(name))
        files = host_files(self.site, self.more)
        main = files.read("/etc/nginx/nginx.conf").decode()
        files.write("/etc/nginx/nginx.conf", main.replace("processes auto", f"processes {self.workers}"))
        self.configuration = load(files, resolve=NAMES.get)
        self.nginx = Nginx(
            self.configuration,
            connect=self._connect,
            files=files,
            clock=self.clock,
            now=lambda: 1_700_000_000.0,
            random=random.Random(7),
            sleep=self.sleep,
        )
        self._port = 40_000

    def _connect(self, address: str, port: int) -> App:
        self.connections.append((address, port))
        found = self.apps.get((address, port))
        if isinstance(found, Exception):
            raise found
        if found is not None:
            return found
        if address in ("127.0.0.1", PROXY):
            for bound, own in self.configuration.sockets:
                if own == port and bound in (ANY, address):
                    return self.nginx.app(bound, port)
        raise ConnectionRefusedError(111, "Connection refused")

    def get(self, target: str, **more: Any) -> Answer:
        """Ask for something."""
        return self.ask("GET", target, **more)

    def ask(self, method: str, target: str, **more: Any) -> Answer:
        """Ask for something on a new connection, unless `port` says which."""
        return asyncio.run(self.asking(method, target, **more))

    async def asking(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        host: str | None = "kit",
        body: bytes = b"",
        to: tuple[str, int] = (PROXY, 80),
        client: str = CLIENT,
        port: int | None = None,
        version: str = "1.1",
        announced: bool = True,
        most: int = 1_000_000,
    ) -> Answer:
        """Ask for something; hang up after `most` bytes."""
        self._port += 1
        path, _, query = target.partition("?")
        sent = ([("host", host)] if host is not None else []) + list((headers or {}).items())
        if body and announced:
            sent.append(("content-length", str(len(body))))
        scope = {
            "type": "http",
            "http_version": version,
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent],
            "client": (client, port or self._port),
            "server": to,
        }
        requests = [{"type": "http.request", "body": body, "more_body": False}]
        gone = asyncio.Event()
        got: dict[str, Any] = {"status": 0, "headers": [], "complete": False}
        received = bytearray()

        async def receive() -> dict[str, Any]:
            if requests:
                return requests.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                got.update(status=message["status"], headers=message["headers"])
                return
            received.extend(message.get("body", b""))
            got["complete"] = not message.get("more_body")
            if len(received) > most:
                gone.set()

        bound = next(a for a, p in self.configuration.sockets if p == to[1] and a in (ANY, to[0]))
        try:
            await self.nginx.app(bound, to[1])(scope, receive, send)
        except ConnectionAbortedError:
            got["complete"] = False
        told = [(name.decode(), value.decode()) for name, value in got["headers"]]
        return Answer(got["status"], told, received.decode(), got["complete"])

    def shares(self, requests: int, target: str = "/", **more: Any) -> Counter[str]:
        """Return how many of so many requests each upstream server got."""
        return Counter(self.get(target, **more).asked["who"] for _ in range(requests))


def server(inside: str, upstream: str = UPSTREAM) -> str:
    """Return a site that listens on port 80."""
    return f"{upstream}server {{ listen 80; {inside} }}\n"
