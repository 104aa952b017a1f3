"""pg_hba.conf: who may log in from where into which database, and how they must prove who they are."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

CONNECTIONS = ("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc")
METHODS = (
    *("trust", "reject", "md5", "scram-sha-256", "password", "peer", "ident"),
    *("gss", "sspi", "pam", "bsd", "ldap", "radius", "cert"),
)
KEYWORDS = ("all", "samehost", "samenet")
_TOKEN = re.compile(r'"[^"\n]*"|,|[^\s",#]+|#.*')

Resolve = Callable[[str], str | None]


class HbaError(Exception):
    """A line cannot be used: PostgreSQL does not start with it, and does not load it while it runs."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written: in quotes, `all` is a name like any other."""

    text: str
    quoted: bool = False

    def is_keyword(self, *words: str) -> bool:
        """Return whether it is one of PostgreSQL's own words."""
        return not self.quoted and self.text in words


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    connection: str
    databases: tuple[Name, ...]
    users: tuple[Name, ...]
    address: str
    """A network as CIDR, a host name, one of KEYWORDS, or empty for `local`."""
    method: str

    def is_about(self, source: str, user: str, database: str, here: Here) -> bool:
        """Return whether it is for that client; `source` is its address, empty for the local socket."""
        if self.connection == "local":
            if source:
                return False
        elif not source or self.connection in ("hostssl", "hostgssenc") or not self._holds(source, here):
            return False
        return any(_is_user(name, user) for name in self.users) and any(
            _is_database(name, user, database) for name in self.databases
        )

    def _holds(self, source: str, here: Here) -> bool:
        client = ipaddress.ip_address(source)
        if self.address == "all":
            return True
        if self.address in ("samehost", "samenet"):
            return client.is_loopback or client in ipaddress.ip_network(
                here.subnet if self.address == "samenet" else f"{here.address}/32"
            )
        if re.match(r"[\d.]+/|[\da-fA-F:]*:", self.address):
            return client in ipaddress.ip_network(self.address)
        return here.resolve(self.address) == source


@dataclass(frozen=True, slots=True)
class Here:
    """The database host, as its lines see it."""

    address: str
    subnet: str
    resolve: Resolve


def parse(text: str) -> tuple[Entry, ...]:
    """Return the lines that say something, in order. Raises HbaError with the number of the first one that is wrong."""
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = _fields(line)
        if fields:
            try:
                entries.append(_entry(fields))
            except (ValueError, IndexError) as error:
                said = str(error) if isinstance(error, ValueError) else "end-of-line before authentication method"
                raise HbaError(f'{said} (line {number} of configuration file "pg_hba.conf")') from None
    return tuple(entries)


def first(entries: Iterable[Entry], source: str, user: str, database: str, here: Here) -> Entry | None:
    """Return the entry that decides: the first that is about the client; None when there is none."""
    return next((entry for entry in entries if entry.is_about(source, user, database, here)), None)


def _fields(line: str) -> list[list[Name]]:
    """Return a line's fields, each a list of names between commas."""
    fields: list[list[Name]] = []
    end, after_comma = -1, False
    for match in _TOKEN.finditer(line):
        written = match[0]
        if written.startswith("#"):
            break
        if written == ",":
            after_comma = True
            continue
        name = Name(written[1:-1], quoted=True) if written.startswith('"') else Name(written)
        if after_comma and fields:
            fields[-1].append(name)
        else:
            fields.append([name])
        end, after_comma = match.end(), False
    return fields if end >= 0 else []


def _entry(fields: list[list[Name]]) -> Entry:
    words = [[name.text for name in field] for field in fields]
    connection = words[0][0]
    if connection not in CONNECTIONS:
        raise ValueError(f'invalid connection type "{connection}"')
    databases, users = fields[1], fields[2]
    for name in (*databases, *users):
        if not name.quoted and name.text.startswith("@"):
            raise ValueError(f"not simulated: names from the file {name.text[1:]}")
    rest = words[3:]
    address = ""
    if connection != "local":
        address, rest = _address(rest)
    method = rest[0][0]
    if method not in METHODS:
        raise ValueError(f'invalid authentication method "{method}"')
    if method == "peer" and connection != "local":
        raise ValueError("peer authentication is only supported on local sockets")
    if any("=" not in option for [option, *_] in rest[1:]):
        raise ValueError(f"authentication option not in name=value format: {rest[1][0]}")
    if rest[1:]:
        raise ValueError(f"not simulated: authentication option {rest[1][0]}")
    return Entry(connection, tuple(databases), tuple(users), address, method)


def _address(rest: list[list[str]]) -> tuple[str, list[list[str]]]:
    """Return an address and what follows it."""
    [address] = rest[0]
    if address in KEYWORDS:
        return address, rest[1:]
    if address.startswith("0/"):
        address = f"0.0.0.0/{address[2:]}"
    if "/" in address:
        try:
            return str(ipaddress.ip_network(address, strict=False)), rest[1:]
        except ValueError:
            raise ValueError(f'invalid CIDR mask in address "{address}"') from None
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return address, rest[1:]
    [mask] = rest[1]
    try:
        return str(ipaddress.ip_network(f"{address}/{mask}", strict=False)), rest[2:]
    except ValueError:
        raise ValueError(f'invalid IP mask "{mask}": Name or service not known') from None


def _is_user(name: Name, user: str) -> bool:
    # A role is a member of itself; there are no other memberships here.
    return name.is_keyword("all") or name.text == user or (not name.quoted and name.text == f"+{user}")


def _is_database(name: Name, user: str, database: str) -> bool:
    if name.is_keyword("sameuser", "samerole", "samegroup"):
        return user == database
    if name.is_keyword("replication"):
        return False
    return name.is_keyword("all") or name.text == database
