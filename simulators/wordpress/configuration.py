"""Debian's configuration of WordPress: a file of constants in /etc/wordpress, chosen by the name that is asked.

Debian 12: /usr/share/wordpress/wp-config.php reads `config-NAME.php` for the name in the header `Host`, without its
port, and `config-default.php` where there is none; it answers 404 without either. The tables' prefix is `wp_`
unless the file sets `$table_prefix`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FOLDER = "/etc/wordpress"
PREFIX = "wp_"
_STRING = r"'(?:[^'\\]|\\.)*'"
_DEFINE = re.compile(r"^\s*define\(\s*'(\w+)'\s*,\s*(.+?)\s*\)\s*;", re.MULTILINE)
_PREFIX = re.compile(r"^\s*\$table_prefix\s*=\s*['\"](\w+)['\"]\s*;", re.MULTILINE)
_HOST = re.compile(r"^\s*(\$\w+)\s*=\s*\$_SERVER\[['\"]HTTP_HOST['\"]\].*;", re.MULTILINE)


class MissingConfigurationError(Exception):
    """There is no such file; the message names those that were looked for."""


class UnreadableConfigurationError(Exception):
    """The file says something in a way that is not simulated."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration says."""

    constants: Mapping[str, str]
    prefix: str = PREFIX
    """Of the tables' names."""

    @property
    def database(self) -> str:
        """The database's name."""
        return self.constants.get("DB_NAME", "")

    @property
    def server(self) -> tuple[str, int]:
        """The database server's name or address, and its port."""
        host, _, port = self.constants.get("DB_HOST", "localhost").partition(":")
        return host, int(port) if port.isdecimal() else 3306

    def secret(self, scheme: str) -> bytes:
        """Return what signs cookies: `auth`, `logged_in`, `nonce`."""
        name = scheme.upper()
        return (self.constants.get(f"{name}_KEY", "") + self.constants.get(f"{name}_SALT", "")).encode()


def load(read: Callable[[str], str | None], host: str) -> Configuration:
    """Return the configuration for a header `Host`. Raises Missing- and UnreadableConfigurationError."""
    name = re.sub(r"[^a-z0-9.-]", "", host.partition(":")[0].lower())
    paths = (f"{FOLDER}/config-{name}.php", f"{FOLDER}/config-default.php")
    text = next((found for found in map(read, paths) if found is not None), None)
    if text is None:
        raise MissingConfigurationError(" and ".join(paths))
    variables = {found[1]: host for found in _HOST.finditer(text)}
    constants: dict[str, str] = {}
    for found in _DEFINE.finditer(text):
        value = _value(found[2], host, variables)
        if value is None and found[1] in ("DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "WP_HOME", "WP_SITEURL"):
            raise UnreadableConfigurationError(f"{found[1]} in {FOLDER}")
        constants[found[1]] = value or ""
    prefixes = _PREFIX.findall(text)
    return Configuration(constants, prefixes[-1] if prefixes else PREFIX)


def _value(written: str, host: str, variables: Mapping[str, str]) -> str | None:
    """Return the value of an expression: strings, and the name that was asked, joined by dots; None for another."""
    parts = re.findall(rf"{_STRING}|\$_SERVER\['HTTP_HOST'\]|\$\w+|\w+|\.|\S", written)
    whole = ""
    for number, part in enumerate(parts):
        if number % 2:
            if part != ".":
                return None
        elif part.startswith("'") and len(part) > 1:
            whole += re.sub(r"\\(['\\])", r"\1", part[1:-1])
        elif part == "$_SERVER['HTTP_HOST']":
            whole += host
        elif part in variables:
            whole += variables[part]
        elif len(parts) == 1 and part.isalnum():
            return part
        else:
            return None
    return whole
