"""A WordPress that answers over what looks like HTTP, with a database that answers over what looks like SSH."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3

from harness.access import ConnectionRefused
from harness.completed import Completed
from harness.errors import AccessRefused, KitError
from harness.evidence import EvidenceLog
from harness.juju.status import of_command
from harness.kit import Kit
from tests.harness.juju_shapes import SINCE

Json = dict[str, Any]
NETWORK = IPv4Network("172.16.0.0/20")
WORDPRESS, MYSQL = "172.16.0.12", "172.16.0.13"
FRONT = '<html><head><meta name="generator" content="WordPress 4.9.8"></head><body>Nosso kit</body></html>'
FORM = """
<form action="/search"><input type="hidden" name="other" value="x"></form>
<form name="loginform" action="http://@home@/wp-login.php" method="post"><input type="text" name="log">
<input type="password" name="pwd"><input type="submit" name="wp-submit" value="Acessar">
<input type="hidden" name="redirect_to" value="/wp-admin/"><input type="hidden" name="testcookie" value="1"></form>
"""
PAINEL = (
    '<html><head><title>Painel</title></head><body class="wp-admin wp-core-ui"><div id="wpadminbar">'
    '<a href="http://@host@/wp-login.php?action=logout&amp;_wpnonce=abc123">Sair</a></div></body></html>'
)
NAMESPACES = ["oembed/1.0", "wp/v2"]


def answer(
    status: int, body: object = "", headers: Mapping[str, str] | None = None, *cookies: str
) -> requests.Response:
    """Return an answer as requests gives it."""
    told = urllib3.HTTPHeaderDict({"Server": "nginx/1.14.0 (Ubuntu)", **(headers or {})})
    for cookie in cookies:
        told.add("Set-Cookie", f"{cookie}; path=/; HttpOnly")
    response = requests.Response()
    response.status_code = status
    response.headers.update(told)
    response.raw = urllib3.HTTPResponse(headers=told, status=status)
    response._content = (body if isinstance(body, str) else json.dumps(body)).encode()  # pyright: ignore[reportPrivateUsage] - as harness.http does
    return response


@dataclass
class Site:
    """A WordPress of its group's making."""

    port: int = 80
    home: str = ""
    """What it calls itself, as `localhost:8080`; empty: as whoever asks does."""
    installed: bool = True
    posts: dict[int, str] = field(default_factory=dict[int, str])
    """Titles of published posts by id: the database that it uses."""
    password: str = "s3cret-of-ours"
    pages: dict[str, Any] = field(default_factory=dict[str, Any])
    """What it answers instead, by path without query, or by a REST route: an answer, an error, or who makes them."""
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Everything that was asked, with the name under which that was."""
    recorded: list[bool] = field(default_factory=list[bool])
    sessions: int = 0
    sent: Json = field(default_factory=dict[str, Any])

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Answer a request."""
        parts = urlsplit(url)
        headers: Mapping[str, str] = options["headers"]
        host = headers.get("Host", parts.netloc)
        query = dict(parse_qsl(parts.query))
        self.asked.append((f"{method} {parts.path}{'?' + parts.query if parts.query else ''}", host))
        self.recorded.append(options["record"])
        if (parts.hostname, parts.port or 80) != (WORDPRESS, self.port):
            raise ConnectionRefused(parts.hostname or "", parts.port or 80)
        other = self.pages.get(query.get("rest_route", parts.path))
        told: Any = other() if callable(other) else other
        if isinstance(told, KitError):
            raise told
        if told is not None:
            return told
        return self._answer(method, parts.path, query, host, options)

    def _answer(self, method: str, path: str, query: Json, host: str, options: Json) -> requests.Response:
        home = self.home or host
        if not self.installed and path != "/wp-admin/install.php":
            return answer(302, headers={"Location": f"http://{host}/wp-admin/install.php"})
        if path == "/wp-login.php":
            return self._login(method, query, home, options)
        if path == "/wp-admin/":
            if "wordpress_logged_in_x=yes" not in options["headers"].get("Cookie", ""):
                return answer(302, headers={"Location": f"http://{home}/wp-login.php?reauth=1"})
            return answer(200, PAINEL.replace("@host@", home))
        if path == "/wp-json/":
            return answer(404, "no such page")
        if "rest_route" in query:
            return self._rest(query)
        port = urlsplit(f"//{home}").port
        if port != urlsplit(f"//{host}").port:
            # the host that was asked for stays (WordPress 6.1)
            to = f"http://{host.partition(':')[0]}{f':{port}' if port else ''}/"
            return answer(301, headers={"Location": to, "X-Redirect-By": "WordPress"})
        return answer(200, FRONT)

    def _login(self, method: str, query: Json, home: str, options: Json) -> requests.Response:
        if query.get("action") == "logout" and query.get("_wpnonce") == "abc123":
            self.sessions -= 1
            return answer(302, headers={"Location": "/wp-login.php?loggedout=true"})
        if method == "GET":
            return answer(200, FORM.replace("@home@", home), None, "wordpress_test_cookie=WP+Cookie+check")
        self.sent = options["data"]
        if self.sent["pwd"] != self.password or "wordpress_test_cookie" not in options["headers"]["Cookie"]:
            return answer(200, f'<div id="login_error">ERRO</div>{FORM}')
        self.sessions += 1
        return answer(302, "", {"Location": self.sent["redirect_to"]}, "wordpress_logged_in_x=yes", "wordpress_x=y")

    def _rest(self, query: Json) -> requests.Response:
        route = query["rest_route"]
        if route == "/":
            return answer(200, {"name": "Nosso kit", "namespaces": NAMESPACES})
        if route == "/wp/v2/posts":
            return answer(200, [_post(n, t) for n, t in self.posts.items() if t == query["slug"]])
        number = int(route.rpartition("/")[2])
        if number not in self.posts:
            return answer(404, {"code": "rest_post_invalid_id", "message": "ID de post inválido."})
        return answer(200, _post(number, self.posts[number]))


def _post(number: int, title: str) -> Json:
    return {"id": number, "slug": title, "status": "publish", "title": {"rendered": title}}


@dataclass
class Server:
    """A database server that knows the statements of the proof, on the machine at MYSQL."""

    site: Site
    """Whose posts it keeps."""
    locked: bool = False
    """Whether its machine trusts Juju's key alone."""
    shared: bool = True
    """Whether the site uses its tables; else what is written stays here."""
    tables: list[tuple[str, str]] = field(
        default_factory=lambda: [("wordpress", f"wp_{each}") for each in ("options", "postmeta", "posts", "users")]
    )
    posts: dict[int, str] = field(default_factory=dict[int, str])
    statements: list[str] = field(default_factory=list[str])
    commands: list[str] = field(default_factory=list[str])
    refuse: Callable[[str, str], tuple[int, str] | None] = lambda _command, _sql: None
    """Exit status and complaint, for a command and its statements, instead of an answer."""

    def __post_init__(self) -> None:
        """Begin with an empty log."""
        self.log = EvidenceLog()
        self.names = {MYSQL: "server3"}

    def hide(self, secret: str) -> None:
        """Keep a secret out of evidence."""
        self.log.hide(secret)

    def run(
        self, wanted: str, *, on: str | None = None, stdin: bytes, timeout: float, limit: int, record: bool
    ) -> Completed:
        """Answer statements."""
        sql = stdin.decode()
        self.commands.append(wanted)
        if on is not None and self.locked:
            raise AccessRefused(f"{on} refuses the key")
        self.statements.append(sql)
        refused = self.refuse(wanted, sql)
        if refused is not None:
            return Completed(wanted, refused[0], b"", refused[1].encode(), 0.0)
        return Completed(wanted, 0, self._rows(sql).encode(), b"", 0.0)

    def _rows(self, sql: str) -> str:
        if not sql:
            return ""
        if "information_schema" in sql:
            return "".join(f"{database}\t{table}\n" for database, table in self.tables)
        token = re.search(r"'(kitcheck-[0-9a-f]{24})'", sql)
        assert token is not None
        if sql.startswith("INSERT"):
            number = 7 + len(self.posts)
            self.posts[number] = token[1]
            if self.shared:
                self.site.posts[number] = token[1]
            return f"{number}\n"
        for posts in (self.posts, self.site.posts) if self.shared else (self.posts,):
            for number in [n for n, title in posts.items() if title == token[1]]:
                del posts[number]
        return "0\n"

    @property
    def http(self) -> Site:
        """What the way into the kit calls its HTTP."""
        return self.site


def model(**different: Any) -> Json:
    """Return what `juju status` of Juju 2.9 prints for both, the unit of WordPress changed."""
    return {
        "model": {"name": "default", "type": "iaas", "controller": "main", "version": "2.9.51"},
        "machines": {n: _machine(n, address) for n, address in (("0", MYSQL), ("1", WORDPRESS))},
        "applications": {
            "mysql": _application("mysql", "0", MYSQL, "3306/tcp", "wordpress", False, {}),
            "wordpress": _application("wordpress", "1", WORDPRESS, "80/tcp", "mysql", True, different),
        },
        "controller": {"timestamp": "18:24:16Z"},
    }


def _machine(number: str, address: str) -> Json:
    return {
        "juju-status": {"current": "started", "since": SINCE},
        "ip-addresses": [address],
        "instance-id": f"abc00{number}",
        "machine-status": {"current": "running", "message": "Deployed"},
        "series": "bionic",
        "containers": {},
    }


def _application(name: str, machine: str, address: str, port: str, other: str, exposed: bool, different: Json) -> Json:
    unit: Json = {
        "workload-status": {"current": "active", "message": "Ready", "since": SINCE},
        "juju-status": {"current": "idle", "since": SINCE},
        "leader": True,
        "machine": machine,
        "open-ports": [port],
        "public-address": address,
        **different,
    }
    return {
        "charm": f"local:bionic/{name}-0",
        "series": "bionic",
        "charm-name": name,
        "exposed": exposed,
        "application-status": {k: unit["workload-status"].get(k, "") for k in ("current", "message")},
        "relations": {"db": [other]},
        "units": {f"{name}/0": unit},
    }


def kit(server: Server, told: Json | None = None, **names: Any) -> Kit:
    """Return a kit with that site and that server."""
    described = {
        "controller": "main",
        "model": "default",
        "wordpress": "wordpress",
        "mysql": "mysql",
        "wordpress_user": None,
        "wordpress_password": None,
    }
    made: Any = SimpleNamespace(juju=SimpleNamespace(**{**described, **names}), network=NETWORK)
    access: Any = server
    found = Kit(made, access, access)
    status = of_command(told or model(), "status")
    found.once(("juju settled", ("wordpress", "mysql")), lambda: status, keep_failure=True)
    return found
