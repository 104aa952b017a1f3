"""Looks at PostgreSQL: on its own host, and from main as any machine of the kit would."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.access import ConnectionRefused, HostUnreachable
from harness.errors import CheckFailed, KitError, TimedOut, UnexpectedAnswer
from harness.judging.database import Listening, Login

if TYPE_CHECKING:
    from harness.kit import Kit

PORT = 5432
DATABASE = "tasks"
ROLE = "cloud"
NO_TABLE = "42P01"
"""PostgreSQL's code (undefined_table): messages come in the server's language, codes do not."""


PSQL_NO_CONNECTION, PSQL_SCRIPT_ERROR = 2, 3
"""Exit statuses of psql, as its manual has them."""
PROGRAM = "ls -d /usr/lib/postgresql/*/bin/postgres"
"""Succeeds where a PostgreSQL server is installed, as Debian and Ubuntu do it."""


def listening(kit: Kit) -> Listening:
    """Return what listens on PostgreSQL's port of the database host, and what systemd says about it."""
    name = kit.role("database")
    host = kit.host(name)
    sockets = cast("list[str]", host.socket.get_listening_sockets())
    addresses = tuple(
        address.removeprefix("tcp://").rpartition(":")[0]
        for address in sockets
        if address.startswith("tcp://") and address.endswith(f":{PORT}")
    )
    installed = bool(addresses) or _is_installed(kit, name)
    if addresses or not installed:
        return Listening(name, installed, addresses, wrapper_active=False)
    return Listening(
        name,
        installed,
        addresses,
        wrapper_active=host.service("postgresql").is_running,
        clusters=tuple(kit.run(name, "pg_lsclusters --no-header").text.splitlines()),
    )


def _is_installed(kit: Kit, name: str) -> bool:
    return kit.run(name, PROGRAM).exit_status == 0


def login(kit: Kit) -> Login | None:
    """Return how PostgreSQL answers when main logs in as the application's role; None when nobody answers."""
    from harness import quick_pg8000

    address = kit.address(kit.role("database"))
    source = "main, as cloud, into tasks"
    try:
        sock = kit.access.open(address, PORT, timeout=10.0, limit=1_000_000)
    except (ConnectionRefused, HostUnreachable):
        return None
    try:
        # The lab's settings.py says PASSWORD cloud; with `trust`, as the handout has it, no password is asked for.
        connection = quick_pg8000.connect(ROLE, database=DATABASE, password="cloud", sock=sock)  # noqa: S106
        connection.close()
    except quick_pg8000.native.DatabaseError as exc:
        fields = cast("dict[str, str]", exc.args[0]) if exc.args and isinstance(exc.args[0], dict) else {}
        state, message = fields.get("C", ""), fields.get("M", str(exc))[:300]
        answer = Login(source, False, state == "28P01", state, fields.get("R", ""), message)
    except TimeoutError as exc:
        raise TimedOut(f"PostgreSQL at {address}:{PORT} did not answer a login within 10 seconds") from exc
    except KitError:
        raise
    except Exception as exc:
        # pg8000 and scramp raise whatever a strange answer leads to
        raise UnexpectedAnswer(f"what answers at {address}:{PORT} does not speak PostgreSQL's protocol") from exc
    else:
        answer = Login(source, accepted=True)
    finally:
        sock.close()
    outcome = "accepted" if answer.accepted else f"{answer.sqlstate} {answer.message}"
    kit.log.record("sql", "main", f"login to {address}:{PORT} as {ROLE}, database {DATABASE} -> {outcome}")
    return answer


def databases_and_roles(kit: Kit) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of PostgreSQL's databases and roles. Raises UnexpectedAnswer when they cannot be read."""
    rows = query(
        kit, "select 'd', datname from pg_database union all select 'r', rolname from pg_roles", database="postgres"
    )
    pairs = [row.partition("|") for row in rows]
    return (
        frozenset(name for kind, _, name in pairs if kind == "d"),
        frozenset(name for kind, _, name in pairs if kind == "r"),
    )


def query(kit: Kit, sql: str, *, database: str = DATABASE) -> list[str]:
    """Return the rows of a statement, columns joined by `|`, run as PostgreSQL's own user on the database host.

    No rows come from a database or table that does not exist. Raises CheckFailed where PostgreSQL is not installed,
    UnexpectedAnswer when it refuses the statement for another reason.
    """
    name = kit.role("database")
    command = f"cd / && sudo -n -u postgres psql -AtqXw -v VERBOSITY=sqlstate -v ON_ERROR_STOP=1 {database}"
    done = kit.run(name, command, stdin=sql.encode(), record=False)
    kit.log.record(
        "sql", name, f"{' '.join(sql.split())} -> exit status {done.exit_status}", done.text + done.error_text
    )
    if done.exit_status not in {0, PSQL_NO_CONNECTION, PSQL_SCRIPT_ERROR} and not _is_installed(kit, name):
        raise CheckFailed(
            f"PostgreSQL is not installed on {name}.",
            help="Install it there, or correct roles.database in kit.yaml.",
            expected=f"PostgreSQL on {name}",
            observed=done.error_text.strip()[:200],
        )
    if done.exit_status == PSQL_SCRIPT_ERROR and NO_TABLE in done.error_text:
        return []
    if done.exit_status == PSQL_NO_CONNECTION and database != "postgres":
        names = query(kit, "select datname from pg_database", database="postgres")
        if database not in names:
            return []
    if done.exit_status != 0:
        raise UnexpectedAnswer(
            f"psql on {name} refused a question: {done.error_text.strip()[:200] or done.text.strip()[:200]}",
            help=f"Log in to {name} and try `sudo -u postgres psql {database}`.",
        )
    return [line for line in done.text.splitlines() if line]
