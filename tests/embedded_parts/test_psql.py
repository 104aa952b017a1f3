"""psql on the database host: what psql 15 was seen to print, and its exit statuses."""

from __future__ import annotations

import asyncio

import pytest

import simulators.embedded.django_site.configured as django
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host
from simulators.embedded.postgresql import Cluster
from tests.embedded_parts.kit import HANDOUT_LINE, HBA, Kit, Said, edit, on_loop, run

HARNESS = ("psql", "-AtqXw", "-v", "VERBOSITY=sqlstate", "-v", "ON_ERROR_STOP=1")
ROWS = """
create table b (id integer primary key autoincrement, x bool, t datetime, s varchar(20), d text);
insert into b (x, t, s) values
    (1, '2026-11-20 01:04:05.123400', 'a'), (0, '2026-11-21 22:29:51', 'B|b'), (null, null, '');
"""
SCHEMAS = """
select public.b.id from public.b where not exists (select 1 from pg_catalog.pg_roles where rolname='x') limit 1
"""
CATALOGUE = """
select 'd', datname from pg_database where datname not like 'template%'
union all select 'r', rolname from pg_roles where rolsuper order by 2
"""
ALIGNED = """\
 id | x |              t              |  s  | d@
----+---+-----------------------------+-----+---
  1 | t | 2026-11-20 01:04:05.1234+00 | a   |@
  2 | f | 2026-11-21 22:29:51+00      | B|b |@
  3 |   |                             |     |@
(3 rows)

""".replace("@", " ")
TUPLES = """\
  1 | t | 2026-11-20 01:04:05.1234+00 | a   |@
  2 | f | 2026-11-21 22:29:51+00      | B|b |@
  3 |   |                             |     |@

""".replace("@", " ")
UNALIGNED = """\
id;x;t;s;d
1;t;2026-11-20 01:04:05.1234+00;a;
2;f;2026-11-21 22:29:51+00;B|b;
3;;;;
(3 rows)
"""


async def database_host() -> tuple[Host, Cluster]:
    """Return a database host whose database `tasks` has a table `b`."""
    django.handler()  # it is Django that tells SQLite what a date is
    host, cluster = await Kit().database()
    cluster.databases["tasks"].connection.executescript(ROWS)
    return host, cluster


def ask(*argv: str, stdin: str = "", user: str = "postgres") -> Said:
    """Run psql on a new database host."""

    async def whole() -> Said:
        host, _ = await database_host()
        return await run(host, *argv, stdin=stdin, user=user)

    return asyncio.run(whole())


@pytest.mark.parametrize(
    ("sql", "printed"),
    [
        ("select * from b", "1|t|2026-11-20 01:04:05.1234+00|a|\n2|f|2026-11-21 22:29:51+00|B|b|\n3||||\n"),
        ("select id from b where t = '2026-11-20 02:04:05.1234+01'", "1\n"),
        ("select id from b where x = 't' or x='no'", "1\n2\n"),
        ("select s from b where s like 'b%' or s like 'A'", ""),
        ("select id from b order by t", "1\n2\n3\n"),
        ("select id from b order by t desc limit 2", "3\n2\n"),
        ("select s from b where false", ""),
        ("update b set t = '2026-11-20 02:04:05.10-01' where id = 2; select t from b where id = 2",
         "2026-11-20 03:04:05.1+00\n"),
        ("begin; delete from b; rollback; select count(*) from b", "3\n"),
        ("select 1 -- hello\n;select /* ; */ 2", "1\n2\n"),
        (SCHEMAS, "1\n"),
        (CATALOGUE, "r|cloud\nd|postgres\nr|postgres\nd|tasks\n"),
        ("select current_database(), lower(s) from b where id = 1", "tasks|a\n"),
        ("show listen_addresses", "*\n"),
    ],
)  # fmt: skip
def test_rows(sql: str, printed: str) -> None:
    """The form in which the harness asks prints rows and nothing else."""
    assert ask(*HARNESS, "tasks", stdin=sql) == Said(0, printed, "")


@pytest.mark.parametrize(
    ("argv", "stdin", "expected"),
    [
        ((*HARNESS, "tasks"), "select * from foo; select 1", Said(3, "", "ERROR:  42P01\n")),
        ((*HARNESS, "tasks"), "select foo from b", Said(3, "", "ERROR:  42703\n")),
        ((*HARNESS[:4], "tasks"), "select * from foo; select 1", Said(0, "1\n", "ERROR:  42P01\n")),
        ((*HARNESS, "nodb"), "select 1", Said(
            2, "", 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
            'FATAL:  database "nodb" does not exist\n')),
        (("psql", "-AtqXw", "tasks"), "select 1;\n\nselect * from\nfoo; select 1", Said(
            0, "1\n1\n", 'ERROR:  relation "foo" does not exist\nLINE 2: foo;\n        ^\n')),
        (("psql", "tasks", "-c", "select * from foo"), "", Said(
            1, "", 'ERROR:  relation "foo" does not exist\nLINE 1: select * from foo\n                      ^\n')),
        (("psql", "tasks", "-At", "-c", "select 1", "-c", "select foo", "-c", "select 2"), "", Said(
            0, "1\n2\n", 'ERROR:  column "foo" does not exist\nLINE 1: select foo\n               ^\n')),
        (("psql", "tasks", "-At", "-v", "ON_ERROR_STOP=1", "-c", "select foo", "-c", "select 2"), "", Said(
            1, "", 'ERROR:  column "foo" does not exist\nLINE 1: select foo\n               ^\n')),
        (("psql", "-f", "-", "tasks"), "select 1;\nselect * from foo;", Said(
            0, " ?column? \n----------\n        1\n(1 row)\n\n",
            'psql:<stdin>:2: ERROR:  relation "foo" does not exist\nLINE 1: select * from foo;\n'
            "                      ^\n")),
        (("psql", "tasks"), "begin; update b set x='f'; select * from foo; select 1; commit; select x from b limit 1",
         Said(0, "BEGIN\nUPDATE 3\nROLLBACK\n x \n---\n t\n(1 row)\n\n",
              'ERROR:  relation "foo" does not exist\nLINE 1: select * from foo;\n                      ^\n'
              "ERROR:  current transaction is aborted, commands ignored until end of transaction block\n")),
        (("psql", "tasks", "-c", "update b set s='z'; select nosuch", "-Atc", "select s from b where id = 1"), "", Said(
            0, "UPDATE 3\na\n",
            'ERROR:  column "nosuch" does not exist\nLINE 1: update b set s=\'z\'; select nosuch\n'
            "                                   ^\n")),
        (("psql", "-U", "cloud", "tasks", "-c", "select 1"), "", Said(
            2, "", 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
            'FATAL:  Peer authentication failed for user "cloud"\n')),
        (("psql", "-w", "-h", "127.0.0.1", "-U", "cloud", "tasks"), "", Said(
            2, "", 'psql: error: connection to server at "127.0.0.1", port 5432 failed: '
            "fe_sendauth: no password supplied\n")),
        (("psql", "-h", "nosuch", "tasks"), "", Said(
            2, "", 'psql: error: could not translate host name "nosuch" to address: Name or service not known\n')),
    ],
)  # fmt: skip
def test_errors(argv: tuple[str, ...], stdin: str, expected: Said) -> None:
    """Messages and exit statuses are psql's."""
    assert ask(*argv, stdin=stdin) == expected


@pytest.mark.parametrize(
    ("options", "printed"),
    [((), ALIGNED), (("-t",), TUPLES), (("-A", "-F", ";"), UNALIGNED)],
)
def test_formats(options: tuple[str, ...], printed: str) -> None:
    """Aligned for people, unaligned for programs."""
    assert ask("psql", *options, "-c", "select * from b", "tasks") == Said(0, printed, "")


def test_list_of_databases() -> None:
    """The usual idiom to see whether a database exists."""
    lines = ask("psql", "-lqt").out.splitlines()

    assert [line.partition("|")[0].strip() for line in lines] == [
        "postgres", "tasks", "template0", "", "template1", "", "",
    ]  # fmt: skip
    assert lines[1] == " tasks     | cloud    | UTF8     | C.UTF-8 | C.UTF-8 |            | libc            | "


@pytest.mark.parametrize(
    "sql",
    [
        "select now()",
        "select id + 1 from b",
        "select x and x from b",
        "select true",
        "select current_user",
        "select id::text from b",
        'select "id" from b',
        "select * from pg_database",
        "select * from pg_stat_activity",
        "select s from b where s ilike 'a'",
        "select length(group_concat(s)) from b",
        "select s from b where s = $$a$$",
        "select s from b where s = E'a'",
        "select oid from b",
        "insert into b (id) values (1)",
        "insert into b (t) values ('2026-11-20 02:04:05+01')",
        "update b set t = 'yesterday'",
        "create table c (n integer)",
        "drop table b",
        "attach database '/tmp/x' as y",
        "vacuum into '/tmp/x'",
        "pragma table_info(b)",
        "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
        "select a.id from b a, b c, b d, b e, b f, b g, b h, b i, b j, b k, b l, b m, b n, b o, b p, b q, b r",
        "select id from b where s = printf('a')",
        "select id from b where id in (with recursive n(i) as (select 1 union select 1 from n) select i from n)",
        "commit",
        "\\dt",
        "select 'open",
    ],
)
def test_what_is_not_simulated_is_refused(sql: str) -> None:
    """Nothing that SQLite would answer in another way, or that could leave the kit, is answered."""
    with pytest.raises(NotSimulatedError):
        ask(*HARNESS, "tasks", stdin=sql)


@pytest.mark.parametrize(
    "argv",
    [
        ("psql", "--html"),
        ("psql", "-W"),
        ("psql", "dbname=tasks"),
        ("psql", "-v", "FETCH_COUNT=1"),
        ("psql", "-h", "127.0.0.1"),
    ],
)
def test_options_that_are_not_simulated(argv: tuple[str, ...]) -> None:
    """The same for options, connection strings, and a password that nobody can type."""
    with pytest.raises(NotSimulatedError):
        ask(*argv)


def test_sqlite_is_not_to_be_seen() -> None:
    """SQLite's own columns do not exist."""
    assert ask(*HARNESS, "tasks", stdin="select rowid from b") == Said(3, "", "ERROR:  42703\n")


def test_nobody_else_on_the_socket() -> None:
    """Peer authentication: who has no role of his own name does not get in."""
    said = ask("psql", "tasks", user="ubuntu")

    assert (said.status, said.err.partition("failed: ")[2]) == (2, 'FATAL:  role "ubuntu" does not exist\n')


@on_loop
async def test_cluster_down() -> None:
    """Nobody has made the socket."""
    host, cluster = await database_host()
    await cluster.stop()

    assert await run(host, *HARNESS, "tasks") == Said(
        2,
        "",
        'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
        "No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n",
    )


@on_loop
async def test_from_another_machine() -> None:
    """As the handout lets a group try it: over the network, without a password; the connection is seen."""
    kit = Kit()
    host, cluster = await kit.database()
    other = kit.host("server2", 12)
    other.commands.update(host.commands)
    open_ = await run(other, "psql", "-Xh", "server1", "-U", "cloud", "tasks", "-Atc", "select 1", user="ubuntu")
    seen = [each.source for each in kit.network.seen_at(host, 5432)]
    edit(host, HBA, HANDOUT_LINE, "")
    cluster.reload()
    shut = await run(other, "psql", "-Xh", "server1", "-U", "cloud", "tasks", "-Atc", "select 1", user="ubuntu")

    assert (open_, seen) == (Said(0, "1\n", ""), ["172.16.0.12"])
    assert shut.err == (
        'psql: error: connection to server at "server1" (172.16.0.11), port 5432 failed: FATAL:  '
        'no pg_hba.conf entry for host "172.16.0.12", user "cloud", database "tasks", no encryption\n'
    )


@on_loop
async def test_password_from_the_environment() -> None:
    """PGPASSWORD is what a script gives."""
    kit = Kit()
    host, cluster = await kit.database()
    cluster.create_role("group", password="sesame")
    argv = ("psql", "-h", "localhost", "-U", "group", "tasks", "-Atc", "select 1")
    right = await run(host, *argv, env={"PGPASSWORD": "sesame"})
    wrong = await run(host, *argv, env={"PGPASSWORD": "guess"})

    assert (right, wrong.status) == (Said(0, "1\n", ""), 2)
    assert 'password authentication failed for user "group"' in wrong.err
