"""Uses Django's admin as a person would: logs in, stores a task, reads it, deletes it, logs out."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from harness.errors import AccessRefused, UnexpectedAnswer
from harness.observing.web import PAGE_LIMIT

if TYPE_CHECKING:
    from requests import Response

    from harness.kit import Kit

TASKS = "/admin/tasks/task/"
TIMEOUT = 15.0
"""Seconds for one page of the admin: a login hashes the password, which takes its time on purpose."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input of an HTML form."""

    name: str
    kind: str
    value: str


class _Form(HTMLParser):
    """Collects the inputs of a page's forms."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[Field] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a browser would send."""
        values = dict(attrs)
        name = values.get("name")
        if name and tag in {"input", "textarea"}:
            kind = "textarea" if tag == "textarea" else (values.get("type") or "text")
            self.fields.append(Field(name, f"{kind} {values.get('class') or ''}", values.get("value") or ""))


def form_fields(page: str) -> list[Field]:
    """Return the inputs of all forms of a page, up to the place that is no HTML."""
    form = _Form()
    with suppress(AssertionError):  # Python 3.11's parser says so of a declaration that it does not know: `<![x`
        form.feed(page)
    return form.fields


def filled(fields: list[Field], token: str) -> dict[str, str]:
    """Return what to send for a new task whose texts are `token`, as Django's admin names its inputs."""
    data: dict[str, str] = {}
    for field in fields:
        if field.name == "csrfmiddlewaretoken":
            data[field.name] = field.value
        elif field.name.startswith("_") or field.kind.startswith(("submit", "hidden", "checkbox")):
            continue
        elif "vDate" in field.kind or field.name.endswith("_0"):
            data[field.name] = "2001-01-01"
        elif "vTime" in field.kind or field.name.endswith("_1"):
            data[field.name] = "00:00:00"
        else:
            data[field.name] = token
    return data


class Admin:
    """Django's admin on one host, as the kit's administrator."""

    def __init__(self, kit: Kit, host: str) -> None:
        self.host = host
        self._kit = kit
        self._session = kit.access.http.session(timeout=TIMEOUT, limit=PAGE_LIMIT)
        self._root = f"http://{kit.address(host)}:{kit.description.django.port}"

    def log_in(self) -> int:
        """Return the status that answers the login: 302 when it worked, 500 when Django cannot reach its database.

        Raises AccessRefused when Django refuses name or password: then nothing is known about the kit.
        """
        account = self._kit.description.django.admin
        self._kit.log.hide(account.password)
        page = self._get("/admin/login/?next=/admin/")
        answer = self._post(
            "/admin/login/?next=/admin/",
            {
                **{f.name: f.value for f in form_fields(page.text) if f.name in {"csrfmiddlewaretoken", "next"}},
                "username": account.user,
                "password": account.password,
            },
        )
        if answer.status_code == 200:
            raise AccessRefused(
                f"Django on {self.host} refused the login of '{account.user}'",
                help="Give name and password of the admin's superuser as django.admin in kit.yaml "
                "(a fresh database needs `python3 manage.py createsuperuser`).",
            )
        return answer.status_code

    def write(self, token: str) -> tuple[int | None, str]:
        """Store a task whose texts are `token`; return its id, or None and what Django said."""
        page = self._get(f"{TASKS}add/")
        if page.status_code != 200:
            return None, f"{TASKS}add/ answers {page.status_code}"
        answer = self._post(f"{TASKS}add/", {**filled(form_fields(page.text), token), "_continue": "1"})
        stored = re.search(rf"{TASKS}(\d{{1,18}})/change/", answer.headers.get("Location", ""))
        if answer.status_code == 302 and stored:
            return int(stored[1]), ""
        return None, f"{TASKS}add/ answers {answer.status_code} to a new task"

    def shows(self, number: int, token: str) -> bool:
        """Return whether the admin shows the task with that id and token."""
        page = self._get(f"{TASKS}{number}/change/")
        if page.status_code >= 500:
            raise UnexpectedAnswer(f"Django on {self.host} answered {page.status_code} when asked for a task")
        return page.status_code == 200 and token in page.text

    def delete(self, number: int, token: str) -> None:
        """Delete the task with that id, if it has that token; nothing else is ever deleted."""
        if self.shows(number, token):
            self._post(f"{TASKS}{number}/delete/", {"csrfmiddlewaretoken": self._secret, "post": "yes"})

    def log_out(self) -> None:
        """End the session, on the server too."""
        self._post("/admin/logout/", {"csrfmiddlewaretoken": self._secret})
        self._session.close()

    @property
    def _secret(self) -> str:
        """What a form of this session must send along (Django: the cookie's own value is accepted)."""
        return self._session.cookies.get("csrftoken") or ""

    def _get(self, path: str) -> Response:
        return self._session.get(self._root + path, allow_redirects=False)

    def _post(self, path: str, data: dict[str, str]) -> Response:
        return self._session.post(self._root + path, data=data, allow_redirects=False)
