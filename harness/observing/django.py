"""Looks at Django: its pages, its process, and where it keeps what is written through it."""

from __future__ import annotations

import contextlib
import re
import secrets
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import KitError, TimedOut, UnexpectedAnswer
from harness.judging.django import DjangoProcess, Trial
from harness.judging.web import Answer
from harness.observing.admin import Admin
from harness.observing.database import query
from harness.observing.web import page

if TYPE_CHECKING:
    from harness.kit import Kit

FOLDER = "/home/ubuntu/tasks"
SERVERS = "[m]anage.py|[g]unicorn|[u]wsgi|[u]vicorn"
"""Programs that serve Django, as a pattern for pgrep that does not match the command line that asks with it."""


def pages(kit: Kit, host: str) -> tuple[Answer, Answer]:
    """Return the application's page and the admin's login page, as `host` answers them directly."""
    django = kit.description.django
    paths = (django.path, "/admin/login/")
    answers = kit.for_each(paths, lambda path: page(kit, host, django.port, path))
    return answers[paths[0]], answers[paths[1]]


def process(kit: Kit, host: str) -> DjangoProcess:
    """Return what is seen of Django on its host, to find out why it does not answer."""
    clone = kit.run(host, f"test -d {FOLDER}").exit_status == 0
    running = kit.run(host, f"pgrep -f '{SERVERS}'").exit_status == 0
    sockets = kit.run(host, "sudo -n ss -Hltnp").text
    ports = {int(m[1]) for m in re.finditer(r"^\S+\s+\S+\s+\S+\s+\S+:(\d{1,5})\s.*python", sockets, re.MULTILINE)}
    settings = kit.run(host, f"cat {FOLDER}/portfolio/settings.py").text
    named = re.search(r"""^[^#\n]*['"]HOST['"]\s*:\s*['"]([\w.:-]{1,253})['"]""", settings, re.MULTILINE)
    if named is None:
        return DjangoProcess(host, running, tuple(sorted(ports)), clone=clone)
    database = named[1]
    resolves = kit.run(host, f"getent hosts {shlex.quote(database)}").exit_status == 0
    knock = f"timeout 3 bash -c {shlex.quote(f'</dev/tcp/{database}/5432')}"
    answers = resolves and kit.run(host, f"{knock} 2>/dev/null").exit_status == 0
    return DjangoProcess(host, running, tuple(sorted(ports)), database, resolves, answers, clone)


def trial(kit: Kit, writer: str, readers: Sequence[str] = ()) -> Trial:
    """Write a task with a random token through one Django server, look for it everywhere, and remove it again.

    What is written is removed however the look ends: the task, the admin's log of it, the sessions, and the date of
    the last login. Raises KitError when that cannot be done.
    """
    token = f"kitcheck-{secrets.token_hex(12)}"
    admins = {host: Admin(kit, host) for host in (writer, *readers)}
    before = _last_login(kit)
    entered: list[str] = []
    number: int | None = None
    found = False
    try:
        try:
            statuses = kit.for_each(admins, lambda host: admins[host].log_in())
        except TimedOut:
            # Django's page about the error asks for the database again and again: each time seconds pass.
            if trouble := next(filter(None, (_astray(kit, host) for host in admins)), None):
                return trouble
            raise
        entered = [host for host, status in statuses.items() if status == 302]
        if statuses[writer] != 302:
            detail = f"POST /admin/login/ answers {statuses[writer]}"
            return _astray(kit, writer, detail) or Trial(writer, statuses[writer], detail=detail)
        number, said = admins[writer].write(token)
        if number is None:
            return Trial(writer, 302, detail=said)
        wanted = number
        read = kit.for_each([r for r in readers if r in entered], lambda host: admins[host].shows(wanted, token))
        found = _stored(kit, token)
        return Trial(
            writer, 302, written=True, in_postgres=found, readers={r: read.get(r, False) for r in readers}, token=token
        )
    finally:
        try:
            if number is not None:
                admins[writer].delete(number, token)
        finally:
            kit.for_each(entered, lambda host: _log_out(admins[host]))
            if entered:
                query(kit, _cleaning(kit, number if found else None, token, before))


def _astray(kit: Kit, host: str, detail: str = "the login is not answered in time") -> Trial | None:
    """Return what to say of a Django server whose database is where nobody answers, and was elsewhere all the time."""
    seen, where = process(kit, host), kit.addresses(kit.role("database"))
    named = seen.database_host
    if seen.database_answers or named in where or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", named):
        return None
    return Trial(host, 500, detail=detail, astray=named, database_addresses=where)


def require_no_leftovers(kit: Kit, trial: Trial) -> None:
    """Raise KitError when PostgreSQL still has what `trial` wrote."""
    if _stored(kit, trial.token):
        raise UnexpectedAnswer(
            f"the task '{trial.token}' that grading wrote through {trial.writer} could not be removed",
            help=f"Delete it in the admin of {trial.writer}, and report this fault of Kitcheck.",
        )


def _stored(kit: Kit, token: str) -> bool:
    return query(kit, f"select 1 from tasks_task where title = '{token}'") == ["1"]  # noqa: S608 -- a token of ours


def _log_out(admin: Admin) -> None:
    with contextlib.suppress(KitError):
        admin.log_out()


def _cleaning(kit: Kit, number: int | None, token: str, before: str) -> str:
    """Return the statements that remove what the admin wrote beside the task (PostgreSQL uses no id twice)."""
    user = kit.description.django.admin.user.replace("'", "''")
    last = f"'{before}'" if re.fullmatch(r"[0-9 :.+-]{1,40}", before) else "null"
    log = f"""
        delete from django_admin_log where object_id = '{number}' and content_type_id =
            (select id from django_content_type where app_label = 'tasks' and model = 'task');
    """  # noqa: S608 -- a number of ours
    return f"""
        begin;
        {log if number is not None else ""}
        delete from tasks_task where title = '{token}';
        update auth_user set last_login = {last} where username = '{user}';
        commit;
    """  # noqa: S608 -- a token of ours, a date that was matched, a quoted name


def _last_login(kit: Kit) -> str:
    user = kit.description.django.admin.user.replace("'", "''")
    try:
        return "".join(query(kit, f"select last_login from auth_user where username = '{user}'")[:1])  # noqa: S608
    except KitError:
        return ""
