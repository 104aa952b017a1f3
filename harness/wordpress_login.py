"""Opens WordPress' dashboard as a browser does: the login form, the cookies, the dashboard, the logout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from harness.errors import AccessRefused, KitError, UnexpectedAnswer
from harness.tunnel import plain
from harness.wordpress import Page, WordPress

LOGIN, DASHBOARD = "/wp-login.php", "/wp-admin/"
LOGGED_IN = "wordpress_logged_in_"
"""How the cookie's name begins that WordPress gives to whoever logged in."""
FORM_LIMIT = 65_536
"""Characters of a page in which the login form is looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How a login ended, and what the dashboard answered."""

    user: str
    page: Page | None
    """The dashboard; None when WordPress was not logged in to."""
    login: int
    """The status that answered the login."""
    sent_away: str = ""
    """The address in the kit to which the form or the dashboard led, and where nobody answers."""


def open_dashboard(site: WordPress, user: str, password: str) -> Opened:
    """Log in as a browser does, open the dashboard, and log out again. Evidence shows none of it.

    Raises AccessRefused when WordPress refuses name or password: then nothing is known about the kit.
    """
    form = site.visit(LOGIN, record=False)
    if not 200 <= form.status < 300 or 'name="pwd"' not in form.body:
        if form.status >= 500:
            return Opened(user, None, form.status)
        raise UnexpectedAnswer(
            f"WordPress has no login form at {LOGIN}: it answers {form.status}",
            help="was the login moved by a plugin, or does it ask for more than a password? Open it in a browser",
        )
    inputs = _inputs(form.body)
    sent = {**inputs.found, "log": user, "pwd": password, "wp-submit": "Log In", "testcookie": "1"}
    sent["redirect_to"] = f"http://{site.netloc}{DASHBOARD}"
    answer = site.post(form, inputs.action, sent)
    if not any(name.startswith(LOGGED_IN) for name in answer.cookies):
        if answer.status >= 500 and answer.status != 503:
            return Opened(user, None, answer.status)
        if answer.status == 200 and 'name="pwd"' in answer.body:
            raise AccessRefused(
                f"WordPress refused the login of '{plain(user, 60)}': our credentials were refused",
                help="give name and password of WordPress' administrator as juju.wordpress_user and "
                "juju.wordpress_password in kit.yaml",
            )
        raise UnexpectedAnswer(
            f"WordPress answers {answer.status} to a login, and neither lets in nor refuses",
            help="does a plugin ask for more than a password, or limit attempts? Log in with a browser",
        )
    page: Page | None = None
    try:
        page = site.visit(DASHBOARD, cookies=answer.cookies, record=False)
    finally:
        _log_out(site, page, answer.cookies)
    return Opened(user, page, answer.status)


def _log_out(site: WordPress, page: Page | None, cookies: Mapping[str, str]) -> None:
    """End the session in WordPress too, by the link that its bar has."""
    found = re.search(
        r"""["'][^"'<>]{0,300}(/wp-login\.php\?action=logout[^"'<>]{0,200})["']""", page.body if page else ""
    )
    if found is not None:
        with suppress(KitError):
            site.visit(unescape(found[1]), cookies=cookies, record=False)


class _Inputs(HTMLParser):
    """Collects the hidden inputs of the form that has the password's, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.action = ""
        self._form: dict[str, str] = {}
        self._leads_to = ""
        self._asks_password = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a browser would send without showing it."""
        values = dict(attrs)
        name = values.get("name") or ""
        if tag == "form":
            self._form, self._asks_password, self._leads_to = {}, False, values.get("action") or ""
        elif tag == "input" and name == "pwd":
            self._asks_password = True
        elif tag == "input" and values.get("type") == "hidden" and name:
            self._form[name] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Take a form's inputs when it is the login's."""
        if tag == "form" and self._asks_password:
            self.found, self.action = self._form, self._leads_to


def _inputs(page: str) -> _Inputs:
    inputs = _Inputs()
    with suppress(AssertionError):  # Python 3.11's parser says so of a declaration that it does not know: `<![x`
        inputs.feed(page[:FORM_LIMIT])
    return inputs
