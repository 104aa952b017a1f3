"""What the server refuses, with MariaDB's numbers, SQL states and words."""

from __future__ import annotations


class MysqlError(Exception):
    """The server, or the way to it, refuses something."""

    def __init__(self, number: int, state: str, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.state = state

    def shown(self, line: int | None = None) -> str:
        """Return it as the client prints it; with the line of a statement that was read from a file."""
        at = "" if line is None else f" at line {line}"
        return f"ERROR {self.number} ({self.state}){at}: {self}"


def not_simulated(what: str) -> MysqlError:
    """Return the refusal of something that a real server may well do: with the number of a syntax error."""
    return MysqlError(1064, "42000", f"not simulated: {what[:200]}")


def access_denied(user: str, host: str, *, password: bool) -> MysqlError:
    """Return the refusal of a login."""
    used = "YES" if password else "NO"
    return MysqlError(1045, "28000", f"Access denied for user '{user}'@'{host}' (using password: {used})")


def no_password_account(user: str, host: str) -> MysqlError:
    """Return the refusal of a login to an account that only the system's own user has (MariaDB: unix_socket)."""
    return MysqlError(1698, "28000", f"Access denied for user '{user}'@'{host}'")


def host_not_allowed(host: str) -> MysqlError:
    """Return the refusal of a client from whose address nobody may log in."""
    return MysqlError(1130, "HY000", f"Host '{host}' is not allowed to connect to this MariaDB server")


def database_denied(user: str, host: str, database: str) -> MysqlError:
    """Return the refusal of a database without any grant."""
    return MysqlError(1044, "42000", f"Access denied for user '{user}'@'{host}' to database '{database}'")


def table_denied(command: str, user: str, host: str, database: str, table: str) -> MysqlError:
    """Return the refusal of a statement on a table."""
    said = f"{command} command denied to user '{user}'@'{host}' for table `{database}`.`{table}`"
    return MysqlError(1142, "42000", said)


def privilege_needed(privilege: str) -> MysqlError:
    """Return the refusal of a statement for administrators."""
    said = f"Access denied; you need (at least one of) the {privilege} privilege(s) for this operation"
    return MysqlError(1227, "42000", said)


def unknown_database(name: str) -> MysqlError:
    """Return what is said about a database that is not there."""
    return MysqlError(1049, "42000", f"Unknown database '{name}'")


def no_database() -> MysqlError:
    """Return what is said about a table without a database."""
    return MysqlError(1046, "3D000", "No database selected")


def unknown_table(database: str, table: str) -> MysqlError:
    """Return what is said about a table that is not there."""
    return MysqlError(1146, "42S02", f"Table '{database}.{table}' doesn't exist")
