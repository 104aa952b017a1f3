"""The installation page: a form, and what it makes of an empty database."""

from __future__ import annotations

import re
import secrets
import string
from html import escape
from typing import TYPE_CHECKING

from simulators.wordpress import pages
from simulators.wordpress.asked import Said
from simulators.wordpress.passwords import hashed
from simulators.wordpress.tables import statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.wordpress.asked import Asked
    from simulators.wordpress.site import Site

TITLE = "WordPress &rsaquo; Installation"
_USER = re.compile(r"[A-Za-z0-9 _.@-]{1,60}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PRETTY = ("/%year%/%monthnum%/%day%/%postname%/", "/index.php/%year%/%monthnum%/%day%/%postname%/")
"""Permalinks that are tried, in order."""
ADMINISTRATOR = 'a:1:{s:13:"administrator";b:1;}'


async def answer(site: Site, asked: Asked) -> Said:
    """Answer `/wp-admin/install.php`."""
    if site.installed:
        body = (
            "<main><h1>Already Installed</h1><p>WordPress is installed in this database. "
            "To install it anew, empty its tables first.</p>"
            f'<p><a href="{escape(site.url)}/wp-login.php">Log In</a></p></main>'
        )
        return Said(200, pages.document(TITLE, body, attributes=' class="wp-core-ui"'))
    step = asked.query.get("step", "0")
    if step != "2":
        return _form(asked.form)
    wrong = _wrong(asked.form)
    if wrong:
        return _form(asked.form, wrong)
    return await _install(site, asked.form)


def _form(given: Mapping[str, str], wrong: str = "") -> Said:
    said = f'<p class="error">{escape(wrong)}</p>' if wrong else ""
    body = (
        f'<main><h1>Welcome</h1>{said}<p>A few things, and the site is ready.</p><form id="setup" method="post" '
        'action="install.php?step=2" novalidate>'
        + pages.field("Site Title", "weblog_title", given.get("weblog_title", ""))
        + pages.field("Username", "user_name", given.get("user_name", ""), id="user_login")
        + pages.field("Password", "admin_password", kind="password", id="pass1")
        + pages.field("Repeat Password", "admin_password2", kind="password", id="pass2")
        + '<p><label><input type="checkbox" name="pw_weak"> Confirm use of weak password</label></p>'
        + pages.field("Your Email", "admin_email", given.get("admin_email", ""), kind="email")
        + '<p><label><input type="checkbox" name="blog_public" value="0"> Discourage search engines</label></p>'
        '<p><input type="submit" name="Submit" id="submit" class="button-primary" value="Install WordPress">'
        '<input type="hidden" name="language" value=""></p></form></main>'
    )
    return Said(200, pages.document(TITLE, body, attributes=' class="wp-core-ui"'))


def _wrong(given: Mapping[str, str]) -> str:
    if not given.get("user_name"):
        return "Please provide a valid username."
    if not _USER.fullmatch(given["user_name"]):
        return "The username you provided has invalid characters."
    if given.get("admin_password", "") != given.get("admin_password2", ""):
        return "Your passwords do not match. Please try again."
    if not given.get("admin_email"):
        return "You must provide an email address."
    if not _EMAIL.fullmatch(given["admin_email"]):
        return "Sorry, that is not a valid email address."
    return ""


async def _install(site: Site, given: Mapping[str, str]) -> Said:
    letters = string.ascii_letters + string.digits
    made = "" if given.get("admin_password") else "".join(secrets.choice(letters) for _ in range(12))
    for statement in statements(site.configuration.prefix):
        site.session.query(statement)
    user = _make_user(site, given, given.get("admin_password") or made)
    _set_options(site, given)
    _write_content(site, user)
    await _try_permalinks(site)
    shown = f"<code>{escape(made)}</code>" if made else "<em>Your chosen password.</em>"
    body = (
        "<main><h1>Success!</h1><p>WordPress is installed.</p><table><tr><th>Username</th>"
        f"<td>{escape(given['user_name'])}</td></tr><tr><th>Password</th><td>{shown}</td></tr></table>"
        f'<p><a href="{escape(site.url)}/wp-login.php">Log In</a></p></main>'
    )
    return Said(200, pages.document(TITLE, body, attributes=' class="wp-core-ui"'))


def _make_user(site: Site, given: Mapping[str, str], password: str) -> int:
    name = given["user_name"]
    user = site.insert(
        "users",
        user_login=name,
        user_pass=hashed(password),
        user_nicename=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50],
        user_email=given["admin_email"],
        user_url=_guessed(site),
        user_registered=site.time(),
        display_name=name,
    )
    prefix = site.configuration.prefix
    meta = {"nickname": name, f"{prefix}capabilities": ADMINISTRATOR, f"{prefix}user_level": "10"}
    for key, value in meta.items():
        site.insert("usermeta", user_id=user, meta_key=key, meta_value=value)
    return user


def _guessed(site: Site) -> str:
    return site.configuration.constants.get("WP_SITEURL") or f"http://{site.host}"


def _set_options(site: Site, given: Mapping[str, str]) -> None:
    options = {
        "siteurl": _guessed(site),
        "home": _guessed(site),
        "blogname": given.get("weblog_title", ""),
        "blogdescription": "",
        "users_can_register": "0",
        "admin_email": given["admin_email"],
        "posts_per_page": "10",
        "date_format": "F j, Y",
        "time_format": "g:i a",
        "permalink_structure": "",
        "blog_charset": "UTF-8",
        "active_plugins": "a:0:{}",
        "template": "twentytwentythree",
        "stylesheet": "twentytwentythree",
        "db_version": "53496",
        "initial_db_version": "53496",
        "blog_public": "0" if given.get("blog_public") == "0" else "1",
        "default_category": "1",
        "show_on_front": "posts",
        "page_on_front": "0",
        "timezone_string": "",
        "gmt_offset": "0",
    }
    for name, value in options.items():
        site.insert("options", option_name=name, option_value=value)


def _write_content(site: Site, user: int) -> None:
    """Write what a new site begins with: a post with a comment, a page, and a draft of another."""
    now = site.time()
    site.insert("terms", name="Uncategorized", slug="uncategorized")
    site.insert("term_taxonomy", term_id=1, taxonomy="category", description="", count=1)
    contents = (
        ("Hello world!", "hello-world", "A first post, made when WordPress was installed.", "publish", "post"),
        ("Sample Page", "sample-page", "A page, made when WordPress was installed.", "publish", "page"),
        ("Privacy Policy", "privacy-policy", "A draft, made when WordPress was installed.", "draft", "page"),
    )
    for number, (title, name, text, status, kind) in enumerate(contents, 1):
        site.insert(
            "posts",
            post_author=user,
            post_date=now,
            post_date_gmt=now,
            post_content=f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->",
            post_title=title,
            post_excerpt="",
            post_status=status,
            comment_status="open" if kind == "post" else "closed",
            ping_status="open",
            post_name=name,
            to_ping="",
            pinged="",
            post_modified=now,
            post_modified_gmt=now,
            post_content_filtered="",
            guid=f"{_guessed(site)}/?{'p' if kind == 'post' else 'page_id'}={number}",
            post_type=kind,
            comment_count=1 if kind == "post" else 0,
        )
    site.insert("term_relationships", object_id=1, term_taxonomy_id=1)
    site.insert(
        "comments",
        comment_post_ID=1,
        comment_author="A WordPress Commenter",
        comment_date=now,
        comment_date_gmt=now,
        comment_content="A first comment, made when WordPress was installed.",
    )


async def _try_permalinks(site: Site) -> None:
    """Turn on addresses without a question mark where the web server can do them: WordPress asks itself for a post."""
    [post] = site.rows("SELECT ID, post_name, post_type, post_status, post_date FROM {posts} WHERE ID = 1")
    for structure in PRETTY:
        site.set_option("permalink_structure", structure)
        _, headers = await site.around.fetch(site.link(post))
        if headers.get("x-pingback") == f"{site.url}/xmlrpc.php":
            return
    site.set_option("permalink_structure", "")
