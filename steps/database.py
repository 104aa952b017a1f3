"""Sentences about PostgreSQL on the database host."""

from __future__ import annotations

from pytest_bdd import then

from harness.judging.database import judge_accepts_network, judge_database_and_role
from harness.kit import Kit
from harness.observing import database


@then("PostgreSQL on the database host listens for the kit's network and lets its machines log in")
def database_accepts_network(kit: Kit) -> None:
    """Fail unless another machine can log in: seen from the host's sockets and by logging in from main."""
    listening = database.listening(kit)
    login = database.login(kit) if listening.addresses else None
    kit.require(judge_accepts_network(listening, login, str(kit.description.network)))


@then('PostgreSQL on the database host has the database "tasks" and the role "cloud"')
def database_and_role(kit: Kit) -> None:
    """Fail unless the application's database and role exist."""
    databases, roles = database.databases_and_roles(kit)
    kit.require(judge_database_and_role(kit.role("database"), databases, roles))
