"""The two ways of installing the application, and the tables that both make."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from simulators.embedded import django_site
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.django_site import making_tables, tables, texts
from simulators.embedded.django_site.configured import handler
from simulators.embedded.postgresql import Database
from tests.embedded_parts.kit import Kit, on_loop

START = "@reboot cd /home/ubuntu/tasks && ./run.sh"
FOLDER = "/home/ubuntu/tasks"
PERMISSIONS = """
select codename, p.name, model from auth_permission p join django_content_type t on content_type_id = t.id order by 1
"""


@on_loop
async def test_by_hand() -> None:
    """A clone, tables with the superuser, and an entry that starts it; it does not run before the next boot."""
    kit = Kit()
    _, cluster = await kit.database()
    host = kit.host("server2", 12)
    django_site.install_by_hand(host, "server1")
    users = cluster.databases["tasks"].connection.execute("select username, is_superuser from auth_user").fetchall()

    assert host.crontabs == {"ubuntu": f"{START}\n"}
    assert (host.files.is_folder(f"{FOLDER}/.git"), host.processes, host.journal) == (True, {}, [])
    assert host.files.read(f"{FOLDER}/run.sh").startswith(b"#!/bin/sh\n")
    assert users == [("cloud", True)]


@on_loop
async def test_by_ansible() -> None:
    """The same, with what Ansible leaves: its mark, its folder, its lines in the journal; the tables are left alone."""
    kit = Kit()
    _, cluster = await kit.database()
    django_site.install_by_hand(kit.host("server2", 12), "server1")
    cluster.databases["tasks"].connection.execute(
        "insert into tasks_task (title, pub_date, description) values (1, 2, 3)"
    )
    host = kit.host("server3", 13)
    django_site.install_by_ansible(host, "172.16.0.11")

    assert host.crontabs == {"ubuntu": f"#Ansible: tasks\n{START}\n"}
    assert host.files.is_folder("/home/ubuntu/.ansible")
    assert host.journal[0] == "python3[1200]: ansible-ansible.builtin.apt Invoked"
    assert texts.database(host).host == "172.16.0.11"
    assert cluster.databases["tasks"].connection.execute("select count(*) from tasks_task").fetchone() == (1,)


@on_loop
async def test_installing_twice_adds_one_entry() -> None:
    """As install.sh, and as the playbook after it."""
    kit = Kit()
    await kit.database()
    host = kit.host("server2", 12)
    django_site.install_by_hand(host, "server1")
    django_site.install_by_hand(host, "server1")

    assert host.crontabs == {"ubuntu": f"{START}\n"}


@on_loop
async def test_no_database_no_installation() -> None:
    """install.sh ends where `migrate` fails: nothing starts the application."""
    kit = Kit()
    _, cluster = await kit.database()
    cluster.drop_database("tasks")
    host = kit.host("server2", 12)

    with pytest.raises(django_site.NoDatabaseError, match='FATAL:  database "tasks" does not exist'):
        django_site.install_by_hand(host, "server1")
    assert host.crontabs == {}


def shape(connection: sqlite3.Connection) -> dict[str, object]:
    """Return everything that can be told about a database's tables, whatever the order of columns."""
    found: dict[str, object] = {}
    for (table,) in connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall():
        columns = connection.execute(f"select name, type, \"notnull\", pk from pragma_table_info('{table}')").fetchall()
        references = connection.execute(
            f'select "table", "from", "to" from pragma_foreign_key_list(\'{table}\')'
        ).fetchall()
        indexes = connection.execute(f"select name, \"unique\" from pragma_index_list('{table}')").fetchall()
        named: list[object] = []
        for name, unique in indexes:
            within = connection.execute(f"select name from pragma_index_info('{name}')").fetchall()
            named.append((tuple(within), unique))
        found[table] = (sorted(columns), sorted(references), sorted(map(repr, named)))
    return found


def test_tables_are_those_of_the_migrations() -> None:
    """What is made at once is what Django's `migrate` makes in steps: tables, permissions, and its own record."""
    handler()
    from django.core.management import call_command
    from django.db import connection

    from simulators.embedded.django_site.backend import base

    ours, theirs = Database("ours", "cloud"), Database("theirs", "cloud")
    tables.fill(ours)
    token = base.opens.set(lambda: theirs)
    try:
        call_command("migrate", verbosity=0)
    finally:
        connection.close()
        base.opens.reset(token)
    questions = (
        "select app, name from django_migrations order by 1, 2",
        "select app_label, model from django_content_type order by 1, 2",
        PERMISSIONS,
    )

    assert shape(ours.connection) == shape(theirs.connection)
    assert len(ours.connection.execute(questions[0]).fetchall()) > 15
    for question in questions:
        assert ours.connection.execute(question).fetchall() == theirs.connection.execute(question).fetchall()


def test_script_of_the_tables_is_what_django_makes() -> None:
    """tables.sql.txt is what this Django makes; `python -m simulators.embedded.django_site.making_tables` renews it."""
    assert tables.PATH.read_text("utf-8") == making_tables.script()


def test_tables_need_no_django() -> None:
    """A machine gets its tables, and psql reads them, before Django is loaded."""
    program = """
import sys
from simulators.embedded.django_site import tables
from simulators.embedded.postgresql import Database
made = Database("tasks", "cloud")
tables.fill(made)
row = made.connection.execute("select username, is_staff, date_joined from auth_user").fetchone()
print(*(type(each).__name__ for each in row), any(name.partition(".")[0] == "django" for name in sys.modules))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.split() == ["str", "bool", "datetime", "False"]


def test_copies_are_independent() -> None:
    """What is written into one copy is in no other."""
    one, other = Database("one", "cloud"), Database("other", "cloud")
    tables.fill(one)
    one.connection.execute("delete from auth_user")
    tables.fill(other)

    assert one.connection.execute("select count(*) from auth_user").fetchone() == (0,)
    assert other.connection.execute("select count(*) from auth_user").fetchone() == (1,)


def test_original_files_can_be_played() -> None:
    """Our application as it is in its repository is what the texts are read for."""
    host = Kit().host("server2", 12)
    django_site.clone(host)

    assert texts.database(host) == texts.DatabaseSettings(texts.POSTGRESQL, "tasks", "server1", 5432, "cloud", "cloud")
    assert texts.routes(host) == texts.Routes(
        (texts.Route("admin/", "admin"), texts.Route("tasks/", "include")), (texts.Route("", "view", "index", "index"),)
    )
    assert texts.message(host, "index") == "Hello, world. You're at the tasks index."


def test_missing_file() -> None:
    """A folder that is not there is not guessed."""
    with pytest.raises(NotSimulatedError, match=r"without /home/ubuntu/tasks/tasks/views\.py"):
        texts.message(Kit().host("server2", 12), "index")
