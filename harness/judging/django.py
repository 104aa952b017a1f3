"""Does Django answer, and does it keep its data in the kit's one PostgreSQL?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.finding import Finding, fails, holds, sentence_list
from harness.judging.web import Answer


@dataclass(frozen=True, slots=True)
class DjangoProcess:
    """What is seen of Django on its host: asked only when it does not answer, to name the cause."""

    host: str
    running: bool
    """Whether a process runs manage.py (or another usual server of Django)."""
    ports: tuple[int, ...]
    """Ports on which Python programs listen."""
    database_host: str = ""
    """`HOST` of the database in settings.py, when it could be read."""
    database_resolves: bool = True
    database_answers: bool = True
    """Whether port 5432 of that host can be reached from here."""
    clone: bool = True
    """Whether the application's folder exists at all."""


def judge_answers(
    host: str, port: int, path: str, page: Answer, login: Answer, process: DjangoProcess | None = None
) -> Finding:
    """Judge whether the application answers on `host`: its page and Django's admin login."""
    expected = f"http://{host}:{port}{path} answers 200, and /admin/ shows Django's login page"
    observed = f"{path}: {page.describe()}; /admin/: {login.describe()}"
    if page.status is None:
        rationale, advice = _why_nothing_listens(host, port, process)
        return fails(rationale, help=advice, expected=expected, observed=observed)
    if page.status == 404:
        return fails(
            f"{host} answers 404 at {path}: the application has no such path.",
            help="Compare tasks/urls.py with django.path in kit.yaml; paths of tasks/urls.py are under /tasks/.",
            expected=expected,
            observed=observed,
        )
    if page.status != 200:
        return fails(
            f"{host} answers {page.status} at {path}, not 200.",
            help="Open the page in a browser: Django's debug page names the line of code.",
            expected=expected,
            observed=observed,
        )
    if login.status != 200 or "csrfmiddlewaretoken" not in login.body:
        return fails(
            f"What answers on port {port} of {host} is not the lab's Django application: it has no admin login page.",
            help="Check that roles.django and django.port in kit.yaml name the Django servers.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def _why_nothing_listens(host: str, port: int, process: DjangoProcess | None) -> tuple[str, str]:
    start = "Start it with `sudo reboot` (cron starts it) or ./run.sh in /home/ubuntu/tasks, and see what it prints."
    if process is None:
        return f"Nothing listens on port {port} of {host}.", start
    if process.running and process.database_host and not process.database_resolves:
        return (
            f"Django on {host} cannot find its database: the name '{process.database_host}' does not resolve there.",
            f"Add '{process.database_host}' to /etc/hosts on {host}, then reboot: Django does not try again by itself.",
        )
    if process.running and not process.database_answers:
        return (
            f"Django on {host} started without its database: port 5432 of '{process.database_host}' does not answer.",
            "Make PostgreSQL reachable first, then restart Django: it does not try again by itself.",
        )
    if others := [p for p in process.ports if p != port]:
        return (
            f"Django on {host} listens on port {sentence_list([str(p) for p in others])}, not on {port}.",
            f"Start it with `python3 manage.py runserver 0:{port}`, or correct django.port in kit.yaml.",
        )
    if process.running:
        return (
            f"Django runs on {host} but listens on no port: it stopped while starting.",
            "See what ./run.sh prints; most often the database was not reachable, or refused the login.",
        )
    if not process.clone:
        return (
            f"The application is not installed on {host}: /home/ubuntu/tasks does not exist.",
            "Install it there, or correct roles.django in kit.yaml.",
        )
    return f"Nothing listens on port {port} of {host}: Django is not running.", start


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of writing a task with a random token through one Django server."""

    writer: str
    login_status: int
    """Status of the login: 302 when it worked, 500 when Django cannot use its database."""
    written: bool = False
    in_postgres: bool = False
    """Whether PostgreSQL on the database host has the token."""
    readers: Mapping[str, bool] | None = None
    """For each other server, whether it shows the token."""
    detail: str = ""
    token: str = ""
    """The random title that was written."""
    astray: str = ""
    """The address that settings.py names for the database, when it is not the database host's and nobody answers."""
    database_addresses: tuple[str, ...] = ()
    """Where the database host is, then."""


def judge_uses_database(trial: Trial, database: str) -> Finding:
    """Judge whether what the writer stores ends up in PostgreSQL on the database host."""
    expected = f"a task written through {trial.writer} is found in PostgreSQL on {database}"
    if trouble := _judge_writing(trial, expected):
        return trouble
    if not trial.in_postgres:
        return _kept_elsewhere(trial, database, expected)
    return holds(expected=expected, observed="found, and removed again")


def judge_shared(trial: Trial, database: str) -> Finding:
    """Judge whether all Django servers see what one of them writes, in the one PostgreSQL."""
    readers = trial.readers or {}
    expected = (
        f"a task written through {trial.writer} is read through {sentence_list(list(readers)) or 'another server'} "
        f"and found in PostgreSQL on {database}"
    )
    if trouble := _judge_writing(trial, expected):
        return trouble
    if not trial.in_postgres:
        return _kept_elsewhere(trial, database, expected)
    if blind := [host for host, sees in readers.items() if not sees]:
        return fails(
            f"{sentence_list(blind)} does not see what {trial.writer} wrote: they do not share one database.",
            help=f"Let DATABASES in portfolio/settings.py on {sentence_list(blind)} name PostgreSQL on {database}.",
            expected=expected,
            observed=f"in PostgreSQL on {database}: yes; " + "; ".join(f"{h}: not there" for h in blind),
        )
    if not readers:
        return fails(
            "Only one Django server is named: nothing is shared.",
            help="Name both servers in roles.django of kit.yaml.",
            expected=expected,
        )
    return holds(expected=expected, observed="read through each, found, and removed again")


def _judge_writing(trial: Trial, expected: str) -> Finding | None:
    if trial.login_status >= 500:
        if trial.astray:
            now = sentence_list(list(trial.database_addresses))
            return fails(
                f"Django on {trial.writer} cannot use its database: its settings.py names {trial.astray}, where nobody "
                f"answers, and the database host is at {now} now.",
                help="A machine that was released and deployed again has another address. Let HOST in "
                "portfolio/settings.py name the database host by its name, which moves along, and restart Django.",
                expected=expected,
                observed=trial.detail,
            )
        return fails(
            f"Django on {trial.writer} cannot use its database: the login answers {trial.login_status}.",
            help="See that PostgreSQL runs and accepts this server, then that `python3 manage.py migrate` was run.",
            expected=expected,
            observed=trial.detail,
        )
    if not trial.written:
        return fails(
            f"A task could not be stored through the admin of {trial.writer}.",
            help="Add a task at /admin/tasks/task/add/ by hand and see what Django says.",
            expected=expected,
            observed=trial.detail,
        )
    return None


def _kept_elsewhere(trial: Trial, database: str, expected: str) -> Finding:
    return fails(
        f"{trial.writer} keeps its data elsewhere: what was written through it is not in PostgreSQL on {database}, "
        "so the database is not shared.",
        help=f"Let DATABASES in portfolio/settings.py on {trial.writer} name PostgreSQL on {database}.",
        expected=expected,
        observed=f"stored through {trial.writer}; not found in PostgreSQL on {database}",
    )


def judge_after_reboot(host: str, answer: Answer) -> Finding:
    """Judge whether Django came back by itself (`answer`: the last one within the time that was waited)."""
    expected = f"200 from Django on {host} after a reboot"
    if answer.status == 200:
        return holds(expected=expected, observed=answer.describe())
    return fails(
        f"After a reboot Django on {host} does not answer.",
        help="The @reboot entry of install.sh must be in ubuntu's crontab and ./run.sh must work: try it by hand. "
        "Django also stops for good when its database cannot be reached at that moment.",
        expected=expected,
        observed=answer.describe(),
    )
