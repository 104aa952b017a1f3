"""Does PostgreSQL serve the kit's subnet, and does it hold what the application needs?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.finding import Finding, fails, holds


@dataclass(frozen=True, slots=True)
class Listening:
    """What is seen on the database host."""

    host: str
    installed: bool
    """Whether any PostgreSQL server package is installed."""
    addresses: tuple[str, ...]
    """Local addresses on which port 5432 is listened at, as `ss` prints them: `0.0.0.0`, `127.0.0.1`, `[::]`."""
    wrapper_active: bool
    """Whether the unit `postgresql` calls itself active: it does so even when every cluster is down."""
    clusters: tuple[str, ...] = ()
    """Lines of `pg_lsclusters`, where that exists."""


@dataclass(frozen=True, slots=True)
class Login:
    """How PostgreSQL answered a login from another machine of the kit."""

    source: str
    """Where the login came from, as `main (172.16.0.3)`."""
    accepted: bool
    asks_password: bool = False
    """Whether it would let us in with a password that we do not have: it does accept the network."""
    sqlstate: str = ""
    """The five characters of PostgreSQL's error code, empty when it let us in or did not answer."""
    routine: str = ""
    """The function of PostgreSQL that refused: the message is in the server's language, this is not."""
    message: str = ""


def judge_accepts_network(listening: Listening, login: Login | None, network: str) -> Finding:
    """Judge whether PostgreSQL can be used from the kit's subnet (`login` is None when nothing listens)."""
    expected = f"PostgreSQL on {listening.host} listens on port 5432 and lets {network} log in"
    if not listening.installed:
        return fails(
            f"PostgreSQL is not installed on {listening.host}.",
            help="On the database host: sudo apt install postgresql postgresql-contrib. If PostgreSQL is elsewhere, "
            "correct roles.database in kit.yaml.",
            expected=expected,
            observed="no PostgreSQL server package",
        )
    if not listening.addresses:
        claim = (
            " The unit 'postgresql' says active all the same: it is only a wrapper around the clusters."
            if listening.wrapper_active
            else ""
        )
        return fails(
            f"Nothing listens on port 5432 of {listening.host}: the PostgreSQL cluster is down.{claim}",
            help="See `pg_lsclusters`; start the cluster with `sudo systemctl start postgresql@<version>-main`, and "
            "read /var/log/postgresql if it stays down.",
            expected=expected,
            observed="; ".join(listening.clusters) or "no socket on port 5432",
        )
    if all(_is_loopback(address) for address in listening.addresses):
        return fails(
            f"PostgreSQL on {listening.host} listens only for {listening.host} itself.",
            help="Set listen_addresses = '*' in /etc/postgresql/<version>/main/postgresql.conf and restart PostgreSQL.",
            expected=expected,
            observed=f"port 5432 on {', '.join(listening.addresses)} only",
        )
    if login is None or (not login.accepted and not login.asks_password):
        return _judge_refusal(listening, login, network, expected)
    return holds(
        expected=expected, observed=f"listens on {', '.join(listening.addresses)}; login from {login.source}: ok"
    )


def _judge_refusal(listening: Listening, login: Login | None, network: str, expected: str) -> Finding:
    observed = f"login from {login.source}: {login.message}" if login else "no answer"
    if login and login.sqlstate == "3D000":
        return fails(
            f"PostgreSQL on {listening.host} has no database 'tasks'.",
            help="On the database host, as the user postgres: createdb -O cloud tasks.",
            expected=expected,
            observed=observed,
        )
    if login and login.routine == "InitializeSessionUserId":
        return fails(
            f"PostgreSQL on {listening.host} has no role 'cloud'.",
            help="On the database host, as the user postgres: createuser -s cloud.",
            expected=expected,
            observed=observed,
        )
    if login and login.routine == "ClientAuthentication":
        return fails(
            f"PostgreSQL on {listening.host} refuses machines of {network}: pg_hba.conf has no line for them.",
            help=f"Add `host all all {network} trust` to pg_hba.conf (in /etc/postgresql), then restart PostgreSQL.",
            expected=expected,
            observed=observed,
        )
    return fails(
        f"PostgreSQL on {listening.host} cannot be used from another machine of {network}.",
        help="Look at listen_addresses, at pg_hba.conf and at the firewall (sudo ufw allow 5432/tcp).",
        expected=expected,
        observed=observed,
    )


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address in {"[::1]", "::1"}


def judge_database_and_role(host: str, databases: frozenset[str], roles: frozenset[str]) -> Finding:
    """Judge whether the application's database `tasks` and its role `cloud` exist."""
    expected = "database 'tasks' and role 'cloud'"
    observed = f"databases: {', '.join(sorted(databases)) or 'none'}; roles: {', '.join(sorted(roles)) or 'none'}"
    missing = [
        f"no {what} '{name}'"
        for what, name, there in (("database", "tasks", databases), ("role", "cloud", roles))
        if name not in there
    ]
    if missing:
        return fails(
            f"PostgreSQL on {host} has {' and '.join(missing)}.",
            help="As the user postgres: createuser -s cloud; createdb -O cloud tasks.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)
