"""The harness' trial on an embedded host: a task is written, read, found in PostgreSQL, and removed without a trace."""

from __future__ import annotations

import re

from harness.observing.admin import TASKS, filled, form_fields
from simulators.embedded.django_site.site import Site
from simulators.embedded.host import Host
from simulators.embedded.postgresql import Cluster
from tests.embedded_parts.kit import Browser, Kit, browser, on_loop, run

TOKEN = "kitcheck-0123456789abcdef01234567"
PSQL = ("psql", "-AtqXw", "-v", "VERBOSITY=sqlstate", "-v", "ON_ERROR_STOP=1", "tasks")
LEFT = """
select 'last login', last_login from auth_user where last_login is not null;
select 'log', id from django_admin_log; select 'session', session_key from django_session;
select 'task', title from tasks_task;
"""


async def log_in(visitor: Browser) -> int:
    """Log in as the harness does; return the status."""
    page = await visitor.get("/admin/login/?next=/admin/")
    form = {f.name: f.value for f in form_fields(page.text) if f.name in {"csrfmiddlewaretoken", "next"}}
    answer = await visitor.post("/admin/login/?next=/admin/", {**form, "username": "cloud", "password": "cloud"})
    return answer.status


async def write(visitor: Browser, token: str) -> int:
    """Store a task; return its id."""
    page = await visitor.get(f"{TASKS}add/")
    answer = await visitor.post(f"{TASKS}add/", {**filled(form_fields(page.text), token), "_continue": "1"})
    stored = re.search(rf"{TASKS}(\d+)/change/", answer.headers.get("location", ""))
    assert (answer.status, bool(stored)) == (302, True)
    return int(stored[1]) if stored else 0


async def delete(visitor: Browser, number: int) -> int:
    """Delete a task; return the status."""
    page = await visitor.get(f"{TASKS}{number}/delete/")
    secret = next(f.value for f in form_fields(page.text) if f.name == "csrfmiddlewaretoken")
    answer = await visitor.post(f"{TASKS}{number}/delete/", {"csrfmiddlewaretoken": secret, "post": "yes"})
    return answer.status


async def query(database: Host, sql: str) -> list[str]:
    """Ask PostgreSQL as the harness does."""
    said = await run(database, *PSQL, stdin=sql)
    assert (said.status, said.err) == (0, "")
    return said.out.splitlines()


@on_loop
async def test_trial_through_two_servers() -> None:
    """Written through one, shown by the other, found with psql, and afterwards everything is as before."""
    kit = Kit()
    database, _ = await kit.database()
    one, other = await kit.django(), await kit.django("server3", 13)
    earlier = "2026-11-21 22:29:51.1234+00"
    await query(database, f"update auth_user set last_login = '{earlier}' where username = 'cloud'")
    await query(database, "update auth_user set last_login = null where username = 'nobody'")
    before = await query(database, LEFT)
    writer, reader = browser(one), browser(other)
    assert [await log_in(writer), await log_in(reader)] == [302, 302]
    [last_login] = await query(database, "select last_login from auth_user where username = 'cloud'")
    number = await write(writer, TOKEN)
    shown = await reader.get(f"{TASKS}{number}/change/")
    listed = await reader.get(TASKS)
    found = await query(database, f"select title, description, pub_date from tasks_task where title = '{TOKEN}'")
    deleted = await delete(writer, number)
    gone = await reader.get(f"{TASKS}{number}/change/")
    for visitor in (writer, reader):
        left = await visitor.post("/admin/logout/", {"csrfmiddlewaretoken": visitor.cookies["csrftoken"]})
        assert left.status == 200
    await query(
        database,
        f"""
        begin;
        delete from django_admin_log where object_id = '{number}' and content_type_id =
            (select id from django_content_type where app_label = 'tasks' and model = 'task');
        delete from tasks_task where title = '{TOKEN}';
        update auth_user set last_login = '{earlier}' where username = 'cloud';
        commit;
        """,
    )

    assert before == [f"last login|{earlier}"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00", last_login)
    assert last_login != earlier
    assert (shown.status, TOKEN in shown.text, TOKEN in listed.text) == (200, True, True)
    assert found == [f"{TOKEN}|{TOKEN}|2001-01-01 00:00:00+00"]
    assert (deleted, gone.status) == (302, 302)
    assert await query(database, LEFT) == before


@on_loop
async def test_what_psql_wrote_django_reads() -> None:
    """A date with a zone becomes the date that the admin shows."""
    kit = Kit()
    database, _ = await kit.database()
    visitor = browser(await kit.django())
    await log_in(visitor)
    number = await write(visitor, TOKEN)
    await query(database, f"update tasks_task set pub_date = '2026-11-21 22:29:51+02' where id = {number}")
    page = await visitor.get(f"{TASKS}{number}/change/")

    assert 'value="2026-11-21"' in page.text
    assert 'value="20:29:51"' in page.text


@on_loop
async def test_ids_are_used_once() -> None:
    """As PostgreSQL's sequences: the id of a deleted task is no other task's."""
    kit = Kit()
    await kit.database()
    visitor = browser(await kit.django())
    await log_in(visitor)
    first = await write(visitor, TOKEN)
    await delete(visitor, first)

    assert await write(visitor, TOKEN) == first + 1


@on_loop
async def test_content_types_are_each_databases_own() -> None:
    """Two databases with other ids of content types, used in turn: each log entry has its own database's id."""
    kits = [Kit(), Kit()]
    databases: list[Host] = []
    visitors: list[Browser] = []
    for kit in kits:
        host, _ = await kit.database()
        databases.append(host)
        visitors.append(browser(await kit.django()))
    statement = "update auth_permission set content_type_id = 99 where content_type_id = {0}"
    [old] = await query(databases[1], "select id from django_content_type where model = 'task'")
    await query(
        databases[1],
        f"begin; update django_content_type set id = 99 where id = {old}; {statement.format(old)}; commit",
    )
    for visitor in (*visitors, *visitors):
        await log_in(visitor)
        await write(visitor, TOKEN)
    ids = [await query(host, "select distinct content_type_id from django_admin_log") for host in databases]

    assert ids == [[old], ["99"]]


@on_loop
async def test_connections_end_with_their_use() -> None:
    """Two hosts in one task: the second gets its own database, and what the first left open is taken back."""
    clusters: list[Cluster] = []
    for name in ("one", "other"):
        kit = Kit()
        _, cluster = await kit.database()
        host = await kit.django()
        clusters.append(cluster)
        with Site(host).in_use():
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("update auth_user set username = %s", [name])
                cursor.execute("COMMIT")
                cursor.execute("BEGIN")
                cursor.execute("delete from auth_user")
    inside = [cluster.databases["tasks"].connection for cluster in clusters]

    assert [each.execute("select username from auth_user").fetchall() for each in inside] == [[("one",)], [("other",)]]
    assert [each.in_transaction for each in inside] == [False, False]


@on_loop
async def test_nothing_of_a_failed_request_stays() -> None:
    """An error in the middle of a request takes its transaction back."""
    kit = Kit()
    database, cluster = await kit.database()
    visitor = browser(await kit.django())
    await log_in(visitor)
    inside = cluster.databases["tasks"].connection
    inside.execute("create trigger refuse before insert on django_admin_log begin select raise(abort, 'full'); end")
    page = await visitor.get(f"{TASKS}add/")
    answer = await visitor.post(f"{TASKS}add/", {**filled(form_fields(page.text), TOKEN), "_continue": "1"})

    assert (answer.status, inside.in_transaction) == (500, False)
    assert await query(database, "select title from tasks_task") == []
