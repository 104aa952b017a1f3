"""Asks a MySQL or MariaDB as its root on its own machine, with statements on standard input.

Facts as of MySQL 5.7 and 8.0 and MariaDB 10: root logs in through the local socket without a password where the package
set it up so; the charm that the lab patches gives root a password, and keeps it in a file of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import AccessRefused, CheckFailed, UnexpectedAnswer
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.access import Access
    from harness.completed import Completed

CLIENT = "--batch --skip-column-names"
PASSWORD_FILE, MAINTENANCE_FILE = "/var/lib/mysql/mysql.passwd", "/etc/mysql/debian.cnf"
"""Where the charm mysql keeps root's password, and Debian's and Ubuntu's packages a login of their own."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to log in as somebody who may do everything."""

    command: str
    file: str = ""
    """The file without which there is no such way."""


WAYS = (
    Way(f"sudo -n -H mysql {CLIENT}"),
    # the password goes from the file to the client through a pipe: neither arguments nor environment show it
    Way(
        "sudo -n bash -c 'exec mysql --defaults-extra-file=<("
        rf'printf "[client]\nuser=root\npassword=\"%s\"\n" "$(cat {PASSWORD_FILE})") {CLIENT}'
        "'",
        PASSWORD_FILE,
    ),
    Way(f"sudo -n mysql --defaults-file={MAINTENANCE_FILE} {CLIENT}", MAINTENANCE_FILE),
)
"""Each is tried when the one before was refused."""
SECONDS = 20.0
"""For one question, login included."""
JUJU_SECONDS = 40.0
"""The same by way of `juju ssh`, which asks the controller first."""
NO_LOGIN = frozenset({127, 255})
"""Exit statuses of a shell without such a program, and of ssh when it does not get in."""
LIMIT = 262_144
"""Bytes of an answer."""
DENIED = frozenset({1045, 1698})
"""MySQL's ER_ACCESS_DENIED_ERROR, and the same without a password (MariaDB, MySQL 5.7 and later)."""
NO_SERVER = frozenset({2002, 2003})
"""The client's errors when nobody answers at the socket or the port."""
_COMPLAINT = re.compile(r"^ERROR (\d{1,5})(?: \((\w{1,5})\))?[^:\n]*: (.*)$", re.MULTILINE)
_ESCAPED = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer; NULL is the text `NULL`, as the client prints it."""

    values: tuple[str, ...]


class Mysql:
    """The server on the machine at an address, as its root; which way in is open is found out once."""

    def __init__(self, access: Access, address: str, unit: str, by_juju: Callable[[str], str] | None = None) -> None:
        """Remember where it is; nothing is asked yet. `unit` is what messages call it.

        `by_juju` makes of a command there one on main, for machines and containers that trust Juju's key alone.
        """
        self.address = address
        self.unit = unit
        self._access = access
        self._ways = list(WAYS)
        self._by_juju = by_juju
        self._refused = ""
        """What root was told first."""
        self._locked: AccessRefused | None = None
        """Why the machine is not logged in to directly."""

    @property
    def where(self) -> str:
        """The unit with its address."""
        return f"{self.unit} ({self.address})"

    def ask(self, sql: str) -> list[Row]:
        """Return the rows that statements give, those of all of them.

        Raises CheckFailed when the server does not run, AccessRefused when no way in is open to root, else KitError.
        """
        while True:
            told = self._run(self._ways[0].command, sql)
            self._record(sql, told)
            if told.exit_status == 0:
                return rows(told.text)
            number, said = complaint(told)
            if number not in DENIED:
                raise self._failure(number, said, told)
            self._refused = self._refused or said
            self._ways.pop(0)
            while self._ways and self._run(f"sudo -n test -r {self._ways[0].file}", "").exit_status != 0:
                self._ways.pop(0)
            if not self._ways:
                self._ways = [WAYS[0]]
                raise AccessRefused(
                    f"MySQL on {self.where} does not let root in without a password: {self._refused}",
                    help=f"Kitcheck looks for root's password in {PASSWORD_FILE}, /root/.my.cnf and "
                    f"{MAINTENANCE_FILE} on that machine: put it into /root/.my.cnf there.",
                )

    def _run(self, way: str, sql: str) -> Completed:
        """Run a client on the machine; where it does not let us in, as Juju does it."""
        statements = sql.encode()
        if self._locked is None:
            try:
                return self._access.run(
                    way, on=self.address, stdin=statements, timeout=SECONDS, limit=LIMIT, record=False
                )
            except AccessRefused as refusal:
                self._locked = refusal
        if self._by_juju is None:
            raise self._locked
        told = self._access.run(self._by_juju(way), stdin=statements, timeout=JUJU_SECONDS, limit=LIMIT, record=False)
        if told.exit_status in NO_LOGIN:
            raise self._locked
        return told

    def _failure(self, number: int, said: str, told: Completed) -> CheckFailed | AccessRefused | UnexpectedAnswer:
        if number in NO_SERVER:
            return CheckFailed(
                f"MySQL does not run on {self.where}: {said}",
                help="On its machine: `systemctl status mysql mariadb`; start it, and read its log when it stays down.",
                observed=said,
            )
        if "password is required" in told.error_text:
            return AccessRefused(
                f"`sudo` asks for a password on {self.where}", help="let ubuntu use sudo without a password there"
            )
        return UnexpectedAnswer(
            f"MySQL on {self.where} refused a question: {said or f'exit status {told.exit_status}'}",
            help=f"log in to the machine and try `{WAYS[0].command}` there",
        )

    def _record(self, sql: str, told: Completed) -> None:
        source = self._access.names.get(self.address, self.address)
        said = told.text + (f"\n[stderr]\n{told.error_text}" if told.stderr else "")
        self._access.log.record("sql", source, f"{' '.join(sql.split())} -> exit status {told.exit_status}", said)


def complaint(told: Completed) -> tuple[int, str]:
    """Return the number of the client's error and what it says; 0 when it has no number."""
    found = _COMPLAINT.search(told.error_text[:65_536])
    if found is None:
        lines = [line for line in told.error_text[:65_536].splitlines() if line.strip()]
        return 0, plain(lines[-1], 200) if lines else ""
    return int(found[1]), plain(found[3], 200)


def rows(text: str) -> list[Row]:
    r"""Return what `mysql --batch` printed: a line each, fields between tabs, `\t`, `\n`, `\0` and `\\` escaped."""
    return [Row(tuple(map(_unescaped, line.split("\t")))) for line in text.split("\n") if line]


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[0]), value)


def name(*parts: str) -> str:
    """Return names of a database, table or column as SQL takes them, joined by dots."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def text(value: str) -> str:
    """Return a string as SQL takes it, whether backslashes escape there or not. Only for values without any."""
    if "\\" in value or "\0" in value:
        raise ValueError(f"not for a statement: {value!r}")
    return "'" + value.replace("'", "''") + "'"


def one_number(found: Sequence[Row], what: str) -> int:
    """Return the number that an answer consists of. Raises UnexpectedAnswer when it is something else."""
    if len(found) != 1 or len(found[0].values) != 1 or not re.fullmatch(r"\d{1,18}", found[0].values[0]):
        raise UnexpectedAnswer(f"MySQL gave no number for {what}")
    return int(found[0].values[0])
