"""postgresql.conf as PostgreSQL reads it: names, values, and the files that it includes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.host import Files

FOLDER = "/etc/postgresql/15/main"
DATA_FOLDER = "/var/lib/postgresql/15/main"
SERVER_VERSION = "15.18 (Debian 15.18-0+deb12u1)"

DEFAULTS: Mapping[str, str] = {
    "listen_addresses": "localhost",
    "port": "5432",
    "server_version": SERVER_VERSION,
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "integer_datetimes": "on",
    "password_encryption": "scram-sha-256",
    "ssl": "off",
    "config_file": f"{FOLDER}/postgresql.conf",
    "hba_file": f"{FOLDER}/pg_hba.conf",
    "data_directory": DATA_FOLDER,
}
"""What PostgreSQL 15 takes when the file does not say; only what somebody may ask for here."""

_LINE = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][\w.]*)\s*(?:=\s*|\s)\s*
    (?P<value>'(?:[^'\n]|'')*'|[^\s'\#]+)\s*)?(?:\#.*)?""",
    re.VERBOSE,
)


class ConfigurationError(Exception):
    """A configuration file cannot be used; the message is PostgreSQL's."""


def settings(files: Files, path: str = f"{FOLDER}/postgresql.conf") -> dict[str, str]:
    """Return every setting by its lower-case name, later lines winning, with the defaults of those asked for here.

    Raises ConfigurationError with PostgreSQL's words when the file cannot be read.
    """
    found = {**DEFAULTS, **dict(_lines(files, path))}
    if not (found["port"].isdecimal() and 1 <= int(found["port"]) <= 65535):
        raise ConfigurationError(f'invalid value for parameter "port": "{found["port"]}"')
    return found


def _lines(files: Files, path: str) -> list[tuple[str, str]]:
    try:
        text = files.read(path).decode("utf-8", "replace")
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigurationError(f'could not open configuration file "{path}": No such file or directory') from None
    found: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigurationError(f'syntax error in file "{path}" line {number}')
        if match["name"] is None:
            continue
        name, value = match["name"].lower(), match["value"]
        value = value[1:-1].replace("''", "'") if value.startswith("'") else value
        if name == "include_dir":
            folder = value if value.startswith("/") else f"{path.rpartition('/')[0]}/{value}"
            for each in files.glob(f"{folder}/*.conf"):
                found += _lines(files, each)
        elif name.startswith("include"):
            raise ConfigurationError(f"not simulated: {name} in {path}")
        else:
            found.append((name, value))
    return found
