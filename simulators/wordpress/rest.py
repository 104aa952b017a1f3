"""The REST API, as far as it is read without a login: its index, posts and pages."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from simulators.wordpress.asked import NotSimulated, Said
from simulators.wordpress.front import IN_COMMENTS

if TYPE_CHECKING:
    from simulators.mysql import Value
    from simulators.wordpress.asked import Asked
    from simulators.wordpress.site import Row, Site

NAMESPACES = ("oembed/1.0", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1")
KINDS = {"posts": "post", "pages": "page"}
MOST = 100
"""Posts of one answer."""
KNOWN = frozenset({"rest_route", "_fields", "per_page", "page", "search", "slug", "status", "_locale", "context"})
ORDERED = frozenset({"order", "orderby", "include", "exclude", "author", "after", "before", "offset", "categories"})
UNPLAYED = re.compile(
    r"/(wp/v2(/(media|users|comments|types|statuses|taxonomies|categories|tags|settings|themes|plugins|search|blocks)"
    r"(/.*)?)?|oembed/1\.0.*|wp-site-health/v1.*|wp-block-editor/v1.*|wp/v2/(posts|pages)/\d+/.+|batch/v1)"
)
"""Routes that a real site has besides."""


def answer(site: Site, asked: Asked, route: str) -> Said:
    """Answer a route."""
    route = f"/{route.strip('/')}"
    if route == "/":
        return _json(site, 200, _index(site), asked)
    found = re.fullmatch(r"/wp/v2/(posts|pages)(?:/(\d+))?", route)
    if found is None:
        if UNPLAYED.fullmatch(route):
            raise NotSimulated(f"{route} of WordPress' REST API")
        return _no_route(site)
    if asked.method not in ("GET", "HEAD"):
        if found[2] is None and asked.method == "POST":
            return _error(site, 401, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
        raise NotSimulated(f"{asked.method} {route} of WordPress' REST API")
    if found[2] is not None:
        return _one(site, asked, KINDS[found[1]], int(found[2]))
    return _several(site, asked, KINDS[found[1]])


def _index(site: Site) -> dict[str, Any]:
    return {
        "name": site.option("blogname"),
        "description": site.option("blogdescription"),
        "url": site.url,
        "home": site.home,
        "gmt_offset": site.option("gmt_offset", "0"),
        "timezone_string": site.option("timezone_string"),
        "namespaces": list(NAMESPACES),
        "authentication": [],
        "routes": {
            "/": {"namespace": "", "methods": ["GET"]},
            **{
                route: {"namespace": "wp/v2", "methods": ["GET"]}
                for kind in KINDS
                for route in (f"/wp/v2/{kind}", rf"/wp/v2/{kind}/(?P<id>[\d]+)")
            },
        },
    }


def _one(site: Site, asked: Asked, kind: str, number: int) -> Said:
    found = site.rows("SELECT * FROM {posts} WHERE ID = ? AND post_type = ?", number, kind)
    if not found:
        return _error(site, 404, "rest_post_invalid_id", "Invalid post ID.")
    if found[0]["post_status"] != "publish":
        return _error(site, 401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    return _json(site, 200, _shown(site, found[0]), asked)


def _several(site: Site, asked: Asked, kind: str) -> Said:
    query = asked.query
    if ORDERED & set(query):
        raise NotSimulated(f"{min(ORDERED & set(query))} in WordPress' REST API")
    size, page = query.get("per_page", "10"), query.get("page", "1")
    wrong = [
        name
        for name, value, most in (("per_page", size, MOST), ("page", page, 10**9))
        if not (value.isdecimal() and 1 <= int(value) <= most)
    ]
    if query.get("status", "publish") != "publish" or wrong:
        names = ", ".join(wrong or ["status"])
        return _error(site, 400, "rest_invalid_param", f"Invalid parameter(s): {names}")
    clauses, values = ["post_type = ?", "post_status = 'publish'"], cast("list[Value]", [kind])
    for word in query.get("search", "").split():
        clauses.append("(post_title LIKE ? OR post_excerpt LIKE ? OR post_content LIKE ?)")
        meant = f"%{word.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
        values += [meant] * 3
    if "slug" in query:
        slugs = [each for each in re.split(r"[,\s]+", query["slug"]) if each]
        clauses.append(f"post_name IN ({', '.join('?' for _ in slugs)})" if slugs else "1 = 1")
        values += slugs
    where = " AND ".join(clauses)
    [count] = site.rows(f"SELECT COUNT(*) AS total FROM {{posts}} WHERE {where}", *values)  # noqa: S608 -- of ours
    total = int(cast("int", count["total"]))
    found = site.rows(
        f"SELECT * FROM {{posts}} WHERE {where} ORDER BY post_date DESC, ID DESC "  # noqa: S608 -- of ours
        f"LIMIT {(int(page) - 1) * int(size)}, {int(size)}",
        *values,
    )
    pages = math.ceil(total / int(size))
    if int(page) > max(pages, 1):
        return _error(
            site,
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        )
    counts = (("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages)))
    return _json(site, 200, [_shown(site, each) for each in found], asked, counts)


def _shown(site: Site, post: Row) -> dict[str, Any]:
    text = IN_COMMENTS.sub("", str(post["post_content"]))
    return {
        "id": post["ID"],
        "date": str(post["post_date"]).replace(" ", "T"),
        "date_gmt": str(post["post_date_gmt"]).replace(" ", "T"),
        "guid": {"rendered": post["guid"]},
        "modified": str(post["post_modified"]).replace(" ", "T"),
        "modified_gmt": str(post["post_modified_gmt"]).replace(" ", "T"),
        "slug": post["post_name"],
        "status": post["post_status"],
        "type": post["post_type"],
        "link": site.link(post),
        "title": {"rendered": post["post_title"]},
        "content": {"rendered": text, "protected": bool(post["post_password"])},
        "excerpt": {"rendered": post["post_excerpt"], "protected": bool(post["post_password"])},
        "author": post["post_author"],
        "comment_status": post["comment_status"],
        "ping_status": post["ping_status"],
    }


def _no_route(site: Site) -> Said:
    said = "No route was found matching the URL and request method."
    return _error(site, 404, "rest_no_route", said)


def _error(site: Site, status: int, code: str, message: str) -> Said:
    return _json(site, status, {"code": code, "message": message, "data": {"status": status}}, None)


def _json(
    site: Site, status: int, content: Any, asked: Asked | None, headers: tuple[tuple[str, str], ...] = ()
) -> Said:
    wanted = asked.query.get("_fields", "") if asked is not None else ""
    if wanted:
        names = [each.strip() for each in wanted.split(",")]
        if isinstance(content, list):
            content = [_chosen(each, names) for each in cast("list[dict[str, Any]]", content)]
        else:
            content = _chosen(cast("dict[str, Any]", content), names)
    general = (
        ("X-Robots-Tag", "noindex"),
        ("Link", f'<{site.rest}>; rel="https://api.w.org/"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
    )
    text = json.dumps(content, separators=(",", ":")).replace("/", "\\/")  # as PHP writes it
    return Said(status, text, "application/json; charset=UTF-8", (*general, *headers))


def _chosen(content: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the fields that are asked for; `title.rendered` is one inside another."""
    found: dict[str, Any] = {}
    for name in names:
        outer, _, inner = name.partition(".")
        if outer not in content:
            continue
        if inner and isinstance(content[outer], dict):
            if inner in content[outer]:
                found.setdefault(outer, {})[inner] = content[outer][inner]
        else:
            found[outer] = content[outer]
    return found
