"""A cluster's life: its files, its processes and port, its units, and the programs that make roles and databases."""

from __future__ import annotations

import pytest

from simulators.embedded import postgresql
from simulators.embedded.host import Host, UnitFailedError
from simulators.embedded.network import ANY, LOOPBACK
from simulators.embedded.postgresql import Cluster, PostgresError
from tests.embedded_parts.kit import CONF, HBA, Kit, Said, append, on_loop, run

UNIT = "postgresql@15-main"


def fresh() -> tuple[Host, Cluster]:
    """Return a host on which PostgreSQL was just installed."""
    host = Kit().host("server1", 11)
    return host, postgresql.install(host)


@on_loop
async def test_packaged_cluster() -> None:
    """As Debian leaves it: for this machine only, with peer and passwords, and nobody but postgres in it."""
    host, cluster = fresh()
    await host.units[UNIT].start()

    assert host.listeners[5432].bind == LOOPBACK
    assert (list(cluster.databases), "cloud" in cluster.roles) == (["postgres", "template1", "template0"], False)
    assert host.files.is_file("/usr/lib/postgresql/15/bin/postgres")
    assert {process.command for process in host.processes.values()} == {"postgres"}
    assert {process.user for process in host.processes.values()} == {"postgres"}


@pytest.mark.parametrize(
    ("line", "bind"),
    [
        ("listen_addresses = '*'", ANY),
        ("listen_addresses='0.0.0.0'", ANY),
        ("listen_addresses '*'   # all", ANY),
        ("Listen_Addresses = 'localhost, 172.16.0.11'", ANY),
        ("listen_addresses = '172.16.0.11'", "172.16.0.11"),
        ("listen_addresses = 'localhost'", LOOPBACK),
        ("listen_addresses = localhost", LOOPBACK),
        ("#listen_addresses = '*'", LOOPBACK),
        ("listen_addresses = ''", None),
    ],
)
@on_loop
async def test_listen_addresses(line: str, bind: str | None) -> None:
    """postgresql.conf is read when the cluster starts; the last line wins."""
    host, cluster = fresh()
    append(host, CONF, line)
    await cluster.start()

    assert (cluster.running, host.listeners[5432].bind if 5432 in host.listeners else None) == (True, bind)


@on_loop
async def test_included_files_and_port() -> None:
    """conf.d comes after the file itself, as its include_dir stands last."""
    host, cluster = fresh()
    host.files.write("/etc/postgresql/15/main/conf.d/group.conf", "port = 5433\n")
    await cluster.start()

    assert list(host.listeners) == [5433]
    assert (await run(host, "pg_lsclusters", "-h")).out.split()[2:4] == ["5433", "online"]
    assert (await run(host, "psql", "-p", "5433", "-Atc", "select 1")).out == "1\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (CONF, "listen_addresses = '*"),
        (CONF, "listen_addresses"),
        (CONF, "port = high"),
        (CONF, "listen_addresses = '10.9.9.9'"),
        (HBA, "host all all 172.16.0.0/99 trust"),
    ],
)
@on_loop
async def test_broken_files_keep_it_down(path: str, line: str) -> None:
    """The cluster's own unit fails, the wrapper is none the wiser."""
    host, cluster = fresh()
    append(host, path, line)

    with pytest.raises(UnitFailedError):
        await host.units[UNIT].start()
    await host.units["postgresql"].start()

    assert (cluster.running, host.processes, host.listeners) == (False, {}, {})
    assert any(UNIT in each for each in host.journal)


@on_loop
async def test_settings_hold_until_a_restart() -> None:
    """What is edited later is not read before."""
    host, cluster = fresh()
    await cluster.start()
    append(host, CONF, "listen_addresses = '*'")
    before = host.listeners[5432].bind
    await host.units["postgresql"].stop()
    await host.units["postgresql"].start()

    assert (before, host.listeners[5432].bind) == (LOOPBACK, ANY)


@on_loop
async def test_reload_reads_only_lines_that_can_be_used() -> None:
    """A reload with a broken pg_hba.conf changes nothing."""
    host, cluster = fresh()
    await cluster.start()
    append(host, HBA, "host all all 172.16.0.0/20 trust")
    cluster.reload()
    append(host, HBA, "host all all 172.16.0.0/99 trust")
    cluster.reload()

    assert cluster.entry("172.16.0.12", "cloud", "tasks").method == "trust"
    assert "was not reloaded" in host.journal[-1]


@on_loop
async def test_wrapper_is_active_while_the_cluster_is_down() -> None:
    """`postgresql` says nothing about its cluster; stopping it stops the cluster, though."""
    host, cluster = fresh()
    await host.boot()
    booted = cluster.running
    await host.units[UNIT].stop()

    assert (booted, cluster.running) == (True, False)
    assert (host.units["postgresql"].active, host.units[UNIT].active) == (True, False)
    assert (host.processes, host.listeners) == ({}, {})

    await host.units["postgresql"].start()
    assert (cluster.running, host.units[UNIT].active) == (True, True)
    await host.units["postgresql"].stop()
    assert cluster.running is False


@on_loop
async def test_data_outlives_restarts_and_reboots() -> None:
    """Stopped, killed or switched off: roles and databases stay."""
    host, cluster = fresh()
    await host.boot()
    cluster.create_role("cloud")
    cluster.create_database("tasks").connection.execute("create table t (n integer)")
    first = min(host.processes)
    host.end(host.processes[first])
    killed = (cluster.running, dict(host.processes))
    host.shut_down()
    await host.boot()

    assert killed == (False, {})
    assert (cluster.running, "cloud" in cluster.roles, cluster.databases["tasks"].is_empty) == (True, True, False)


@on_loop
async def test_pg_lsclusters_and_pg_ctlcluster() -> None:
    """As postgresql-common prints it."""
    host, cluster = fresh()
    down = await run(host, "pg_lsclusters")
    again = await run(host, "pg_ctlcluster", "15", "main", "stop")
    started = await run(host, "pg_ctlcluster", "15", "main", "start", user="root")
    other = await run(host, "pg_ctlcluster", "15", "main", "restart", user="ubuntu")

    assert down.out == (
        "Ver Cluster Port Status Owner    Data directory              Log file\n"
        "15  main    5432 down   postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n"
    )
    assert (await run(host, "pg_lsclusters", "--no-header")).out == (
        "15 main 5432 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n"
    )
    assert (again.status, again.err) == (2, "Cluster is not running.\n")
    assert (started.status, other.status, cluster.running) == (0, 1, True)


@on_loop
async def test_pg_isready() -> None:
    """A server that refuses us is one that answers."""
    kit = Kit()
    host, cluster = await kit.database()
    other = kit.host("server2", 12)
    other.commands.update(host.commands)
    near = await run(host, "pg_isready")
    far = await run(other, "pg_isready", "-h", "server1")
    cluster.doing = "shutting down"
    ending = await run(host, "pg_isready", "-q")
    cluster.doing = ""
    await cluster.stop()

    assert near == Said(0, "/var/run/postgresql:5432 - accepting connections\n", "")
    assert far == Said(0, "server1:5432 - accepting connections\n", "")
    assert ending == Said(1, "", "")
    assert await run(host, "pg_isready") == Said(2, "/var/run/postgresql:5432 - no response\n", "")


@on_loop
async def test_roles_and_databases_are_made_by_postgres() -> None:
    """The handout's two commands, their refusals, and how it is undone."""
    host, cluster = fresh()
    await cluster.start()
    made = [await run(host, "createuser", "-s", "cloud"), await run(host, "createdb", "-O", "cloud", "tasks")]
    again = [await run(host, "createuser", "-s", "cloud"), await run(host, "createdb", "tasks")]
    missing = [await run(host, "createdb", "-O", "nobody", "x"), await run(host, "dropdb", "x")]
    stranger = await run(host, "createdb", "x", user="ubuntu")

    assert [each.status for each in made] == [0, 0]
    assert (cluster.roles["cloud"].superuser, cluster.databases["tasks"].owner) == (True, "cloud")
    assert [each.err for each in (*again, *missing)] == [
        'createuser: error: creation of new role failed: ERROR:  role "cloud" already exists\n',
        'createdb: error: database creation failed: ERROR:  database "tasks" already exists\n',
        'createdb: error: database creation failed: ERROR:  role "nobody" does not exist\n',
        'dropdb: error: database removal failed: ERROR:  database "x" does not exist\n',
    ]
    assert 'FATAL:  role "ubuntu" does not exist' in stranger.err
    assert "cannot be dropped" in (await run(host, "dropuser", "cloud")).err
    assert [(await run(host, *argv)).status for argv in (("dropdb", "tasks"), ("dropuser", "cloud"))] == [0, 0]
    assert ("tasks" in cluster.databases, "cloud" in cluster.roles) == (False, False)


def test_owner_can_be_taken_away() -> None:
    """As `reassign owned` and `drop role` do it."""
    _, cluster = fresh()
    cluster.create_role("cloud")
    cluster.create_database("tasks", owner="cloud")
    cluster.drop_role("cloud", reassign_to="postgres")

    assert ("cloud" in cluster.roles, cluster.databases["tasks"].owner) == (False, "postgres")


def test_authorize_in_one_call() -> None:
    """Peer and password are proved; the order of refusals is PostgreSQL's."""
    _, cluster = fresh()
    cluster.create_role("cloud")
    cluster.create_role("group", password="sesame")
    cluster.reload()
    cluster.authorize("", "postgres", "postgres", system_user="postgres")
    cluster.authorize("127.0.0.1", "group", "postgres", password="sesame")
    refused: list[str] = []
    for source, user, database, system_user in (
        ("", "postgres", "postgres", "ubuntu"),
        ("127.0.0.1", "cloud", "postgres", ""),
        ("172.16.0.12", "nobody", "nothing", ""),
        ("", "nobody", "nothing", "nobody"),
        ("", "cloud", "nothing", "cloud"),
    ):
        with pytest.raises(PostgresError) as caught:
            cluster.authorize(source, user, database, system_user=system_user)
        refused.append(f"{caught.value.sqlstate} {caught.value.routine}")

    assert refused == [
        "28000 auth_failed",
        "28P01 auth_failed",
        "28000 ClientAuthentication",
        "28000 InitializeSessionUserId",
        "3D000 InitPostgres",
    ]
