"""Logging in and out, and the dashboard for those who have: cookies as WordPress 6.1 signs them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from simulators.wordpress import pages
from simulators.wordpress.asked import NotSimulated, Said, redirect
from simulators.wordpress.passwords import fits

if TYPE_CHECKING:
    from simulators.mysql import Value
    from simulators.wordpress.asked import Asked
    from simulators.wordpress.site import Row, Site

WRITERS = ("administrator", "editor", "author", "contributor")
ROLES = (*WRITERS, "subscriber")
DAYS = 2 * 86_400
"""Seconds for which a login holds, and `rememberme` a week longer than that."""
TEST = "wordpress_test_cookie=WP%20Cookie%20check; path=/"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has logged in."""

    id: int
    name: str
    token: str


def login(site: Site, asked: Asked) -> Said:
    """Answer `/wp-login.php`."""
    action = asked.query.get("action") or asked.form.get("action") or "login"
    if action == "logout":
        return _logout(site, asked)
    if action != "login":
        raise NotSimulated(f"wp-login.php?action={action}")
    wanted = asked.form.get("redirect_to") or asked.query.get("redirect_to") or ""
    if asked.method != "POST":
        return _form(site, wanted, "")
    name, password = asked.form.get("log", ""), asked.form.get("pwd", "")
    wrong, user = _proved(site, name, password)
    cookies = _cookies(site, user, asked) if user is not None else ()
    if "testcookie" in asked.form and "wordpress_test_cookie" not in asked.cookies:
        wrong = "Cookies are blocked or not supported by your browser."
    if wrong or user is None:
        return _form(site, wanted, wrong, name, cookies)
    admin = f"{site.url}/wp-admin/"
    target = wanted if _is_own(site, wanted) else admin
    if target == admin and _role(site, user["ID"]) not in WRITERS:
        target = f"{admin}profile.php" if _role(site, user["ID"]) else f"{site.home}/"
    return redirect(target, headers=cookies)


def dashboard(site: Site, asked: Asked) -> Said:
    """Answer `/wp-admin/` and what is below it."""
    visitor = visitor_of(site, asked)
    if visitor is None:
        back = quote(f"http://{asked.host}{asked.uri}", safe="")
        return redirect(f"{site.url}/wp-login.php?redirect_to={back}&reauth=1")
    if not _role(site, visitor.id):
        return pages.failed("Sorry, you are not allowed to access this page.", 403)
    if asked.script != "/wp-admin/index.php":
        raise NotSimulated(f"{asked.script} of WordPress")
    from simulators.wordpress import VERSION

    name = escape(site.option("blogname"))
    leave = f"{site.url}/wp-login.php?action=logout&_wpnonce={site.nonce('log-out', visitor.id, visitor.token)}"
    [counts] = site.rows("SELECT COUNT(*) AS n FROM {posts} WHERE post_type = 'post' AND post_status = 'publish'")
    body = (
        f'<div id="wpadminbar" class="bar"><a href="{escape(site.home)}/">{name}</a>'
        f'<span>Howdy, {escape(visitor.name)}</span> <a href="{escape(leave)}">Log Out</a></div>'
        '<div id="wpwrap"><div id="wpbody-content" class="wrap">'
        f'<h1>Dashboard</h1><div id="dashboard_right_now" class="box"><h2>At a Glance</h2><p>{counts["n"]} Posts</p>'
        f"<p>WordPress {VERSION}</p></div></div></div>"
    )
    title = f"Dashboard {pages.ARROW} {name} &#8212; WordPress"
    return Said(200, pages.document(title, body, attributes=' class="wp-admin wp-core-ui index-php"'))


def visitor_of(site: Site, asked: Asked) -> Visitor | None:
    """Return who sends a valid cookie for the dashboard."""
    parts = asked.cookies.get(f"wordpress_{_mark(site)}", "").split("|")
    if len(parts) != 4:
        return None
    name, expires, token, proof = parts
    found = site.rows("SELECT * FROM {users} WHERE user_login = ?", name)
    if not found or not expires.isdecimal() or int(expires) < site.around.now():
        return None
    user = found[0]
    if not hmac.compare_digest(_proof(site, user, expires, token, "auth").encode(), proof.encode()):
        return None
    if _fingerprint(token) not in _sessions(site, user):
        return None
    return Visitor(int(str(user["ID"])), str(user["display_name"]), token)


def _role(site: Site, user: Value) -> str:
    """Return a user's role; empty: none, and then the dashboard is closed to it."""
    found = site.rows(
        "SELECT meta_value FROM {usermeta} WHERE user_id = ? AND meta_key = ?",
        user,
        f"{site.configuration.prefix}capabilities",
    )
    role = re.search(rf's:\d+:"({"|".join(ROLES)})";b:1;', str(found[0]["meta_value"])) if found else None
    return role[1] if role else ""


# Proving who one is


def _proved(site: Site, name: str, password: str) -> tuple[str, Row | None]:
    if not name:
        return "The username field is empty.", None
    if not password:
        return "The password field is empty.", None
    column = "user_email" if "@" in name else "user_login"
    found = site.rows(f"SELECT * FROM {{users}} WHERE {column} = ?", name)  # noqa: S608 -- of ours
    if not found:
        said = f"The username {name} is not registered on this site."
        return said, None
    if not fits(password, str(found[0]["user_pass"])):
        return f"The password you entered for the username {name} is incorrect.", None
    return "", found[0]


def _cookies(site: Site, user: Row, asked: Asked) -> Headers:
    token = secrets.token_urlsafe(32).replace("-", "x").replace("_", "y")[:43]
    lasting = DAYS * 7 if asked.form.get("rememberme") else DAYS
    expires = str(int(site.around.now()) + lasting)
    _remember(site, user, token, expires)
    mark = _mark(site)
    values = {
        scheme: quote("|".join((str(user["user_login"]), expires, token, _proof(site, user, expires, token, scheme))))
        for scheme in ("auth", "logged_in")
    }
    return (
        ("Set-Cookie", f"wordpress_{mark}={values['auth']}; path=/wp-content/plugins; HttpOnly"),
        ("Set-Cookie", f"wordpress_{mark}={values['auth']}; path=/wp-admin; HttpOnly"),
        ("Set-Cookie", f"wordpress_logged_in_{mark}={values['logged_in']}; path=/; HttpOnly"),
    )


def _proof(site: Site, user: Row, expires: str, token: str, scheme: str) -> str:
    """Return the signature of a cookie, which part of the password's hash goes into: a new password ends logins."""
    name, part = str(user["user_login"]), str(user["user_pass"])[8:12]
    key = site.signed(scheme, f"{name}|{part}|{expires}|{token}")
    return hmac.new(key.encode(), f"{name}|{expires}|{token}".encode(), hashlib.sha256).hexdigest()


def _mark(site: Site) -> str:
    return hashlib.md5(site.url.encode(), usedforsecurity=False).hexdigest()


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _sessions(site: Site, user: Row) -> dict[str, str]:
    """Return when each session of a user ends, by the fingerprint of its token."""
    found = site.rows("SELECT meta_value FROM {usermeta} WHERE user_id = ? AND meta_key = 'session_tokens'", user["ID"])
    text = str(found[0]["meta_value"]) if found else ""
    return dict(re.findall(r's:64:"([0-9a-f]{64})";a:1:\{s:10:"expiration";i:(\d+);\}', text))


def _remember(site: Site, user: Row, token: str, expires: str) -> None:
    _keep(site, user, {**_sessions(site, user), _fingerprint(token): expires})


def _keep(site: Site, user: Row, sessions: dict[str, str]) -> None:
    """Write a user's sessions as PHP serialises them."""
    inside = "".join(f's:64:"{name}";a:1:{{s:10:"expiration";i:{end};}}' for name, end in sessions.items())
    site.change("DELETE FROM {usermeta} WHERE user_id = ? AND meta_key = 'session_tokens'", user["ID"])
    if sessions:
        value = f"a:{len(sessions)}:{{{inside}}}"
        site.insert("usermeta", user_id=user["ID"], meta_key="session_tokens", meta_value=value)


def _logout(site: Site, asked: Asked) -> Said:
    visitor = visitor_of(site, asked)
    number, token = (visitor.id, visitor.token) if visitor else (0, "")
    nonces = [site.nonce("log-out", number, token, before=before) for before in (0, 1)]
    if asked.query.get("_wpnonce", "") not in nonces:
        return pages.failed("Do you really want to log out?", 403)
    if visitor is not None:
        [user] = site.rows("SELECT * FROM {users} WHERE ID = ?", visitor.id)
        kept = {name: end for name, end in _sessions(site, user).items() if name != _fingerprint(visitor.token)}
        _keep(site, user, kept)
    mark = _mark(site)
    gone = "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"
    cookies = tuple(
        ("Set-Cookie", f"{name}_{mark}=%20; {gone}; path={path}")
        for name, path in (
            ("wordpress", "/wp-admin"),
            ("wordpress", "/wp-content/plugins"),
            ("wordpress_logged_in", "/"),
        )
    )
    return redirect(f"{site.url}/wp-login.php?loggedout=true&wp_lang=en_US", headers=cookies)


def _is_own(site: Site, target: str) -> bool:
    """Return whether a browser may be sent there: WordPress compares hosts, not ports."""
    if target.startswith("/"):
        return not target.startswith("//")
    try:
        parts = urlsplit(target)
        return parts.scheme in ("http", "https") and parts.hostname == urlsplit(site.home).hostname
    except ValueError:
        return False


def _form(site: Site, target: str, wrong: str, name: str = "", cookies: Headers = ()) -> Said:
    said = f'<div id="login_error" class="error"><strong>Error:</strong> {escape(wrong)}</div>' if wrong else ""
    body = (
        f'<div id="login"><h1><a href="https://wordpress.org/">Powered by WordPress</a></h1>{said}'
        f'<form name="loginform" id="loginform" class="box" action="{escape(site.url)}/wp-login.php" method="post">'
        + pages.field("Username or Email Address", "log", name, id="user_login")
        + pages.field("Password", "pwd", kind="password", id="user_pass")
        + '<p><label><input name="rememberme" type="checkbox" id="rememberme" value="forever"> Remember Me</label></p>'
        '<p><input type="submit" name="wp-submit" id="wp-submit" class="button-primary" value="Log In">'
        f'<input type="hidden" name="redirect_to" value="{escape(target or f"{site.url}/wp-admin/")}">'
        '<input type="hidden" name="testcookie" value="1"></p></form></div>'
    )
    title = f"Log In {pages.ARROW} {escape(site.option('blogname'))} &#8212; WordPress"
    whole = pages.document(title, body, attributes=' class="login wp-core-ui"')
    return Said(200, whole, headers=(("Set-Cookie", TEST), *cookies))
