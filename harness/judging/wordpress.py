"""Does WordPress answer, is it installed, is its content in the related database, and does its dashboard open?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.finding import Finding, fails, holds, sentence_list
from harness.judging.web import Answer
from harness.tunnel import plain
from harness.wordpress import INSTALL, NAMESPACE, SET_UP, Index, Page
from harness.wordpress_login import Opened

SIGNS = re.compile(
    r"/wp-content/|/wp-includes/|/wp-json\b|rest_route=|/wp-login\.php|/xmlrpc\.php|https://api\.w\.org/"
    r"|<meta[^>]{1,40}WordPress",
    re.IGNORECASE,
)
"""What pages of WordPress lead to, whatever theme and language they have."""
NO_DATABASE = re.compile(
    r"Error establishing a database connection|Database Error"
    r"|Erro (?:ao estabelecer|ao tentar estabelecer) uma conex[aã]o|Erro ao estabelecer uma liga[cç][aã]o"
    r"|Error al establecer una conexi[oó]n",
    re.IGNORECASE,
)
"""What WordPress says in English, Portuguese and Spanish when its database does not answer, or does not let it in."""
NO_FILE = re.compile(r"Neither .{0,120}config-.{0,120}could be found", re.DOTALL)
"""Debian's WordPress without a configuration for the name under which it is asked."""
STOCK = re.compile(r"<title>\s*(Welcome to nginx!|Apache2 \w+ Default Page[^<]{0,40}|It works!)", re.IGNORECASE)
MAINTENANCE = re.compile(r"Briefly unavailable for scheduled maintenance", re.IGNORECASE)
BAR = re.compile(r"""id=["']wp(?:adminbar|body|body-content|content)["']|<body[^>]{0,80}\bwp-admin\b""")
"""What every page of the dashboard has, in every language."""
MOVED_HELP = "Was it installed under an address that its machine had before? Correct siteurl and home in its options."
PHP_HELP = "Look at the logs of the web server and of PHP on WordPress' machine; `systemctl status 'php*-fpm'`."


@dataclass(frozen=True, slots=True)
class Visited:
    """What somebody gets who comes through the router to WordPress' address."""

    unit: str
    url: str
    page: Page | None
    """None when nobody answered."""
    refused: str = ""
    """Why nobody answered."""
    sent_away: str = ""
    """The address in the kit to which visitors are sent, and where nobody answers."""
    index: Index | None = None
    """What the REST API says, asked where the page does not look like WordPress."""


def is_wordpress(page: Page) -> bool:
    """Return whether a page is one of WordPress': by what it leads to, not by what it says."""
    return bool(page.installing or SIGNS.search(page.links) or SIGNS.search(page.body))


def judge_answers(visited: Visited) -> Finding:
    """Judge whether WordPress answers somebody who comes through the router, installed or not."""
    expected = f"WordPress at {visited.url}, through the router's address"
    observed = _seen(visited)

    def wrong(rationale: str, help: str) -> Finding:
        return fails(rationale, help=help, expected=expected, observed=observed)

    if visited.sent_away:
        return wrong(
            f"WordPress ({visited.unit}) sends visitors to {plain(visited.sent_away, 200)}, where nobody answers.",
            MOVED_HELP,
        )
    page = visited.page
    if page is None:
        return wrong(
            f"Nobody answers at {visited.url}, the address of {visited.unit}: {visited.refused}.",
            f"On its machine: `sudo ss -tlnp`; `juju debug-log --replay --include {visited.unit}` on main.",
        )
    known = _known_trouble(visited, page)
    if known is not None:
        return wrong(*known)
    index = visited.index
    speaks = index is not None and (bool(index.namespaces) or index.refused.startswith("rest_"))
    if not is_wordpress(page) and not speaks:
        return wrong(
            f"What answers at {visited.url} is not WordPress: {_brief(page)}.",
            "Which site does the web server on that machine have enabled? `ls /etc/nginx/sites-enabled` there.",
        )
    if page.status >= 500 and page.status != 503:
        return wrong(f"WordPress ({visited.unit}) answers {page.status}.", PHP_HELP)
    return holds(expected=expected, observed=observed)


def _known_trouble(visited: Visited, page: Page) -> tuple[str, str] | None:
    """Return what is wrong with WordPress, by the page that it shows then, and what to try."""
    stock = STOCK.search(page.body[:20_000])
    if stock is not None:
        return (
            f"What answers at {visited.url} is not WordPress: it is the web server's own page '{plain(stock[1], 60)}'.",
            "WordPress is set up when it is told of its database: is it related with MySQL?",
        )
    if page.installing == SET_UP or NO_FILE.search(page.body[:4_000]):
        return (
            f"WordPress ({visited.unit}) has no configuration, and so no database.",
            "Its charm writes it when it is told of the database: relate it with MySQL.",
        )
    if page.status >= 500 and NO_DATABASE.search(page.body[:20_000]):
        return (
            f"WordPress ({visited.unit}) cannot reach its database: 'Error establishing a database connection'.",
            "Does MySQL run on its machine, and listen for others? `systemctl status mysql mariadb`, `ss -tln` there.",
        )
    if page.status in (502, 504) and not is_wordpress(page):
        return (f"The web server of {visited.unit} answers {page.status}: PHP does not run behind it.", PHP_HELP)
    if page.status == 503 and MAINTENANCE.search(page.body[:20_000]):
        return (
            f"WordPress ({visited.unit}) is in maintenance, as during an update.",
            "Wait until the update is done; when it broke off, remove the file `.maintenance` in WordPress' folder.",
        )
    return None


def judge_installed(visited: Visited, index: Index) -> Finding:
    """Judge whether WordPress is past its installation page, and its REST API works."""
    expected = f"WordPress at {visited.url} is installed, and its REST API has {NAMESPACE}"
    observed = f"{_seen(visited)}\n{_told(index)}"
    leads = (visited.page.installing if visited.page else "") or index.installing
    if leads:
        return fails(
            f"WordPress ({visited.unit}) is not installed: it leads to {leads}.",
            help="Open it in a browser, fill in the installation page, and write down user and password."
            if leads == INSTALL
            else "It has no configuration: relate it with MySQL.",
            expected=expected,
            observed=observed,
        )
    if index.namespaces is None:
        return fails(
            f"The REST API of WordPress ({visited.unit}) does not work: {index.asked} answers {index.status}"
            + (f", {index.said!r}." if index.said else "."),
            help=PHP_HELP,
            expected=expected,
            observed=observed,
        )
    if NAMESPACE not in index.namespaces:
        return fails(
            f"The REST API of WordPress ({visited.unit}) has no {NAMESPACE}, only "
            f"{sentence_list(list(index.namespaces[:5])) or 'nothing'}.",
            help="WordPress has it since 4.7: is this one older, or does a plugin take it away?",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


@dataclass(frozen=True, slots=True)
class Tried:
    """One place for posts on the related server, and whether WordPress showed what was written there."""

    database: str
    table: str
    shown: bool


def judge_content(server: str, tried: Sequence[Tried]) -> Finding:
    """Judge whether WordPress' content is on the related server (`server`: its unit, with its address)."""
    expected = f"a post that is written into the database on {server} appears in WordPress"
    observed = (
        "\n".join(f"{each.table} of '{each.database}': {'shown' if each.shown else 'not shown'}" for each in tried)
        or f"no tables of WordPress on {server}"
    )
    if not tried:
        return fails(
            f"WordPress' content is not on {server}: no database there has tables of WordPress.",
            help="Which database does WordPress' configuration name (DB_HOST)? It must be the one that Juju related.",
            expected=expected,
            observed=observed,
        )
    if not any(each.shown for each in tried):
        where = sentence_list([f"'{each.database}' ({each.table})" for each in tried])
        return fails(
            f"WordPress' content is not on {server}: it does not show a post that was written into {where} there.",
            help="Which database does WordPress' configuration name (DB_HOST, DB_NAME)? It must be the related one.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=f"{observed}; the post was removed again")


def judge_dashboard(opened: Opened) -> Finding:
    """Judge whether the dashboard opened for whoever logged in."""
    expected = f"WordPress' dashboard opens for '{opened.user}'"
    page = opened.page
    if opened.sent_away:
        where = plain(opened.sent_away.partition("?")[0], 200)
        return fails(
            f"WordPress' login leads to {where}, where nobody answers.",
            help=MOVED_HELP,
            expected=expected,
            observed=f"sent to {where}",
        )
    if page is None:
        return fails(
            f"WordPress answers {opened.login} to a login.", help=PHP_HELP, expected=expected, observed="no dashboard"
        )
    observed = f"{page.url.partition('?')[0]} answers {page.status}"
    if not shows_dashboard(page):
        return fails(
            f"WordPress let '{opened.user}' in, and its dashboard answers {page.status}.",
            help=PHP_HELP,
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def shows_dashboard(page: Page) -> bool:
    """Return whether a page is one of WordPress' dashboard."""
    return page.status == 200 and "/wp-admin/" in page.url and BAR.search(page.body) is not None


def _seen(visited: Visited) -> str:
    if visited.page is None:
        return visited.refused or f"sent to {plain(visited.sent_away, 200)}"
    moved = f" (by way of {', '.join(plain(each, 100) for each in visited.page.moved)})" if visited.page.moved else ""
    return f"{visited.url}{moved}: {_brief(visited.page)}"


def _brief(page: Page) -> str:
    return plain(Answer(page.status, page.body, page.server).describe(), 200)


def _told(index: Index) -> str:
    if index.namespaces is not None:
        return f"{index.asked}: namespaces {', '.join(index.namespaces[:8]) or 'none'}"
    return f"{index.asked}: {index.status} {index.refused or index.said}"
