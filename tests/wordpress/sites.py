"""A WordPress with a database server of its own, asked without any web server, for all tests of this folder."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from simulators.mysql import MysqlError, Server, Session
from simulators.wordpress.app import answer
from simulators.wordpress.asked import Asked, Said

CONFIGURATION = """\
<?php
define('DB_NAME', 'blog');
define('DB_USER', 'writer');
define('DB_PASSWORD', 'it\\'s secret');
define('DB_HOST', '172.16.0.11');
define('AUTH_KEY', 'a');
define('NONCE_KEY', 'b');
$kit_host = $_SERVER['HTTP_HOST'] ?? 'localhost';
define('WP_HOME', 'http://' . $kit_host);
define('WP_SITEURL', 'http://' . $kit_host);
"""
PATH = "/etc/wordpress/config-default.php"
HOST = "172.16.0.12"
FORM = {
    "weblog_title": "Our <kit>",
    "user_name": "cloud",
    "admin_password": "of the kit",
    "admin_password2": "of the kit",
    "pw_weak": "on",
    "admin_email": "group@example.com",
    "Submit": "Install WordPress",
    "language": "",
}


@dataclass
class World:
    """A machine with WordPress, and a server with its database elsewhere."""

    files: dict[str, str] = field(default_factory=lambda: {PATH: CONFIGURATION})
    server: Server = field(default_factory=lambda: Server("server2"))
    running: bool = True
    """Whether the database server is."""
    reachable: bool = False
    """Whether WordPress reaches itself under its own address."""
    time: float = 1_798_761_600.0

    def __post_init__(self) -> None:
        self.sql("CREATE DATABASE blog; CREATE USER 'writer'@'%' IDENTIFIED BY 'it\\'s secret'")
        self.sql("GRANT ALL PRIVILEGES ON blog.* TO 'writer'@'%'")

    # What WordPress needs

    def read(self, path: str) -> str | None:
        """Return a file's text."""
        return self.files.get(path)

    def connect(self, host: str, port: int, user: str, password: str) -> Session:
        """Open a session on the server, which is at one address only."""
        if not self.running or (host, port) != ("172.16.0.11", 3306):
            raise MysqlError(2002, "HY000", "Can't connect to server")
        return self.server.connect(user, HOST, password)

    async def fetch(self, url: str) -> tuple[int, dict[str, str]]:
        """Ask WordPress itself."""
        if not self.reachable:
            return 0, {}
        parts = urlsplit(url)
        said = await answer(_asked("GET", f"{parts.path}?{parts.query}", parts.netloc, {}, b""), self)
        return said.status, {name.lower(): value for name, value in said.headers}

    def now(self) -> float:
        """Return the time that stands still."""
        return self.time

    # What tests do

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Run statements as root, and return the rows of the last one."""
        return list(self.server.connect("root", "localhost", None, system_user="root").run(text)[-1].rows)

    def ask(
        self, uri: str, form: dict[str, str] | None = None, *, host: str = HOST, cookies: dict[str, str] | None = None
    ) -> Said:
        """Ask for something; a form is posted."""
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())}
        body = b"" if form is None else urlencode(form).encode()
        return asyncio.run(answer(_asked("GET" if form is None else "POST", uri, host, headers, body), self))

    def json(self, uri: str) -> Any:
        """Return what the REST API answers."""
        return json.loads(self.ask(uri).body)

    def install(self, **different: str) -> Said:
        """Fill in the installation page."""
        return self.ask("/wp-admin/install.php?step=2", {**FORM, **different})


def installed(*, reachable: bool = False) -> World:
    """Return a world with a site."""
    world = World(reachable=reachable)
    assert "Success!" in world.install().body
    return world


def location(said: Said) -> str:
    """Return where an answer leads."""
    return next(value for name, value in said.headers if name == "Location")


def cookies_of(said: Said) -> dict[str, str]:
    """Return the cookies that an answer sets, for wherever."""
    set_ones = [value.partition(";")[0] for name, value in said.headers if name == "Set-Cookie"]
    return {name: value for name, _, value in (each.partition("=") for each in set_ones)}


def title(said: Said) -> str:
    """Return a page's title as a browser shows it."""
    reader = _Title()
    reader.feed(said.body)
    return reader.text


class _Title(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "title"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _asked(method: str, uri: str, host: str, headers: dict[str, str], body: bytes) -> Asked:
    """Return a request as NGINX would pass it on: what is no program's goes to `/index.php`."""
    path, _, query = uri.partition("?")
    script = path if re.search(r"\.php$", path) or path == "/wp-admin/" else "/index.php"
    given = [(name.encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    scope = {
        "method": method,
        "path": script,
        "query_string": query.encode(),
        "headers": given,
        "request_uri": uri,
        "client": (HOST, 1),
    }
    return Asked.of(scope, body)
