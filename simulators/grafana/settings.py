"""What grafana.ini says that matters here: where to listen, where to keep records, and the first administrator."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

SECTIONS = {"server": ("http_addr", "http_port"), "paths": ("data",), "security": ("admin_user", "admin_password")}
_VARIABLE = re.compile(r"\$__env\{(\w+)\}|\$\{(\w+)\}")


class SettingsError(Exception):
    """A configuration cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one Grafana; the defaults are those of Grafana 9 to 11 and of its Debian package."""

    address: str = ""
    """To listen on; empty: every address."""
    port: int = 3000
    data: str = "/var/lib/grafana"
    """Folder of the records."""
    admin_user: str = "admin"
    admin_password: str = "admin"  # noqa: S105 - what Grafana itself begins with
    """Counts when there is no user yet."""


def read_settings(text: str, env: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a grafana.ini; `GF_SECURITY_ADMIN_PASSWORD` and the like in `env` go before the file.

    Raises SettingsError.
    """
    around = os.environ if env is None else env
    # Grafana's file may have keys before its first section, and values with `%`, `;` and `#` in them.
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=(";", "#"))
    try:
        parser.read_string(f"[DEFAULT]\n{text}")
    except configparser.Error as error:
        raise SettingsError(f"cannot be read: {' '.join(str(error).split())}") from None
    found: dict[str, str] = {}
    for section, keys in SECTIONS.items():
        for key in keys:
            value = around.get(f"GF_{section}_{key}".upper())
            if value is None and parser.has_option(section, key):
                value = _VARIABLE.sub(lambda match: around.get(match[1] or match[2], ""), parser.get(section, key))
                value = _unquoted(value.strip())
            if value:
                found[key] = value
    plain = Settings()
    port = found.get("http_port", str(plain.port))
    if not re.fullmatch(r"\d{1,5}", port) or int(port) > 65_535:
        raise SettingsError(f"[server] http_port: expected a port, got {port!r}")
    return Settings(
        address=found.get("http_addr", plain.address),
        port=int(port),
        data=found.get("data", plain.data),
        admin_user=found.get("admin_user", plain.admin_user),
        admin_password=found.get("admin_password", plain.admin_password),
    )


def _unquoted(value: str) -> str:
    """Return a value without the quotation marks around it: in ini files they keep `#` and `;` from ending it."""
    for mark in ('"""', '"', "`", "'"):
        if len(value) >= 2 * len(mark) and value.startswith(mark) and value.endswith(mark):
            return value[len(mark) : -len(mark)]
    return value
