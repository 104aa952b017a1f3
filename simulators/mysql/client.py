"""The command line client `mysql`: its options, statements from standard input or `-e`, and how it prints."""

from __future__ import annotations

import configparser
import getopt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from simulators.mysql.errors import MysqlError
from simulators.mysql.result import Result
from simulators.mysql.session import Session
from simulators.mysql.tokens import Value, statements

VERSION = "mysql  Ver 15.1 Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64) using  EditLine wrapper"
RULE = "--------------\n"
"""Before and after a statement that was refused (MariaDB 10.11.19)."""
SHORT = "u:p::h:P:D:e:BNsrftS:V"
LONG = {
    "user": "u",
    "password": "p",
    "host": "h",
    "port": "P",
    "database": "D",
    "execute": "e",
    "batch": "B",
    "skip-column-names": "N",
    "silent": "s",
    "raw": "r",
    "force": "f",
    "table": "t",
    "socket": "S",
    "version": "V",
    "defaults-file": "F",
    "defaults-extra-file": "X",
    "no-defaults": "Z",
    "connect-timeout": "c",
    "protocol": "o",
    "default-character-set": "C",
}
_TAKING = frozenset("uhPDeSFXcoC")
_USE = re.compile(r"(?im)^(\s*use\s+`?[\w$-]+`?)\s*$")


class UnusableError(Exception):
    """Options that are not simulated."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    user: str
    password: str | None = None
    host: str = ""
    """Empty: by the socket."""
    port: int = 3306
    database: str | None = None
    execute: str | None = None
    batch: bool = False
    names: bool = True
    raw: bool = False
    force: bool = False
    table: bool = False
    version: bool = False
    asks_password: bool = False


def read_options(
    argv: Sequence[str],
    *,
    user: str,
    env: Mapping[str, str],
    read: Callable[[str], str],
    own: str | None = None,
) -> Asked:
    """Return what a command line asks for; `read` returns a file with options, `own` is that of whoever calls.

    Raises UnusableError, OSError.
    """
    said = _options(argv)
    asked = Asked(user, password=env.get("MYSQL_PWD") or None)
    alone = said.get("F", []) or (["Z"] if "Z" in said else [])
    paths = [*said.get("F", []), *said.get("X", []), *([own] if own and not alone else [])]
    for path in paths:
        asked = _from_file(asked, read(path))
    values = {letter: found[-1] for letter, found in said.items()}
    if values.get("o", "tcp").lower() not in ("tcp", "socket") or not values.get("P", "3306").isdecimal():
        raise UnusableError
    words = said.get("", [])
    if len(words) > 1:
        raise UnusableError
    host = values.get("h", asked.host)
    if host == "localhost" and values.get("o", "").lower() != "tcp":
        host = ""
    return replace(
        asked,
        user=values.get("u", asked.user),
        password=values.get("p") or asked.password,
        host=host,
        port=int(values.get("P", "3306")),
        database=words[0] if words else values.get("D", asked.database),
        execute=values.get("e"),
        batch=bool({"B", "s", "r"} & set(values)),
        names="N" not in values and len(said.get("s", [])) < 2,
        raw="r" in values,
        force="f" in values,
        table="t" in values,
        version="V" in values,
        asks_password="p" in values and not values["p"],
    )


def _options(argv: Sequence[str]) -> dict[str, list[str]]:
    """Return values by letter; words under the empty one."""
    found: dict[str, list[str]] = {}
    words = [f"-p{word[2:]}" if word.startswith("-p") else word for word in argv]
    # `-p` may have its value with it, or none: getopt has no such options
    own = [word for word in words if word.startswith("-p")]
    rest = [word for word in words if not word.startswith("-p")]
    for word in own:
        found.setdefault("p", []).append(word[2:])
    long = [f"{name}=" if letter in _TAKING or letter == "p" else name for name, letter in LONG.items()]
    rest = ["--password=" if word == "--password" else word for word in rest]
    try:
        options, operands = getopt.gnu_getopt(rest, SHORT.replace("p::", ""), long)
    except getopt.GetoptError as error:
        raise UnusableError(str(error)) from None
    for option, value in options:
        letter = LONG[option[2:]] if option.startswith("--") else option[1:]
        found.setdefault(letter, []).append(value)
    if operands:
        found[""] = operands
    return found


def _from_file(asked: Asked, text: str) -> Asked:
    ini = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        ini.read_string(text)
    except configparser.Error:
        raise UnusableError("a file of options") from None
    for section in ("client", "mysql"):
        if ini.has_section(section):
            values = {key: (value or "").strip("'\"") for key, value in ini.items(section)}
            asked = replace(
                asked,
                user=values.get("user", asked.user),
                password=values.get("password", asked.password),
                host=values.get("host", asked.host),
                database=values.get("database", asked.database),
            )
    return asked


def run(session: Session, asked: Asked, text: str, *, out: Callable[[str], None], err: Callable[[str], None]) -> int:
    """Do the statements of a text, print results and refusals, and return the exit status."""
    status, line = 0, 1
    text = _USE.sub(r"\1;", text)
    try:
        for tokens in statements(text):
            line = tokens[0].line
            try:
                result = session.execute(tokens)
            except MysqlError as error:
                if not tokens[0].says("USE"):  # which the client does itself
                    err(f"{RULE}{text[tokens[0].start : tokens[-1].end]}\n{RULE}\n")
                err(f"{error.shown(line)}\n")
                if not asked.force:
                    return 1
                status = 1
                continue
            if result.columns:
                out(table(result, names=asked.names) if asked.table else batch(result, asked))
    except MysqlError as error:  # of the text, not of a statement
        err(f"{error.shown(line)}\n")
        return 1
    finally:
        session.close()
    return status


def batch(result: Result, asked: Asked) -> str:
    """Return a result as `--batch` prints it: a line for each row, values between tabs."""
    rows = [*([result.columns] if asked.names and result.rows else []), *result.rows]
    return "".join("\t".join(_plain(value, raw=asked.raw) for value in row) + "\n" for row in rows)


def table(result: Result, *, names: bool = True) -> str:
    """Return a result as a terminal shows it."""
    if not result.rows:
        return ""
    cells = [[_plain(value, raw=True) for value in row] for row in result.rows]
    heads = list(result.columns) if names else ["" for _ in result.columns]
    widths = [max(len(head), *(len(row[n]) for row in cells)) for n, head in enumerate(heads)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+\n"
    numbers = [all(isinstance(row[n], int | float | None) for row in result.rows) for n in range(len(widths))]

    def line(row: Sequence[str], *, head: bool = False) -> str:
        shown = (
            f" {each:>{width}} " if right and not head else f" {each:<{width}} "
            for each, width, right in zip(row, widths, numbers, strict=True)
        )
        return f"|{'|'.join(shown)}|\n"

    top = rule + (line(heads, head=True) + rule if names else "")
    return top + "".join(map(line, cells)) + rule


def _plain(value: Value, *, raw: bool) -> str:
    if value is None:
        return "NULL"
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if raw:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")
