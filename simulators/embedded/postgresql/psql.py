"""`psql`, as scripts call it and as people do for a quick look: statements from -c, -f or the standard input."""

from __future__ import annotations

import getopt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.postgresql import catalogue, dialect
from simulators.embedded.postgresql.configuration import SERVER_VERSION
from simulators.embedded.postgresql.printing import Format, printed
from simulators.embedded.postgresql.reaching import ConnectionFailedError, open_session
from simulators.embedded.postgresql.refusals import PostgresError

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.postgresql.session import Session

LINE_LIMIT = 60
"""Columns of a line that psql repeats whole (DISPLAY_SIZE)."""
OK, FAILED, NO_CONNECTION, SCRIPT_FAILED = 0, 1, 2, 3
"""Exit statuses, as psql's manual has them."""
LONG = (
    *("no-align", "tuples-only", "quiet", "no-psqlrc", "no-password", "variable=", "set=", "command=", "file="),
    *("dbname=", "username=", "host=", "port=", "field-separator=", "list", "version"),
)
SHORT = {
    "A": "no-align",
    "t": "tuples-only",
    "q": "quiet",
    "X": "no-psqlrc",
    "w": "no-password",
    "v": "variable=",
    "c": "command=",
    "f": "file=",
    "d": "dbname=",
    "U": "username=",
    "h": "host=",
    "p": "port=",
    "F": "field-separator=",
    "l": "list",
    "V": "version",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    database: str = ""
    user: str = ""
    server: str = ""
    port: int = 5432
    how: Format = field(default_factory=Format)
    actions: tuple[tuple[str, str], ...] = ()
    """`command` with SQL, `file` with a path, or `list`; in order."""
    verbosity: str = "default"
    stops: bool = False
    """Whether ON_ERROR_STOP is set."""
    version: bool = False
    asks: bool = True
    """Whether it asks for a password where one is needed: without -w."""


async def psql(call: Call) -> int:
    """Run psql. Raises NotSimulatedError for options, statements and meta-commands that are not simulated."""
    wishes = _wishes(call)
    if wishes.version:
        call.say(f"psql (PostgreSQL) {SERVER_VERSION}")
        return OK
    user, lists = wishes.user or call.user, ("list", "") in wishes.actions
    try:
        session = open_session(
            call.host,
            server=wishes.server,
            port=wishes.port,
            user=user,
            database=wishes.database or ("postgres" if lists else user),
            password=call.env.get("PGPASSWORD"),
            system_user=call.user,
        )
    except ConnectionFailedError as error:
        if wishes.asks and "no password supplied" in str(error):
            raise NotSimulatedError("psql asking for a password; -w lets it not ask") from error
        call.err(f"psql: error: {error}\n".encode())
        return NO_CONNECTION
    try:
        return _work(call, wishes, session)
    finally:
        session.close()


def _work(call: Call, wishes: Wishes, session: Session) -> int:
    if not wishes.actions:
        return SCRIPT_FAILED if _script(call, wishes, session, call.read(), "") and wishes.stops else OK
    status = OK
    for kind, what in wishes.actions:
        if kind == "list":
            call.out(printed(catalogue.listed(session.cluster), wishes.how, "List of databases").encode())
        elif kind == "command":
            status = FAILED if _together(call, wishes, session, what) else OK
        else:
            try:
                content = call.read() if what == "-" else call.host.files.read(call.path(what))
            except FileNotFoundError:
                call.err(f"psql: error: {what}: No such file or directory\n".encode())
                status = FAILED
            else:
                name = "<stdin>" if what == "-" else what
                failed = _script(call, wishes, session, content, name)
                status = SCRIPT_FAILED if failed and wishes.stops else OK
        if status != OK and wishes.stops:
            break
    return status


def _together(call: Call, wishes: Wishes, session: Session, sql: str) -> bool:
    """Send a text as one message; return whether it failed."""
    _refuse_meta(sql)
    try:
        for answer in session.run_together(list(dialect.statements(sql))):
            call.out(printed(answer, wishes.how).encode())
    except PostgresError as error:
        call.err(_complaint(error, sql, wishes.verbosity).encode())
        return True
    return False


def _script(call: Call, wishes: Wishes, session: Session, content: bytes, name: str) -> bool:
    """Send a text statement by statement; return whether one failed. With ON_ERROR_STOP nothing follows that one."""
    sql = content.decode("utf-8", "replace")
    _refuse_meta(sql)
    failed = False
    for statement in dialect.statements(sql):
        try:
            call.out(printed(session.run(statement), wishes.how).encode())
        except PostgresError as error:
            failed = True
            shown = sql[statement.begin : statement.end]
            moved = error.position and error.position - statement.begin
            line = sql.count("\n", 0, statement.end) + 1
            prefix = f"psql:{name}:{line}: " if name else ""
            call.err((prefix + _complaint(error, shown, wishes.verbosity, moved)).encode())
            if wishes.stops:
                break
    return failed


def _complaint(error: PostgresError, sql: str, verbosity: str, position: int | None = None) -> str:
    if verbosity == "sqlstate":
        return f"{error.severity}:  {error.sqlstate}\n"
    at = (position or error.position or 0) - 1
    if at < 0 or verbosity == "terse":
        return f"{error}{f' at character {at + 1}' if at >= 0 else ''}\n"
    number = sql.count("\n", 0, at) + 1
    begin = sql.rfind("\n", 0, at) + 1
    head = f"LINE {number}: "
    line = sql[begin:].partition("\n")[0]
    if len(line) > LINE_LIMIT:
        raise NotSimulatedError("where in a long line the error is; VERBOSITY=terse shows it")
    return f"{error}\n{head}{line}\n{' ' * (len(head) + at - begin)}^\n"


def _refuse_meta(sql: str) -> None:
    if any(line.lstrip().startswith("\\") for line in sql.splitlines()):
        raise NotSimulatedError("psql's commands that begin with a backslash")


def _wishes(call: Call) -> Wishes:
    """Read the command line."""
    try:
        options, words = getopt.gnu_getopt(
            list(call.argv[1:]), "".join(f"{short}{':' * long.endswith('=')}" for short, long in SHORT.items()), LONG
        )
    except getopt.GetoptError as error:
        raise NotSimulatedError(f"psql: {error.msg}") from error
    if named := [name for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS") if name in call.env]:
        raise NotSimulatedError(f"psql with {named[0]} in its environment")
    wishes = Wishes()
    for option, value in options:
        name = option[2:] if option.startswith("--") else SHORT[option[1:]].rstrip("=")
        wishes = _with(wishes, name, value)
    database, user, *more = (*words, "", "")
    if len(words) > 2:
        call.err(f'psql: warning: extra command-line argument "{more[0]}" ignored\n'.encode())
    if database and wishes.database:
        database, user = wishes.database, wishes.user or database
    wishes = replace(wishes, database=database or wishes.database, user=wishes.user or user)
    if "=" in wishes.database or "://" in wishes.database:
        raise NotSimulatedError(f"psql with the connection string {wishes.database[:60]!r}")
    return wishes


def _with(wishes: Wishes, name: str, value: str) -> Wishes:
    how = wishes.how
    match name:
        case "no-align":
            return replace(wishes, how=replace(how, aligned=False))
        case "tuples-only":
            return replace(wishes, how=replace(how, tuples_only=True))
        case "quiet":
            return replace(wishes, how=replace(how, quiet=True))
        case "field-separator":
            return replace(wishes, how=replace(how, separator=value))
        case "command" | "file" | "list":
            return replace(wishes, actions=(*wishes.actions, (name, value)))
        case "dbname":
            return replace(wishes, database=value)
        case "username":
            return replace(wishes, user=value)
        case "host":
            return replace(wishes, server=value)
        case "port" if value.isdecimal():
            return replace(wishes, port=int(value))
        case "variable" | "set":
            return _with_variable(wishes, *value.split("=", 1))
        case "version":
            return replace(wishes, version=True)
        case "no-password":
            return replace(wishes, asks=False)
        case "no-psqlrc":
            return wishes
        case _:
            raise NotSimulatedError(f"psql --{name} {value}".rstrip())


def _with_variable(wishes: Wishes, name: str, value: str = "") -> Wishes:
    match name, value.lower():
        case "VERBOSITY", "sqlstate" | "terse" | "default":
            return replace(wishes, verbosity=value.lower())
        case "ON_ERROR_STOP", "1" | "on" | "true" | "yes":
            return replace(wishes, stops=True)
        case "ON_ERROR_STOP", "0" | "off" | "false" | "no":
            return replace(wishes, stops=False)
        case _:
            raise NotSimulatedError(f"psql's variable {name}={value}")
