"""Asks WordPress over HTTP: its front page, its REST API and its forms, under the name that it wants.

Facts as of WordPress 4.7 (the first with the REST API's `wp/v2`) to 6.x. WordPress sends visitors to the address that
it was installed under: to its port, keeping the host that they asked for (6.1), or also to its host. When that was a
tunnel's (`http://localhost:8080`), nobody listens there, and the unit is asked under that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urljoin, urlsplit

from harness.errors import AccessRefused, KitError, UnexpectedAnswer
from harness.fields import parse
from harness.tunnel import ConnectionRefused, HostUnreachable, plain

if TYPE_CHECKING:
    import requests

    from harness.http import Http

TIMEOUT = 20.0
"""Seconds for one page: PHP on a small machine takes its time, and so does a password's hash."""
LIMIT = 4 * 1024 * 1024
"""Bytes of one answer: the REST API's index lists every route of every plugin."""
REDIRECTS = 5
"""Redirects that are followed for one page."""
INSTALL, SET_UP = "/wp-admin/install.php", "/wp-admin/setup-config.php"
"""Where WordPress leads everybody while its database has no tables, and while it has no configuration."""
NAMESPACE = "wp/v2"
"""The REST API's part that has posts."""
NAMESPACES_LIMIT = 500
NO_POST = "rest_post_invalid_id"
"""The REST API's code when there is no post with an id."""
LOCATION_LIMIT = 2_000
"""Characters of a redirect's target."""
REDIRECT = frozenset({301, 302, 303, 307, 308})
CLOSED = frozenset({401, 403})
"""Statuses of a REST API that a plugin or a setting keeps from visitors."""
NETLOC = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered at the end of all redirects."""

    status: int
    body: str
    server: str
    url: str
    """What a browser would show as its address."""
    moved: tuple[str, ...] = ()
    """Where it was redirected to on the way."""
    links: str = ""
    """The header `Link`."""
    by_name: bool = False
    """Whether the unit was asked under a name, or for a port, that it has for others only."""
    cookies: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What it gave on the way."""

    @property
    def installing(self) -> str:
        """INSTALL or SET_UP when it leads there, else an empty text."""
        path = urlsplit(self.url).path
        return next((each for each in (INSTALL, SET_UP) if path.endswith(each)), "")


@dataclass(frozen=True, slots=True)
class Index:
    """What the REST API says of itself."""

    asked: str
    status: int
    namespaces: tuple[str, ...] | None
    """None: what was answered is no index."""
    installing: str = ""
    """As `Page.installing`."""
    refused: str = ""
    """The code with which it is kept from visitors, as `rest_cannot_access`."""
    said: str = ""
    """The beginning of an answer that is no index."""


class SentAwayError(KitError):
    """WordPress sends visitors to an address inside the kit that does not answer: a fact that a check may judge."""

    def __init__(self, url: str, why: str) -> None:
        """Remember the address (`url`)."""
        super().__init__(f"WordPress sends visitors to {plain(url, 200)}, and there {why}")
        self.url = url


@dataclass(frozen=True, slots=True)
class WordPress:
    """WordPress on one unit."""

    http: Http = field(repr=False)
    address: str
    """The unit's, in the kit's network, with the port unless that is 80."""
    network: IPv4Network
    """Addresses that are asked themselves; under every other name the unit is asked."""
    name: str = ""
    """The host under which it is asked, as `localhost:8080`; empty: its address."""
    by_name: bool = False
    """Whether that is a name only: the unit is asked at its address all the same."""

    @property
    def netloc(self) -> str:
        """What stands between `http://` and the path."""
        return self.name or self.address

    def settled(self, page: Page) -> WordPress:
        """Return the same WordPress, asked under the name to which its front page led."""
        return replace(self, name=urlsplit(page.url).netloc, by_name=page.by_name)

    def visit(self, path: str, *, cookies: Mapping[str, str] | None = None, record: bool = True) -> Page:
        """Return the page at a path, redirects followed except into the installation.

        Raises SentAwayError, ConnectionRefused and HostUnreachable when that is what the kit says, else KitError.
        """
        url, moved, given = f"http://{self.netloc}{path}", list[str](), dict(cookies or {})
        while True:
            response, by_name = self._send("GET", url, cookies=given, record=record)
            given |= _cookies(response)
            to = response.headers.get("Location", "")
            page = replace(_page(response, url, moved, given), by_name=by_name)
            if response.status_code not in REDIRECT or not to:
                return page
            url = _target(url, to)
            moved.append(url)
            page = replace(page, url=url, moved=tuple(moved))
            if page.installing:
                return page
            if len(moved) > REDIRECTS:
                raise UnexpectedAnswer(
                    f"WordPress redirects in circles: {', '.join(plain(each, 100) for each in moved[-3:])}",
                    help="compare siteurl and home in WordPress' options with the address that you open",
                )

    def post(self, page: Page, action: str, data: Mapping[str, str]) -> Page:
        """Send a page's form to where it leads, and return the answer as it is, a redirect's target in `moved`.

        Evidence shows none of it. Raises as `visit`.
        """
        url, cookies = _target(page.url, action), page.cookies
        response, _ = self._send("POST", url, cookies=cookies, data=data, record=False)
        to = response.headers.get("Location", "")
        moved = [_target(url, to)] if to else []
        return _page(response, url, moved, {**cookies, **_cookies(response)})

    def index(self) -> Index:
        """Return what the REST API says of itself, at the address that always works, else at its pretty one."""
        first = self._index("/?rest_route=/&_fields=name,url,home,namespaces")
        if first.namespaces is not None or first.installing:
            return first
        second = self._index("/wp-json/?_fields=name,url,home,namespaces")
        return second if second.namespaces is not None or (second.refused and not first.refused) else first

    def _index(self, path: str) -> Index:
        page = self.visit(path)
        told = _json(page.body)
        said = " ".join(page.body[:2_000].split())[:120]
        blank = Index(path.partition("&")[0].partition("?_")[0], page.status, None, page.installing, said=plain(said))
        if not isinstance(told, dict) or page.installing:
            return blank
        answer = cast("dict[str, object]", told)
        found = answer.get("namespaces")
        if page.status == 200 and isinstance(found, list):
            names = [each for each in cast("list[object]", found)[:NAMESPACES_LIMIT] if isinstance(each, str)]
            return replace(blank, namespaces=tuple(plain(each, 100) for each in names))
        if 400 <= page.status < 500 and isinstance(answer.get("code"), str):
            return replace(blank, refused=plain(str(answer["code"]), 80))
        return blank

    def shows(self, number: int, token: str, turn: int) -> bool:
        """Return whether the REST API shows a post with that id and that title.

        It is asked for the slug `token`, then for the id; `turn` makes each question another one, for caches' sake.
        Raises AccessRefused when posts are kept from visitors, UnexpectedAnswer when the answer is none.
        """
        fields = "_fields=id,slug,title,status"
        routes = (
            f"/?rest_route=/wp/v2/posts&{urlencode({'slug': token, 'per_page': 10 + turn})}&{fields}",
            f"/?rest_route=/wp/v2/posts/{number}&{urlencode({'kitcheck': turn})}&{fields}",
        )
        return any(self._shows(route, token) for route in routes)

    def _shows(self, path: str, token: str) -> bool:
        page = self.visit(path)
        told = _json(page.body)
        code = cast("dict[str, object]", told).get("code") if isinstance(told, dict) else None
        if code == NO_POST:
            return False
        if page.status in CLOSED or (page.status in range(400, 500) and isinstance(code, str)):
            raise AccessRefused(
                f"WordPress' REST API keeps its posts from visitors ({page.status})",
                help="allow everybody to read posts over the REST API while grading: is there a plugin that closes it?",
            )
        if page.status != 200 or not isinstance(told, dict | list):
            raise UnexpectedAnswer(
                f"WordPress' REST API answers {page.status} to a question for a post, and not with posts",
                help="look at the log of PHP and the web server on WordPress' machine",
            )
        posts = cast("list[object]", told) if isinstance(told, list) else [cast("object", told)]
        return any(_is_called(post, token) for post in posts[:200])

    def _send(
        self, method: str, url: str, *, cookies: Mapping[str, str], data: Mapping[str, str] | None = None, record: bool
    ) -> tuple[requests.Response, bool]:
        """Return the answer to a request, and whether the unit was asked under a name that is not its address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not NETLOC.fullmatch(parts.netloc):
            raise _nowhere(url)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        options: dict[str, Any] = {"timeout": TIMEOUT, "limit": LIMIT, "record": record}
        if data is not None:
            options["data"] = dict(data)
        own_name = {**headers, "Host": parts.netloc}
        at_unit = parts._replace(scheme="http", netloc=self.address).geturl()
        try:
            if self._inside(parts.hostname or "") and not (self.by_name and parts.netloc == self.name):
                try:
                    return self.http.request(method, url, headers=headers, **options), False
                except (ConnectionRefused, HostUnreachable) as fact:
                    if parts.netloc in (self.address, self.netloc):
                        raise
                    if parts.hostname != self.address.partition(":")[0] or parts.scheme == "https":
                        raise SentAwayError(url, str(fact)) from None
                # nobody listens on that port of the unit: it is the port of a tunnel's other end
            elif parts.scheme == "https":
                raise UnexpectedAnswer(
                    f"WordPress sends visitors to {plain(url, 200)}, and its unit has no certificate for that name",
                    help="set siteurl and home in WordPress' options to addresses with http://",
                )
            return self.http.request(method, at_unit, headers=own_name, **options), True
        except ValueError:
            raise _nowhere(url) from None

    def _inside(self, host: str) -> bool:
        try:
            return ip_address(host) in self.network
        except ValueError:
            return False


def _page(response: requests.Response, url: str, moved: list[str], cookies: Mapping[str, str]) -> Page:
    body = response.content.decode("utf-8", "replace")
    server, links = (response.headers.get(name, "") for name in ("Server", "Link"))
    return Page(response.status_code, body, server[:120], url, tuple(moved), links[:1_000], cookies=dict(cookies))


def _target(url: str, location: str) -> str:
    """Return where a redirect leads. Raises UnexpectedAnswer when that is no address."""
    try:
        target = urljoin(url, location[:LOCATION_LIMIT])
        urlsplit(target)
    except ValueError:
        raise _nowhere(location) from None
    return target


def _nowhere(url: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"WordPress sends visitors to {plain(url, 200)!r}, which nobody can open",
        help="correct siteurl and home in WordPress' options",
    )


def _cookies(response: requests.Response) -> dict[str, str]:
    """Return the cookies that an answer sets, whatever domain and path they are for: it is all one WordPress."""
    headers = getattr(response.raw, "headers", None)
    if headers is None:
        return {}
    found = (text.partition(";")[0].partition("=") for text in headers.getlist("Set-Cookie")[:50])
    return {name.strip(): value.strip() for name, equals, value in found if equals and len(name) + len(value) < 4_096}


def _json(body: str) -> object:
    """Return what JSON says, None when it is none; what PHP complains of in front of it is passed over."""
    begins = re.search(r"^[ \t\ufeff]{0,9}[\[{]", body, re.MULTILINE)
    try:
        return parse(body[begins.end() - 1 :].encode() if begins else b"", "an answer of WordPress")
    except UnexpectedAnswer:
        return None


def _is_called(post: object, token: str) -> bool:
    """Return whether a post has that slug, or that title, which plugins may adorn."""
    if not isinstance(post, dict):
        return False
    told = cast("dict[str, object]", post)
    title = told.get("title")
    shown = cast("dict[str, object]", title).get("rendered") if isinstance(title, dict) else title
    return told.get("slug") == token or (isinstance(shown, str) and token in shown)
