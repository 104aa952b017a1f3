"""MariaDB on a host of an embedded kit: its package, its files, its unit, its command, and the way to it."""

from __future__ import annotations

import configparser
import errno
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from simulators.embedded.host import UnitFailedError
from simulators.embedded.juju.services import Daemon, Served
from simulators.embedded.network import ANY, LOOPBACK
from simulators.embedded.shell.accounts import account, add_account, home
from simulators.mysql import MysqlError, Server
from simulators.mysql.greeting import Greeting
from simulators.mysql.server import PORT, SOCKET

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host
    from simulators.embedded.network import Peer
    from simulators.mysql import Session

FOLDER = "/etc/mysql/mariadb.conf.d"
SERVER_CNF = """\
# The packaged 50-server.cnf: what is not said here is as MariaDB has it.
[mysqld]
user                    = mysql
pid-file                = /run/mysqld/mysqld.pid
basedir                 = /usr
datadir                 = /var/lib/mysql
bind-address            = 127.0.0.1
"""
SECTIONS = ("server", "mysqld", "mariadb", "mariadbd")
"""Of a configuration, which the server reads."""
ALIASES = ("mysql", "mysqld")
"""Other names of the unit `mariadb`."""
UID = 119
EVERYWHERE = ("0.0.0.0", "*", "::")  # noqa: S104 -- compared, not bound


class MariaDb(Daemon):
    """The service of one host, with what it keeps on the disk."""

    def __init__(self, host: Host) -> None:
        self.server = Server(host.name)
        super().__init__(
            host,
            "mariadb",
            "/usr/sbin/mariadbd",
            title="MariaDB 10.11.19 database server",
            user="mysql",
            serve=partial(_serve, host, self.server),
        )


_SERVICES: WeakKeyDictionary[Host, ref[MariaDb]] = WeakKeyDictionary()
"""References that keep nothing alive: it is the host's units that hold its service."""


def mariadb_server(host: Host) -> Daemon:
    """Put the package `mariadb-server` on a host, and return its service. Databases stay until the host is gone."""
    if account(host, "mysql") is None:
        add_account(host, "mysql", UID, "/nonexistent", shell="/bin/false")  # noqa: S604 -- a line of /etc/passwd
    if not host.files.is_file(f"{FOLDER}/50-server.cnf"):
        host.files.write(f"{FOLDER}/50-server.cnf", SERVER_CNF)
    host.files.make_folder("/var/lib/mysql")
    host.files.make_folder("/run/mysqld")
    host.commands["mysql"] = host.commands["mariadb"] = client
    daemon = MariaDb(host)
    for name in ALIASES:
        host.units[name] = daemon.unit
    _SERVICES[host] = ref(daemon)
    return daemon


def _serve(host: Host, server: Server) -> Served:
    said = _configuration(host)
    port = said.get("port", str(PORT))
    address = said.get("bind-address", "*")
    if not port.isdecimal():
        raise UnitFailedError(f"Unknown suffix used for variable 'port' (value '{port}')")
    if address not in (*EVERYWHERE, LOOPBACK, "localhost", host.address):
        raise UnitFailedError("Can't start server: Bind on TCP/IP port: Cannot assign requested address")
    server.bind_address = address
    bind = LOOPBACK if address in (LOOPBACK, "localhost") else ANY

    def accept(peer: Peer) -> Greeting:
        return Greeting(server, "localhost" if peer.address == LOOPBACK else peer.address)

    return Served(port=int(port), bind=bind, accept=accept)


def _configuration(host: Host) -> dict[str, str]:
    """Return the server's options; a later file goes before an earlier one. Raises UnitFailedError."""
    found: dict[str, str] = {}
    for path in host.files.glob(f"{FOLDER}/*.cnf"):
        ini = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
        try:
            ini.read_string(host.files.read(path).decode())
        except (configparser.Error, UnicodeDecodeError) as error:
            said = " ".join(str(error).split())
            raise UnitFailedError(f"Found option without preceding group in config file: {path}: {said}") from None
        for section in SECTIONS:
            if ini.has_section(section):
                options = {key.replace("_", "-"): value or "" for key, value in ini.items(section)}
                found |= {key: value.partition("#")[0].strip() for key, value in options.items()}
    return found


# The way to it


def open_session(
    host: Host,
    *,
    server: str,
    port: int = PORT,
    user: str,
    password: str | None,
    database: str | None = None,
    system_user: str | None = None,
) -> Session:
    """Return a session that is opened on `host`: on the server at a name or an address; empty: by the host's socket.

    Raises MysqlError: 2002 and 2005 when there is no server, and whatever the server refuses.
    """
    if server in ("", "localhost"):
        known = _SERVICES.get(host)
        service = known() if known else None
        if service is None or not service.running:
            raise MysqlError(2002, "HY000", f"Can't connect to local server through socket '{SOCKET}' (2)")
        return service.server.connect(user, "localhost", password, database, system_user=system_user)
    address = host.resolve(server)
    if address is None:
        raise MysqlError(2005, "HY000", f"Unknown server host '{server}' (-2)")
    try:
        listener, peer = host.network.connect(host, address, port)
    except OSError as error:
        # MariaDB 10.11: a refused connection is one still in progress (115)
        number = error.errno if error.errno == errno.EHOSTUNREACH else errno.EINPROGRESS
        raise MysqlError(2002, "HY000", f"Can't connect to server on '{server}' ({number})") from None
    there = listener.accept(peer)
    if not isinstance(there, Greeting):
        raise MysqlError(
            2013, "HY000", "Lost connection to server at 'handshake: reading initial communication packet'"
        )
    return there.server.connect(user, there.address, password, database)


async def client(call: Call) -> int:
    """Play the command `mysql`."""
    from simulators.embedded.shell.view import View
    from simulators.mysql import client as program

    view = View.of(call)
    own = f"{home(call.host, call.user)}/.my.cnf"
    try:
        asked = program.read_options(
            call.argv[1:],
            user=call.user,
            own=own if call.host.files.is_file(own) else None,
            env=call.env,
            read=lambda path: view.read(call.path(path)).decode("utf-8", "replace"),
        )
    except program.UnusableError:
        raise call.refuse() from None
    except OSError as error:
        said = f"Could not open required defaults file: {error.args[0]}"
        call.err(f"{said}\nFatal error in defaults handling. Program aborted\n".encode())
        return 1
    if asked.version:
        call.say(program.VERSION)
        return 0
    if asked.asks_password or (call.terminal is not None and asked.execute is None):
        raise call.refuse()  # a dialogue
    try:
        session = open_session(
            call.host,
            server=asked.host,
            port=asked.port,
            user=asked.user,
            password=asked.password,
            database=asked.database,
            system_user=call.user,
        )
    except MysqlError as error:
        call.err(f"{error.shown()}\n".encode())
        return 1
    text = asked.execute if asked.execute is not None else call.read().decode("utf-8", "replace")
    return program.run(
        session,
        asked,
        text,
        out=lambda said: call.out(said.encode("utf-8", "replace")),
        err=lambda said: call.err(said.encode("utf-8", "replace")),
    )
