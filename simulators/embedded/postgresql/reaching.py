"""Opens a session from any host of the kit, and says in libpq's words why it cannot be opened."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simulators.embedded.postgresql.cluster import Cluster, cluster_of
from simulators.embedded.postgresql.refusals import PostgresError
from simulators.embedded.postgresql.session import Session

if TYPE_CHECKING:
    from simulators.embedded.host import Host

SOCKET_FOLDER = "/var/run/postgresql"


class ConnectionFailedError(Exception):
    """There is no session; the message is libpq's, which psql and psycopg2 repeat."""


def open_session(
    host: Host, *, server: str, port: int, user: str, database: str, password: str | None = None, system_user: str = ""
) -> Session:
    """Return a session of `user` in a database, opened on `host`.

    `server` is a name, an address, or empty for the socket of the host itself, where `system_user` is who asks. Raises
    ConnectionFailedError.
    """
    if server == "" or server.startswith("/"):
        where = f'on socket "{server or SOCKET_FOLDER}/.s.PGSQL.{port}"'
        cluster, source = _local(host, server, port, where), ""
    else:
        where, cluster, source = _remote(host, server, port)
    try:
        entry = cluster.entry(source, user, database)
        if entry.method in ("md5", "scram-sha-256", "password") and password is None:
            raise ConnectionFailedError(f"connection to server {where} failed: fe_sendauth: no password supplied")
        cluster.authorize(source, user, database, password=password, system_user=system_user)
        return Session(cluster, cluster.enter(user, database), user)
    except PostgresError as error:
        raise ConnectionFailedError(f"connection to server {where} failed: {error}") from error


def _local(host: Host, folder: str, port: int, where: str) -> Cluster:
    cluster = cluster_of(host)
    if cluster is None or not cluster.running or folder not in ("", SOCKET_FOLDER, "/run/postgresql"):
        raise _unreachable(where, "No such file or directory", local=True)
    if cluster.port != port:
        raise _unreachable(where, "No such file or directory", local=True)
    return cluster


def _remote(host: Host, server: str, port: int) -> tuple[str, Cluster, str]:
    from simulators.embedded.postgresql.backend import Backend

    address = host.resolve(server)
    if address is None:
        raise ConnectionFailedError(f'could not translate host name "{server}" to address: Name or service not known')
    where = f'at "{server}", port {port}' if server == address else f'at "{server}" ({address}), port {port}'
    try:
        listener, peer = host.network.connect(host, address, port)
    except OSError as error:
        said = "No route to host" if error.errno == errno.EHOSTUNREACH else "Connection refused"
        raise _unreachable(where, said) from error
    backend = listener.accept(peer)
    if not isinstance(backend, Backend):
        raise ConnectionFailedError(
            f"connection to server {where} failed: server closed the connection unexpectedly\n"
            "\tThis probably means the server terminated abnormally\n\tbefore or while processing the request."
        )
    return where, backend.cluster, peer.address


def _unreachable(where: str, why: str, *, local: bool = False) -> ConnectionFailedError:
    hint = (
        "Is the server running locally and accepting connections on that socket?"
        if local
        else "Is the server running on that host and accepting TCP/IP connections?"
    )
    return ConnectionFailedError(f"connection to server {where} failed: {why}\n\t{hint}")
