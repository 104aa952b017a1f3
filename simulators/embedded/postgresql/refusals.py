"""What PostgreSQL says when it refuses: codes, messages and its own functions' names, as measured on version 15."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class PostgresError(Exception):
    """An error as PostgreSQL reports it to a client."""

    sqlstate: str
    """Five characters, as in appendix A of PostgreSQL's manual."""
    message: str
    routine: str
    """The function of PostgreSQL that reports it; clients in every language find it there."""
    severity: str = "ERROR"
    """FATAL when the connection ends with it."""
    file: str = ""
    line: str = "1"
    position: int | None = None
    """Which character of the statement it is about, counted from 1."""

    def __str__(self) -> str:
        return f"{self.severity}:  {self.message}"


def no_entry(source: str, user: str, database: str) -> PostgresError:
    """No line of pg_hba.conf is about the client."""
    where = "[local]" if source == "" else source
    said = f'no pg_hba.conf entry for host "{where}", user "{user}", database "{database}", no encryption'
    return PostgresError("28000", said, "ClientAuthentication", "FATAL", "auth.c", "544")


def rejected(source: str, user: str, database: str) -> PostgresError:
    """A line of pg_hba.conf says `reject`."""
    where = "[local]" if source == "" else source
    said = f'pg_hba.conf rejects connection for host "{where}", user "{user}", database "{database}", no encryption'
    return PostgresError("28000", said, "ClientAuthentication", "FATAL", "auth.c", "476")


def wrong_password(user: str) -> PostgresError:
    """Also what is said of a role that does not exist, or that has no password."""
    said = f'password authentication failed for user "{user}"'
    return PostgresError("28P01", said, "auth_failed", "FATAL", "auth.c", "334")


def not_that_user(kind: str, user: str) -> PostgresError:
    """The system's user is not the role's; `kind` is `Peer` or `Ident`."""
    said = f'{kind} authentication failed for user "{user}"'
    return PostgresError("28000", said, "auth_failed", "FATAL", "auth.c", "334")


def no_role(role: str) -> PostgresError:
    """The role that wants to log in does not exist."""
    said = f'role "{role}" does not exist'
    return PostgresError("28000", said, "InitializeSessionUserId", "FATAL", "miscinit.c", "768")


def no_login(role: str) -> PostgresError:
    """The role exists and may not log in."""
    said = f'role "{role}" is not permitted to log in'
    return PostgresError("28000", said, "InitializeSessionUserId", "FATAL", "miscinit.c", "821")


def no_database(database: str) -> PostgresError:
    """The database does not exist."""
    said = f'database "{database}" does not exist'
    return PostgresError("3D000", said, "InitPostgres", "FATAL", "postinit.c", "948")


def not_now(doing: str) -> PostgresError:
    """The cluster is `starting up` or `shutting down`."""
    said = f"the database system is {doing}"
    return PostgresError("57P03", said, "ProcessStartupPacket", "FATAL", "postmaster.c", "2391")


def not_simulated(what: str, *, fatal: bool = False) -> PostgresError:
    """For clients that speak the protocol: PostgreSQL's own code for a feature that is not there."""
    return PostgresError("0A000", f"not simulated: {what}", "not_simulated", "FATAL" if fatal else "ERROR")
