"""The other programs of Debian's PostgreSQL packages: clusters, readiness, and making roles and databases."""

from __future__ import annotations

import getopt
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulators.embedded.host import UnitFailedError
from simulators.embedded.postgresql.cluster import Cluster, cluster_of
from simulators.embedded.postgresql.configuration import DATA_FOLDER
from simulators.embedded.postgresql.reaching import SOCKET_FOLDER, ConnectionFailedError, open_session
from simulators.embedded.postgresql.refusals import PostgresError

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

LOG = "/var/log/postgresql/postgresql-15-main.log"
OWNERS = ("root", "postgres")


async def pg_lsclusters(call: Call) -> int:
    """List the cluster, as postgresql-common does."""
    cluster = _cluster(call)
    if set(call.argv[1:]) - {"-h", "--no-header"}:
        raise call.refuse()
    row = ("15", "main", cluster.settings["port"], "online" if cluster.running else "down", "postgres")
    if len(call.argv) > 1:
        call.say(" ".join((*row, DATA_FOLDER, LOG)))
        return 0
    titles = ("Ver", "Cluster", "Port", "Status", "Owner")
    widths = [max(len(title), len(value)) for title, value in zip(titles, row, strict=True)]
    width = len(DATA_FOLDER)
    for first, folder, log in ((titles, "Data directory", "Log file"), (row, DATA_FOLDER, LOG)):
        cells = [f"{value:<{size}}" for value, size in zip(first, widths, strict=True)]
        call.say(" ".join((*cells, f"{folder:<{width}}", log)))
    return 0


async def pg_ctlcluster(call: Call) -> int:
    """Start, stop, restart or reload the cluster: `pg_ctlcluster 15 main start`."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    if len(words) != 3 or words[:2] != ["15", "main"] or words[2] not in ("start", "stop", "restart", "reload"):
        raise call.refuse()
    cluster, action = _cluster(call), words[2]
    if call.user not in OWNERS:
        call.err(b"Error: You must run this program as the cluster owner (postgres) or root\n")
        return 1
    if action == "start" and cluster.running:
        call.err(b"Cluster is already running.\n")
        return 2
    if action in ("stop", "reload") and not cluster.running:
        call.err(b"Cluster is not running.\n")
        return 2
    if action == "reload":
        cluster.reload()
        return 0
    if action in ("stop", "restart"):
        await cluster.stop()
    if action in ("start", "restart"):
        try:
            await cluster.start()
        except UnitFailedError as error:
            call.err(f"{error}\n".encode())
            return 1
    return 0


async def pg_isready(call: Call) -> int:
    """Say whether a server answers: 0 it does, 1 it starts or stops, 2 nobody answers."""
    try:
        options, words = getopt.gnu_getopt(list(call.argv[1:]), "h:p:d:U:qt:", ["host=", "port=", "quiet"])
    except getopt.GetoptError:
        raise call.refuse() from None
    said = {option.lstrip("-")[:1]: value for option, value in options}
    server, port = said.get("h", ""), said.get("p", "5432")
    if words or not port.isdecimal():
        raise call.refuse()
    status, answer = 0, "accepting connections"
    try:
        open_session(call.host, server=server, port=int(port), user="postgres", database="postgres").close()
    except ConnectionFailedError as error:
        # A server that refuses us is one that answers.
        if not isinstance(error.__cause__, PostgresError) and "no password supplied" not in str(error):
            status, answer = 2, "no response"
        elif isinstance(error.__cause__, PostgresError) and error.__cause__.sqlstate == "57P03":
            status, answer = 1, "rejecting connections"
    if "q" not in said:
        call.say(f"{server or SOCKET_FOLDER}:{port} - {answer}")
    return status


async def createuser(call: Call) -> int:
    """Make a role: `createuser -s cloud`."""
    options, [name] = _read(call, "sdDrRlL", ["superuser", "createdb", "createrole", "login"])
    superuser = any(option in ("-s", "--superuser") for option, _ in options)
    if any(option == "-L" for option, _ in options):
        raise call.refuse()
    return _as_superuser(
        call, "creation of new role failed", lambda cluster: cluster.create_role(name, superuser=superuser)
    )


async def createdb(call: Call) -> int:
    """Make a database: `createdb -O cloud tasks`."""
    options, [name] = _read(call, "O:", ["owner="])
    owner = next((value for _, value in options), call.user)

    def create(cluster: Cluster) -> None:
        cluster.create_database(name, owner=owner)

    return _as_superuser(call, "database creation failed", create)


async def dropuser(call: Call) -> int:
    """Remove a role."""
    _, [name] = _read(call, "", [])
    return _as_superuser(call, f'removal of role "{name}" failed', lambda cluster: cluster.drop_role(name))


async def dropdb(call: Call) -> int:
    """Remove a database."""
    _, [name] = _read(call, "", [])
    return _as_superuser(call, "database removal failed", lambda cluster: cluster.drop_database(name))


def _read(call: Call, short: str, long: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        options, words = getopt.gnu_getopt(list(call.argv[1:]), short, long)
    except getopt.GetoptError:
        raise call.refuse() from None
    if len(words) != 1:
        raise call.refuse()
    return options, words


def _as_superuser(call: Call, what: str, do: Callable[[Cluster], None]) -> int:
    """Do something over the local socket, as the role of whoever calls."""
    name = call.argv[0]
    try:
        session = open_session(
            call.host, server="", port=5432, user=call.user, database="postgres", system_user=call.user
        )
    except ConnectionFailedError as error:
        call.err(f"{name}: error: {error}\n".encode())
        return 1
    session.close()
    if not session.cluster.roles[call.user].superuser:
        raise call.refuse()
    try:
        do(session.cluster)
    except PostgresError as error:
        call.err(f"{name}: error: {what}: {error}\n".encode())
        return 1
    return 0


def _cluster(call: Call) -> Cluster:
    cluster = cluster_of(call.host)
    if cluster is None:
        raise call.refuse()
    return cluster


PROGRAMS: dict[str, Command] = {
    each.__name__: each for each in (pg_lsclusters, pg_ctlcluster, pg_isready, createuser, createdb, dropuser, dropdb)
}
