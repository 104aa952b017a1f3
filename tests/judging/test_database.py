"""Judging PostgreSQL."""

from __future__ import annotations

import pytest

from harness.judging.database import Listening, Login, judge_accepts_network, judge_database_and_role

NETWORK = "172.16.0.0/20"
EVERYWHERE = Listening("server1", True, ("0.0.0.0", "[::]"), wrapper_active=True)
ACCEPTED = Login("main", accepted=True)


def test_accepts_network() -> None:
    """Listening for all, and a login from another machine: that is what is asked for."""
    assert judge_accepts_network(EVERYWHERE, ACCEPTED, NETWORK).holds


def test_asking_for_a_password_is_accepting() -> None:
    """A kit that is stricter than the handout (`scram-sha-256` instead of `trust`) is right too."""
    asked = Login(
        "main", accepted=False, asks_password=True, sqlstate="28P01", message="password authentication failed"
    )

    assert judge_accepts_network(EVERYWHERE, asked, NETWORK).holds


def test_cluster_down_although_the_wrapper_unit_is_active() -> None:
    """The unit `postgresql` says active (exited) whatever its clusters do."""
    down = Listening("server1", True, (), wrapper_active=True, clusters=("15 main 5432 down postgres",))

    found = judge_accepts_network(down, None, NETWORK)

    assert not found.holds
    assert "cluster is down" in found.rationale
    assert "'postgresql' says active all the same" in found.rationale
    assert found.observed == "15 main 5432 down postgres"


@pytest.mark.parametrize(
    ("listening", "login", "words"),
    [
        (Listening("server1", False, (), wrapper_active=False), None, "not installed"),
        (Listening("server1", True, (), wrapper_active=False), None, "cluster is down."),
        (Listening("server1", True, ("127.0.0.1", "[::1]"), wrapper_active=True), None, "only for server1 itself"),
        (EVERYWHERE, None, "cannot be used from another machine"),
        (EVERYWHERE, Login("main", False, sqlstate="28000", routine="ClientAuthentication"), "pg_hba.conf"),
        (EVERYWHERE, Login("main", False, sqlstate="28000", routine="InitializeSessionUserId"), "no role 'cloud'"),
        (EVERYWHERE, Login("main", False, sqlstate="3D000", message='database "tasks" ...'), "no database 'tasks'"),
        (EVERYWHERE, Login("main", False, sqlstate="57P03", message="starting up"), "cannot be used"),
    ],
)
def test_cause_is_named(listening: Listening, login: Login | None, words: str) -> None:
    """Each way of being unusable has its own sentence."""
    found = judge_accepts_network(listening, login, NETWORK)

    assert not found.holds
    assert words in found.rationale
    assert found.help


def test_database_and_role() -> None:
    """Both must be there; what is missing is named."""
    there = frozenset({"tasks", "postgres"})

    assert judge_database_and_role("server1", there, frozenset({"cloud"})).holds
    assert (
        judge_database_and_role("server1", there, frozenset({"postgres"})).rationale
        == "PostgreSQL on server1 has no role 'cloud'."
    )
    assert (
        judge_database_and_role("server1", frozenset(), frozenset()).rationale
        == "PostgreSQL on server1 has no database 'tasks' and no role 'cloud'."
    )
