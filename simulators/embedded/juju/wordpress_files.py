"""The package `wordpress` on a host of the kit: its files, and what PHP runs of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulators.embedded.network import HostUnreachableError

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.network import App
    from simulators.mysql import Session

ROOT = "/usr/share/wordpress"
README = "<!DOCTYPE html>\n<title>WordPress</title>\n<h1>WordPress</h1>\n<p>A stand-in of version 6.1.</p>\n"
CONFIGURATION = "<?php\n// Reads /etc/wordpress/config-NAME.php, else /etc/wordpress/config-default.php.\n"


def wordpress(host: Host) -> None:
    """Put the package's files on a host."""
    from simulators.wordpress.app import SCRIPTS
    from simulators.wordpress.front import THEME

    for script in SCRIPTS:
        host.files.write(f"{ROOT}/{script}", "<?php\n// A program of WordPress' stand-in.\n")
    host.files.write(f"{ROOT}/wp-config.php", CONFIGURATION)
    host.files.write(f"{ROOT}/readme.html", README)
    host.files.write(f"{ROOT}/wp-content/themes/{THEME}/style.css", "body{font-family:sans-serif}\n")
    host.files.make_folder(f"{ROOT}/wp-includes")
    host.files.make_folder("/etc/wordpress")
    host.files.make_folder("/var/lib/wordpress/wp-content")


def application(host: Host) -> App:
    """Return what PHP runs for WordPress on a host."""
    from simulators.wordpress import create_app

    return create_app(_OnHost(host))


class _OnHost:
    """What WordPress needs of its machine."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def read(self, path: str) -> str | None:
        """Return a file's text, None when there is none, or PHP's user may not read it."""
        files = self._host.files
        return files.read(path).decode("utf-8", "replace") if files.is_file(path) else None

    def connect(self, host: str, port: int, user: str, password: str) -> Session:
        """Open a session on a database server. Raises MysqlError."""
        from simulators.embedded.mysql_host import open_session

        return open_session(self._host, server=host, port=port, user=user, password=password, system_user="www-data")

    async def fetch(self, url: str) -> tuple[int, dict[str, str]]:
        """Ask from the machine, and return status and headers; 0: nobody answers."""
        from simulators.embedded.asking import ask

        try:
            answer = await ask(self._host, "GET", url)
        except (HostUnreachableError, OSError, KeyError, ValueError):
            return 0, {}
        return answer.status, dict(answer.headers)

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()
