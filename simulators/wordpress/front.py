"""The site itself: its front page, its posts and pages, and where its REST API is."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulators.wordpress import pages
from simulators.wordpress.asked import NotSimulated, Said, redirect

if TYPE_CHECKING:
    from simulators.wordpress.asked import Asked
    from simulators.wordpress.site import Row, Site

DASH = chr(0x2013)
THEME = "twentytwentythree"
UNPLAYED = frozenset({"feed", "author", "cat", "tag", "m", "year", "attachment_id", "preview", "sitemap", "robots"})
"""What a query may ask of a real site besides; any other word in it means nothing."""
_TAGS = {
    "%year%": r"\d{4}",
    "%monthnum%": r"\d{2}",
    "%day%": r"\d{2}",
    "%postname%": r"(?P<name>[^/]+)",
    "%post_id%": r"(?P<id>\d+)",
}
PUBLISHED = "post_type = 'post' AND post_status = 'publish'"
IN_COMMENTS = re.compile(r"<!-- /?wp:.*? -->\n?", re.DOTALL)


async def answer(site: Site, asked: Asked) -> Said:
    """Answer `/index.php`, whatever was asked for."""
    route = asked.query.get("rest_route") or _rest_route(site, asked.path)
    if route is not None:
        from simulators.wordpress import rest

        return rest.answer(site, asked, route)
    elsewhere = _canonical(site, asked)
    if elsewhere is not None:
        return redirect(elsewhere, 301)
    unplayed = UNPLAYED & set(asked.query)
    if unplayed:
        raise NotSimulated(f"?{min(unplayed)}= of WordPress")
    where, values = _wanted(site, asked)
    if where is None:
        return _front(site, asked.query.get("s", "")) if values is not None else _missing(site)
    found = site.rows(f"SELECT * FROM {{posts}} WHERE post_status = 'publish' AND {where} LIMIT 1", *(values or ()))  # noqa: S608 -- of ours
    if not found:
        return _missing(site)
    [post] = found
    if {"p", "page_id", "name"} & set(asked.query) and site.option("permalink_structure"):
        return redirect(site.link(post), 301)
    return _single(site, post)


def _canonical(site: Site, asked: Asked) -> str | None:
    """Return where a browser is sent that asks on another port than the site's own; None when it is at the right one.

    WordPress 6.1's redirect_canonical: the port is the one of `home`, the name stays as it was asked, but for `www.`.
    """
    own, given = urlsplit(site.home), urlsplit(f"http://{asked.host}")
    asked_name, own_name = given.hostname or "", own.hostname or ""
    name = own_name if f"www.{asked_name}" == own_name or asked_name == f"www.{own_name}" else asked_name
    if asked.method not in ("GET", "HEAD") or (name, own.port) == (asked_name, given.port):
        return None
    return f"{own.scheme}://{name}{f':{own.port}' if own.port else ''}{asked.uri}"


def _rest_route(site: Site, path: str) -> str | None:
    """Return what a path asks of the REST API; None when it is about something else, or links are plain."""
    structure = site.option("permalink_structure")
    start = "/index.php/wp-json" if structure.startswith("/index.php/") else "/wp-json"
    if not structure or not (path == start or path.startswith(f"{start}/")):
        return None
    return path.removeprefix(start) or "/"


def _wanted(site: Site, asked: Asked) -> tuple[str | None, tuple[str, ...] | None]:
    """Return which posts are asked for; (None, ()) for the front page, (None, None) for nothing that can be."""
    query = asked.query
    if query.get("p", "").isdecimal():
        return "post_type IN ('post', 'page') AND ID = ?", (query["p"],)
    if query.get("page_id", "").isdecimal():
        return "post_type = 'page' AND ID = ?", (query["page_id"],)
    if query.get("name"):
        return "post_type = 'post' AND post_name = ?", (query["name"],)
    structure = site.option("permalink_structure")
    if not structure or asked.path in ("/", "/index.php"):
        return None, ()
    pattern = re.escape(structure).replace(r"\%", "%")
    for tag, meant in _TAGS.items():
        pattern = pattern.replace(tag, meant)
    found = re.fullmatch(pattern.rstrip("/") + "/?", asked.path)
    if found and "name" in found.groupdict():
        return "post_type = 'post' AND post_name = ?", (found["name"],)
    if found and "id" in found.groupdict():
        return "post_type = 'post' AND ID = ?", (found["id"],)
    if re.fullmatch(r"(/index\.php)?/[^/]+/?", asked.path):
        return "post_type = 'page' AND post_name = ?", (asked.path.rstrip("/").rpartition("/")[2],)
    return None, None


def _front(site: Site, search: str) -> Said:
    limit = max(int(site.option("posts_per_page", "10") or 10), 1)
    clause = "AND (post_title LIKE ? OR post_content LIKE ?) " if search else ""
    found = site.rows(
        f"SELECT * FROM {{posts}} WHERE {PUBLISHED} {clause}ORDER BY post_date DESC, ID DESC LIMIT {limit}",  # noqa: S608 -- of ours
        *((f"%{search}%",) * 2 if search else ()),
    )
    posts = "".join(
        f'<article id="post-{each["ID"]}"><h2><a href="{escape(site.link(each))}">'
        f"{escape(str(each['post_title']))}</a></h2>{_text(each)}</article>\n"
        for each in found
    )
    name = site.option("blogname")
    title = f"Search Results for “{search}” {DASH} {name}" if search else name
    return _page(site, 200, title, posts or "<p>Nothing was found.</p>", "home blog")


def _single(site: Site, post: Row) -> Said:
    title = str(post["post_title"])
    body = f'<article id="post-{post["ID"]}"><h1>{escape(title)}</h1>{_text(post)}</article>'
    shown = _page(site, 200, f"{title} {DASH} {site.option('blogname')}", body, f"single postid-{post['ID']}")
    pings = (("X-Pingback", f"{site.url}/xmlrpc.php"),) if post["ping_status"] == "open" else ()
    return Said(shown.status, shown.body, headers=(*pings, *shown.headers))


def _missing(site: Site) -> Said:
    return _page(site, 404, f"Page not found {DASH} {site.option('blogname')}", "<h1>404</h1>", "error404")


def _text(post: Row) -> str:
    """Return a post's content, which its author wrote in HTML: without the editor's marks."""
    return IN_COMMENTS.sub("", str(post["post_content"]))


def _page(site: Site, status: int, title: str, body: str, classes: str) -> Said:
    from simulators.wordpress import VERSION

    style = f"{site.url}/wp-content/themes/{THEME}/style.css"
    head = (
        f'<meta name="generator" content="WordPress {VERSION}">\n'
        f'<link rel="stylesheet" href="{escape(style)}">\n<link rel="https://api.w.org/" href="{escape(site.rest)}">\n'
    )
    name = escape(site.option("blogname"))
    header = f'<header><p class="wp-block-site-title"><a href="{escape(site.home)}">{name}</a></p></header>'
    whole = pages.document(
        escape(title), f"{header}<main>{body}</main>", attributes=f' class="{classes} wp-embed-responsive"', head=head
    )
    return Said(status, whole, headers=(("Link", f'<{site.rest}>; rel="https://api.w.org/"'),))
