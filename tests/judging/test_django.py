"""Judging the Django servers."""

from __future__ import annotations

import pytest

from harness.judging.boot import Installation, StartEntries, judge_installed_by_ansible, judge_start_entry
from harness.judging.django import (
    DjangoProcess,
    Trial,
    judge_after_reboot,
    judge_answers,
    judge_shared,
    judge_uses_database,
)
from harness.judging.web import Answer

PAGE = Answer(200, "Hello", "WSGIServer/0.2 CPython/3.11.2")
LOGIN = Answer(200, '<input type="hidden" name="csrfmiddlewaretoken" value="x">', PAGE.server)
CLOSED = Answer(None, refused="connection refused")
REBOOT = "@reboot cd /home/ubuntu/tasks && ./run.sh"


def test_application_answers() -> None:
    """The page and the admin's login page are what is asked for, whatever server sends them."""
    assert judge_answers("server2", 8080, "/tasks/", PAGE, LOGIN).holds


@pytest.mark.parametrize(
    ("page", "login", "process", "words"),
    [
        (Answer(404), LOGIN, None, "no such path"),
        (Answer(500), LOGIN, None, "answers 500"),
        (PAGE, Answer(404), None, "not the lab's Django application"),
        (CLOSED, CLOSED, None, "Nothing listens on port 8080"),
        (CLOSED, CLOSED, DjangoProcess("server2", False, ()), "is not running"),
        (CLOSED, CLOSED, DjangoProcess("server2", False, (), clone=False), "not installed"),
        (CLOSED, CLOSED, DjangoProcess("server2", True, (8000,)), "listens on port 8000, not on 8080"),
        (CLOSED, CLOSED, DjangoProcess("server2", True, ()), "listens on no port"),
        (CLOSED, CLOSED, DjangoProcess("server2", True, (), "server1", False, False), "'server1' does not resolve"),
        (CLOSED, CLOSED, DjangoProcess("server2", True, (), "server1", True, False), "started without its database"),
    ],
)
def test_cause_is_named(page: Answer, login: Answer, process: DjangoProcess | None, words: str) -> None:
    """Each way of not answering has its own sentence."""
    found = judge_answers("server2", 8080, "/tasks/", page, login, process)

    assert not found.holds
    assert words in found.rationale
    assert found.help


STORED = Trial("server3", 302, written=True, in_postgres=True, readers={"server2": True})


def test_shared_database() -> None:
    """Written through one, read through the other, found in PostgreSQL."""
    assert judge_shared(STORED, "server1").holds
    assert judge_uses_database(STORED, "server1").holds


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (Trial("server3", 500), "cannot use its database: the login answers 500"),
        (
            Trial("server3", 500, astray="172.16.0.10", database_addresses=("172.16.0.14",)),
            "its settings.py names 172.16.0.10, where nobody answers, and the database host is at 172.16.0.14 now",
        ),
        (Trial("server3", 302), "could not be stored"),
        (Trial("server3", 302, written=True, readers={"server2": False}), "server3 keeps its data elsewhere"),
        (
            Trial("server3", 302, written=True, in_postgres=True, readers={"server2": False}),
            "server2 does not see what server3 wrote",
        ),
        (Trial("server3", 302, written=True, in_postgres=True), "Only one Django server"),
    ],
)
def test_database_that_is_not_shared(trial: Trial, words: str) -> None:
    """Each way of not sharing has its own sentence."""
    found = judge_shared(trial, "server1")

    assert not found.holds
    assert words in found.rationale


def test_database_of_its_own_fails_the_first_server_too() -> None:
    """A local database passes every look at the page; only the token tells."""
    found = judge_uses_database(Trial("server2", 302, written=True), "server1")

    assert "not in PostgreSQL on server1" in found.rationale


@pytest.mark.parametrize(
    "entries",
    [
        StartEntries("server2", (REBOOT,), (), cron_enabled=True),
        StartEntries("server2", (), ("tasks.service: ExecStart=/home/ubuntu/tasks/run.sh",), cron_enabled=False),
    ],
)
def test_start_entry(entries: StartEntries) -> None:
    """Cron's entry or a service of one's own: both are right."""
    assert judge_start_entry(entries).holds


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (StartEntries("server2", (), (), cron_enabled=True), "started by hand"),
        (StartEntries("server2", ("@reboot echo hello",), (), cron_enabled=True), "started by hand"),
        (StartEntries("server2", ("# " + REBOOT,), (), cron_enabled=True), "commented out"),
        (StartEntries("server2", (REBOOT,), (), cron_enabled=False), "cron itself does not start"),
        (StartEntries("server2", ("0 4 * * * /home/ubuntu/tasks/run.sh",), (), cron_enabled=True), "started by hand"),
    ],
)
def test_no_start_entry(entries: StartEntries, words: str) -> None:
    """What does not start Django at boot is told apart."""
    found = judge_start_entry(entries)

    assert not found.holds
    assert words in found.rationale


def test_installed_by_ansible() -> None:
    """One sign of Ansible and the clone are enough; either alone is not."""
    assert judge_installed_by_ansible(Installation("server3", True, ("crontab: #Ansible: start",))).holds
    assert "Ansible never worked" in judge_installed_by_ansible(Installation("server3", True, ())).rationale
    assert "not the clone" in judge_installed_by_ansible(Installation("server3", False, ("x",))).rationale


def test_after_reboot() -> None:
    """Only a 200 shows that Django came back."""
    assert judge_after_reboot("server2", PAGE).holds
    assert "does not answer" in judge_after_reboot("server2", CLOSED).rationale
