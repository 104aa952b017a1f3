"""Looks at WordPress and at its database: each by itself, and whether what is written in one is seen in the other."""

from __future__ import annotations

import re
import secrets
import shlex
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.access import ConnectionRefused, HostUnreachable
from harness.errors import AccessRefused, CheckFailed, KitError, LeftToPerson, UnexpectedAnswer
from harness.judging.applications import address_of, port_of
from harness.judging.wordpress import Tried, Visited, is_wordpress, shows_dashboard
from harness.mysql import Mysql, name, one_number, text
from harness.observing import juju
from harness.wordpress import Index, SentAwayError, WordPress
from harness.wordpress_login import Opened, open_dashboard

if TYPE_CHECKING:
    from harness.juju.status import Status
    from harness.kit import Kit

HTTP_PORT = 80
LOOKS, PAUSE = 4, 0.5
"""How often we look whether a post has appeared, or is gone, and seconds in between."""
BLOGS_LIMIT = 6
"""Places for posts that are tried on one server."""
TABLES = (
    "SELECT table_schema, table_name FROM information_schema.tables"
    " WHERE table_name LIKE '%posts' OR table_name LIKE '%options' OR table_name LIKE '%postmeta';"
)
COLUMNS = {
    "post_author": "1",
    "post_date": "'2001-01-01 12:00:00'",
    "post_date_gmt": "'2001-01-01 12:00:00'",
    "post_content": "''",
    "post_title": "@token@",
    "post_excerpt": "''",
    "post_status": "'publish'",
    "comment_status": "'closed'",
    "ping_status": "'closed'",
    "post_password": "''",
    "post_name": "@token@",
    "to_ping": "''",
    "pinged": "''",
    "post_modified": "'2001-01-01 12:00:00'",
    "post_modified_gmt": "'2001-01-01 12:00:00'",
    "post_content_filtered": "''",
    "guid": "''",
    "post_type": "'post'",
}
"""A post as WordPress 4.7 to 6.x keeps it: its texts have no defaults. Its date is long ago: no page shows it."""
NAME = re.compile(r"[0-9A-Za-z_$-]{1,64}")


def status(kit: Kit) -> Status:
    """Return the model when both applications have settled."""
    names = kit.description.juju
    return juju.settled(kit, names.wordpress, names.mysql)


def unit_of(kit: Kit, application: str, usual: int) -> tuple[str, str, int]:
    """Return the name, address and port of an application's unit, the leader if it can.

    Raises CheckFailed when none has an address in the kit's network.
    """
    seen = status(kit)
    units = seen.applications[application].units if application in seen.applications else ()
    for unit in sorted(units, key=lambda u: not u.leader):
        address = address_of(unit, seen, kit.description.network)
        if address is not None:
            return unit.name, address, port_of(unit, usual)
    raise CheckFailed(
        f"No unit of '{application}' has an address in {kit.description.network}.",
        help=f"`juju status {application}` on main: wait until its unit is active.",
    )


def visited(kit: Kit) -> Visited:
    """Return what somebody gets at WordPress' address who comes the way that we come. Raises KitError."""

    def look() -> Visited:
        unit, address, port = unit_of(kit, kit.description.juju.wordpress, HTTP_PORT)
        site = WordPress(
            kit.access.http, address if port == HTTP_PORT else f"{address}:{port}", kit.description.network
        )
        url = f"http://{site.address}/"
        try:
            page = site.visit("/")
            found = None if is_wordpress(page) else site.index()
        except SentAwayError as fact:
            return Visited(unit, url, None, sent_away=fact.url)
        except (ConnectionRefused, HostUnreachable) as fact:
            return Visited(unit, url, None, str(fact))
        return Visited(unit, url, page, index=found)

    return kit.once("wordpress' front page", look, keep_failure=True)


def wordpress(kit: Kit) -> WordPress:
    """Return WordPress, asked under the name to which its front page leads. Raises CheckFailed when it is silent."""
    seen = visited(kit)
    if seen.page is None:
        raise CheckFailed(f"WordPress ({seen.unit}) does not answer at {seen.url}.", help="Look at its web server.")
    _, address, port = unit_of(kit, kit.description.juju.wordpress, HTTP_PORT)
    there = address if port == HTTP_PORT else f"{address}:{port}"
    return WordPress(kit.access.http, there, kit.description.network).settled(seen.page)


def index(kit: Kit) -> Index:
    """Return what WordPress' REST API says of itself. Raises AccessRefused when it is kept from visitors."""
    found = kit.once("wordpress' REST API", wordpress(kit).index, keep_failure=True)
    if found.namespaces is None and found.refused:
        raise AccessRefused(
            f"WordPress' REST API is kept from visitors: {found.asked} answers {found.status}, {found.refused}",
            help="switch off the plugin or the setting that closes it while grading, then check again",
        )
    if found.namespaces is None and found.status in (429, 503) and not found.installing:
        raise UnexpectedAnswer(
            f"WordPress asks to come again later: {found.asked} answers {found.status}",
            help="is it being updated, or does a plugin limit visitors? Wait, then check again",
        )
    return found


@dataclass(frozen=True, slots=True)
class Blog:
    """Tables of one WordPress."""

    database: str
    prefix: str
    has_notes: bool
    """Whether there is a table for what plugins note about posts."""

    @property
    def posts(self) -> str:
        """The table of posts, for a statement."""
        return name(self.database, f"{self.prefix}posts")


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of writing posts into the related database."""

    server: str
    tried: tuple[Tried, ...]


def proof(kit: Kit) -> Proof:
    """Write a post with a random title into the related database, look for it in WordPress, and remove it again.

    The charm names the database after the application; others that hold tables of WordPress are tried after it.
    Raises CheckFailed when the server does not run, KitError when nothing can be said or the post cannot be removed.
    """
    names = kit.description.juju
    unit, address, _ = unit_of(kit, names.mysql, 3306)
    server, site = Mysql(kit.access, address, unit, by_juju(kit, unit)), wordpress(kit)
    tried: list[Tried] = []
    for blog in blogs(server, names.wordpress)[:BLOGS_LIMIT]:
        shown = _trial(server, blog, site)
        tried.append(Tried(blog.database, f"{blog.prefix}posts", shown))
        if shown:
            break
    return Proof(server.where, tuple(tried))


def by_juju(kit: Kit, unit: str) -> Callable[[str], str] | None:
    """Return what makes of a command on a unit's machine one on main; None for what is no unit's name."""
    names = kit.description.juju
    if not re.fullmatch(r"[a-z][a-z0-9-]*/[0-9]+", unit):
        return None
    words = ["juju", "ssh", "--pty=false", "-m", f"{names.controller}:{names.model}", unit]
    return lambda command: f"PATH=$PATH:/snap/bin {shlex.join([*words, command])}"


def blogs(server: Mysql, first: str) -> list[Blog]:
    """Return where a server holds posts of WordPress: in the database `first` before others, short prefixes first."""
    known = {
        (row.values[0], row.values[1])
        for row in server.ask(TABLES)
        if len(row.values) == 2 and all(NAME.fullmatch(value) for value in row.values)
    }
    found = [
        Blog(database, prefix, (database, f"{prefix}postmeta") in known)
        for database, prefix in ((database, table.removesuffix("posts")) for database, table in known)
        if (database, f"{prefix}posts") in known and (database, f"{prefix}options") in known
    ]
    return sorted(set(found), key=lambda b: (b.database != first, len(b.prefix), b.database, b.prefix))


def _trial(server: Mysql, blog: Blog, site: WordPress) -> bool:
    """Return whether WordPress shows a post that is written into these tables; it is removed however that ends."""
    token = f"kitcheck-{secrets.token_hex(12)}"
    values = ", ".join(COLUMNS.values()).replace("@token@", text(token))
    number: int | None = None
    try:
        sql = f"INSERT INTO {blog.posts} ({', '.join(COLUMNS)}) VALUES ({values}); SELECT LAST_INSERT_ID();"  # noqa: S608 - names that were matched, a token of ours
        written = number = one_number(server.ask(sql), "the new post")
        shown = _comes(site, written, token, wanted=True)
    finally:
        if number is None:
            # it may have been written all the same
            with suppress(KitError, CheckFailed):
                _remove(server, blog, token, 0)
        else:
            _remove(server, blog, token, number)
    if shown and not _comes(site, written, token, wanted=False):
        raise UnexpectedAnswer(
            f"WordPress still shows a post that is no longer in '{blog.database}' on {server.where}",
            help="does it keep copies of its posts elsewhere? Empty its caches, then check again",
        )
    return shown


def _comes(site: WordPress, number: int, token: str, *, wanted: bool) -> bool:
    """Return whether a post appears (or, if not `wanted`, disappears) while we look."""
    for turn in range(LOOKS):
        if turn:
            time.sleep(PAUSE)
        if site.shows(number, token, turn if wanted else LOOKS + turn) is wanted:
            return True
    return False


def _remove(server: Mysql, blog: Blog, token: str, number: int) -> None:
    """Remove the post with that title, and what plugins noted about it. Raises KitError when it stays."""
    notes = f"DELETE FROM {name(blog.database, blog.prefix + 'postmeta')} WHERE post_id = {number};"  # noqa: S608 - see above
    sql = f"""
        DELETE FROM {blog.posts} WHERE post_name = {text(token)} AND post_title = {text(token)};
        {notes if blog.has_notes and number else ""}
        SELECT COUNT(*) FROM {blog.posts} WHERE post_name = {text(token)};
    """  # noqa: S608 - see above
    if one_number(server.ask(sql), "posts that are left") != 0:
        raise UnexpectedAnswer(
            f"the post '{token}' that grading wrote into '{blog.database}' on {server.where} could not be removed",
            help="delete it in WordPress' dashboard, and report this fault of Kitcheck",
        )


def dashboard(kit: Kit) -> Opened:
    """Log in to WordPress and open its dashboard, as kit.yaml says who we are.

    Raises LeftToPerson when it does not say, AccessRefused when WordPress refuses it, else KitError.
    """
    names = kit.description.juju
    if names.wordpress_user is None or names.wordpress_password is None:
        raise LeftToPerson(
            "graded by a person: kit.yaml has no login to WordPress",
            help="give juju.wordpress_user and, as ${NAME}, juju.wordpress_password in kit.yaml, and it is graded here",
        )
    site, unit = wordpress(kit), visited(kit).unit
    password = names.wordpress_password.get_secret_value()
    kit.access.hide(password)
    asked = f"log in to http://{site.netloc} as {names.wordpress_user} and open its dashboard"
    try:
        opened = open_dashboard(site, names.wordpress_user, password)
    except SentAwayError as fact:
        kit.log.record("http", unit, f"{asked} -> {type(fact).__name__}", str(fact))
        return Opened(names.wordpress_user, None, 0, sent_away=fact.url)
    except KitError as failure:
        kit.log.record("http", unit, f"{asked} -> {type(failure).__name__}", str(failure))
        raise
    page = opened.page
    said = f"login {opened.login}; " + (f"{page.url.partition('?')[0]} {page.status}" if page else "no dashboard")
    kit.log.record("http", unit, f"{asked} -> {said}")
    if page is not None and page.status < 500 and not shows_dashboard(page):
        raise UnexpectedAnswer(
            f"WordPress let '{names.wordpress_user}' in and led to {page.url.partition('?')[0]} ({page.status}), "
            "which is not its dashboard",
            help="log in with a browser: does WordPress want something else first, or may that user not open it?",
        )
    return opened
