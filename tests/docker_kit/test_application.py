"""The application's files as a group edits them: one thing changes, whatever the text is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import simulators
from harness.errors import KitError, UsageError
from simulators.mistakes import CATALOGUE
from simulators.plan import Plan
from simulators.tasks import editing as application

APP = Path(simulators.__file__).parent / "tasks" / "app"
VIEWS, URLS = (APP / "tasks" / name for name in ("views.py", "urls.py"))
SETTINGS = APP / "portfolio" / "settings.py"


def said(views: str) -> str:
    """Return the text that `index` of a views.py answers."""
    calls = [node for node in ast.walk(ast.parse(views)) if isinstance(node, ast.Call)]
    assert len(calls) == 1
    return ast.literal_eval(calls[0].args[0])


MESSAGES = {server.message for entry in CATALOGUE for server in entry.change(Plan()).servers.values()}


@pytest.mark.parametrize(
    "message",
    [*sorted(MESSAGES, key=len), "", "a\\nb\r\n\tc\x0b\x0c\x00\x7f\u2028\u0085", '"""', "{0} %s \\", "\N{WHALE}\ufeff"],
    ids=lambda message: repr(message[:20]),
)
def test_any_message_can_be_said(message: str) -> None:
    """Python reads it from the file as it is in the plan; saying another thing afterwards works as well."""
    changed = application.with_message(VIEWS.read_text(encoding="utf-8"), message)
    again = application.with_message(changed, "another")

    assert said(changed.encode().decode()) == message
    assert said(again) == "another"


def test_path_takes_the_place_of_the_one_before() -> None:
    """The group's path is added, changed and taken away again; the lab's own stays."""
    plain = URLS.read_text(encoding="utf-8")
    group = application.with_path(plain, "/tasks/grupo/")
    other = application.with_path(group, "/tasks/equipe-7/b/")

    assert group == plain.replace("]\n", '    path("grupo/", views.index, name="group"),\n]\n')
    assert other == group.replace("grupo/", "equipe-7/b/")
    assert application.with_path(other, "/tasks/") == plain


@pytest.mark.parametrize("path", ["/", "/grupo/", "/tasks/grupo", "/tasks/../x/", "/tasks/a b/", "/tasks/';ls/"])
def test_a_path_that_cannot_be_built_is_refused(path: str) -> None:
    """The application's own urls.py only reaches below /tasks/, and a path goes into a file and a command."""
    with pytest.raises(UsageError, match="cannot be built: expected one below /tasks/"):
        application.require_path(path)


def test_port_is_changed_where_it_is_served() -> None:
    """And not in the comment that names the lab's."""
    run = (APP / "run.sh").read_text(encoding="utf-8")

    assert application.with_port(run, 8000).splitlines()[1:] == [
        "# Serves the application on port 8080 of every address.",
        "exec python3 manage.py runserver 0:8000",
    ]


def test_database_is_named() -> None:
    """By name or address; nothing else changes."""
    settings = SETTINGS.read_text(encoding="utf-8")

    assert application.with_database(settings, "172.16.0.9") == settings.replace('"server1"', '"172.16.0.9"')


def test_sqlite_takes_the_place_of_postgresql() -> None:
    """The settings are still Python, and know no PostgreSQL any more."""
    changed = application.with_sqlite(SETTINGS.read_text(encoding="utf-8"))

    assert "postgresql" not in changed
    assert '"HOST"' not in changed
    assert ast.parse(changed)
    assert changed.count("DATABASES = {") == 1


def test_a_file_that_is_not_the_labs_is_not_edited() -> None:
    """The error names the file."""
    with pytest.raises(KitError, match=r"tasks/views\.py has 0 places like"):
        application.with_message("def index(request): ...\n", "hello")
