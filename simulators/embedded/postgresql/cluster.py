"""A cluster of databases: what is in it, whether it runs, and whom it lets in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from simulators.embedded.host import Unit, UnitFailedError
from simulators.embedded.network import ANY, LOOPBACK, Listener
from simulators.embedded.postgresql import hba, refusals, scram
from simulators.embedded.postgresql.configuration import DATA_FOLDER, FOLDER, ConfigurationError, settings
from simulators.embedded.postgresql.database import Database

if TYPE_CHECKING:
    import asyncio

    from simulators.embedded.host import Host, Process
    from simulators.embedded.network import Peer

UNIT = "postgresql@15-main"
BINARY = "/usr/lib/postgresql/15/bin/postgres"
CHILDREN = ("checkpointer", "background writer", "walwriter", "autovacuum launcher", "logical replication launcher")
PREDEFINED_ROLES = (
    *("pg_database_owner", "pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_read_all_settings"),
    *("pg_read_all_stats", "pg_stat_scan_tables", "pg_read_server_files", "pg_write_server_files"),
    *("pg_execute_server_program", "pg_signal_backend", "pg_checkpoint"),
)
"""Those of PostgreSQL 15, in its order."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role."""

    name: str
    superuser: bool = False
    login: bool = True
    password: scram.Verifier | None = None
    """None: it has no password, as `createuser` without `-P` leaves it."""


class Cluster:
    """The cluster `15/main` of a host. It reads its files when it starts, as real PostgreSQL does."""

    def __init__(self, host: Host, *, subnet: str) -> None:
        self.host = host
        self.subnet = subnet
        """The host's network as CIDR, which pg_hba.conf calls `samenet`."""
        self.roles: dict[str, Role] = {"postgres": Role("postgres", superuser=True)}
        self.roles |= {name: Role(name, login=False) for name in PREDEFINED_ROLES}
        self.databases: dict[str, Database] = {
            name: Database(name, "postgres") for name in ("postgres", "template1", "template0")
        }
        self.settings: dict[str, str] = settings(host.files)
        """As they were when it started last."""
        self.doing = ""
        """`starting up` or `shutting down`; empty otherwise."""
        self._hba: tuple[hba.Entry, ...] = ()
        self._process: Process | None = None

    # What is in it

    def create_role(self, name: str, *, superuser: bool = True, password: str | None = None) -> None:
        """Make a role that may log in. Raises PostgresError when it is there."""
        if name in self.roles:
            raise refusals.PostgresError("42710", f'role "{name}" already exists', "CreateRole")
        self.roles[name] = Role(name, superuser, password=None if password is None else scram.verifier(password))

    def create_database(self, name: str, *, owner: str = "postgres") -> Database:
        """Return a new, empty database. Raises PostgresError when it is there, or its owner is not."""
        if owner not in self.roles:
            raise refusals.PostgresError("42704", f'role "{owner}" does not exist', "get_role_oid")
        if name in self.databases:
            raise refusals.PostgresError("42P04", f'database "{name}" already exists', "createdb")
        self.databases[name] = Database(name, owner)
        return self.databases[name]

    def drop_role(self, name: str, *, reassign_to: str | None = None) -> None:
        """Remove a role; what it owned becomes that of the role `reassign_to`, if there is such a wish.

        Raises PostgresError when there is none, or it owns a database.
        """
        if name not in self.roles:
            raise refusals.PostgresError("42704", f'role "{name}" does not exist', "DropRole")
        owned = [database for database in self.databases.values() if database.owner == name]
        if reassign_to is not None:
            for database in owned:
                database.owner = reassign_to
        elif owned:
            said = f'role "{name}" cannot be dropped because some objects depend on it'
            raise refusals.PostgresError("2BP01", said, "DropRole")
        del self.roles[name]

    def drop_database(self, name: str) -> None:
        """Remove a database with everything in it. Raises PostgresError when there is none."""
        if name not in self.databases:
            raise refusals.PostgresError("3D000", f'database "{name}" does not exist', "dropdb")
        del self.databases[name]

    # Whether it runs

    @property
    def running(self) -> bool:
        """Whether it takes clients, at least on its local socket."""
        return self._process is not None

    @property
    def port(self) -> int:
        """Where it listens, or would."""
        return int(self.settings["port"])

    async def start(self) -> None:
        """Read the files and start. Nothing happens when it runs. Raises UnitFailedError with PostgreSQL's words."""
        if self.running:
            return
        try:
            self.settings = settings(self.host.files)
            self._hba = hba.parse(self._hba_text())
        except (ConfigurationError, hba.HbaError) as error:
            raise UnitFailedError(f"Error: could not start PostgreSQL: {error}") from error
        bind, port = self._bind(), self.port
        argv = (BINARY, "-D", DATA_FOLDER, "-c", f"config_file={FOLDER}/postgresql.conf")
        process = self.host.start(*argv, user="postgres", folder=DATA_FOLDER, end=self._ended)
        if bind is not None:
            try:
                self.host.listen(Listener(bind, port, self._accept, process=process))
            except OSError as error:
                process.end = None
                self.host.end(process)
                raise UnitFailedError("FATAL:  could not create any TCP/IP sockets") from error
        self._process = process
        for child in CHILDREN:
            title = f"postgres: 15/main: {child} "
            self.host.start(title, user="postgres", parent=process.pid, folder=DATA_FOLDER, name="postgres")
        self._mark(active=True)

    async def stop(self) -> None:
        """Stop. Nothing happens when it does not run."""
        if self._process is not None:
            self.host.end(self._process)

    def reload(self) -> None:
        """Read pg_hba.conf again; one that is wrong is left alone, as PostgreSQL does."""
        try:
            self._hba = hba.parse(self._hba_text())
        except hba.HbaError as error:
            self.host.journal.append(f"postgresql@15-main: LOG:  {error}; pg_hba.conf was not reloaded")

    def _hba_text(self) -> str:
        path = self.settings["hba_file"]
        try:
            return self.host.files.read(path).decode("utf-8", "replace")
        except (FileNotFoundError, IsADirectoryError):
            raise hba.HbaError(f'could not open configuration file "{path}": No such file or directory') from None

    def _bind(self) -> str | None:
        """Return the address to listen at, None when listen_addresses is empty. Raises UnitFailedError."""
        names = [name for each in self.settings["listen_addresses"].split(",") if (name := each.strip())]
        if not names:
            return None
        addresses = {ANY if name in ("*", ANY) else self.host.resolve(name) for name in names} - {None}
        # A machine here has one address: whoever names both that and loopback names all.
        usable = addresses & {ANY, LOOPBACK, self.host.address}
        if not usable:
            raise UnitFailedError("FATAL:  could not create any TCP/IP sockets")
        if usable == {LOOPBACK}:
            return LOOPBACK
        return self.host.address if usable == {self.host.address} else ANY

    def _accept(self, peer: Peer) -> asyncio.BaseProtocol:
        from simulators.embedded.postgresql.backend import Backend

        return Backend(self, peer)

    def _ended(self) -> None:
        """The first process has ended, in whatever way: so do the others."""
        ended, self._process = self._process, None
        for child in [each for each in self.host.processes.values() if ended and each.parent == ended.pid]:
            self.host.end(child)
        self._mark(active=False)

    def _mark(self, *, active: bool) -> None:
        unit: Unit | None = self.host.units.get(UNIT)
        if unit is not None:
            unit.active = active

    # Whom it lets in

    def entry(self, source: str, user: str, database: str) -> hba.Entry:
        """Return the line of pg_hba.conf that decides about a client (`source` is empty for the local socket).

        Raises PostgresError when there is none, or it rejects.
        """
        if self.doing:
            raise refusals.not_now(self.doing)
        here = hba.Here(self.host.address, self.subnet, self.host.resolve)
        entry = hba.first(self._hba, source, user, database, here)
        if entry is None:
            raise refusals.no_entry(source, user, database)
        if entry.method == "reject":
            raise refusals.rejected(source, user, database)
        return entry

    def authorize(
        self, source: str, user: str, database: str, *, password: str | None = None, system_user: str = ""
    ) -> None:
        """Return when a client may enter a database.

        `source` is its address, empty for the local socket, where `system_user` is who the client runs as. Raises
        PostgresError in PostgreSQL's order: pg_hba.conf, then the proof, then the role, then the database.
        """
        entry = self.entry(source, user, database)
        match entry.method:
            case "trust":
                pass
            case "peer" if system_user != user:
                raise refusals.not_that_user("Peer", user)
            case "peer":
                pass
            case "ident":  # asks the client's machine, where nobody answers on port 113
                raise refusals.not_that_user("Ident", user)
            case "md5" | "scram-sha-256" | "password":
                kept = self.verifier(user)
                if kept is None or password is None or not kept.fits(password):
                    raise refusals.wrong_password(user)
            case method:
                raise refusals.not_simulated(f"pg_hba.conf's method {method}", fatal=True)
        self.enter(user, database)

    def verifier(self, user: str) -> scram.Verifier | None:
        """Return what is kept of a role's password, None when it has none or does not exist."""
        return self.roles[user].password if user in self.roles else None

    def enter(self, user: str, database: str) -> Database:
        """Return the database for somebody who has proved to be `user`. Raises PostgresError."""
        if user not in self.roles:
            raise refusals.no_role(user)
        if not self.roles[user].login:
            raise refusals.no_login(user)
        if database not in self.databases:
            raise refusals.no_database(database)
        return self.databases[database]


_CLUSTERS: WeakKeyDictionary[Host, ref[Cluster]] = WeakKeyDictionary()
"""References that keep nothing alive: it is the host's units that hold its cluster."""


def cluster_of(host: Host) -> Cluster | None:
    """Return the cluster that is installed on a host."""
    known = _CLUSTERS.get(host)
    return known() if known else None


def remember(cluster: Cluster) -> None:
    """Let `cluster_of` find a cluster."""
    _CLUSTERS[cluster.host] = ref(cluster)
