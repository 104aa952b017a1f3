"""What NGINX says of a configuration that it does not take."""

from __future__ import annotations


def readable(text: str) -> str:
    """Return a text whose bytes that are no UTF-8 are replaced: it is going to be printed."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


class Fault(Exception):
    """One complaint while a configuration is read, with file and line where NGINX names them."""

    level = "emerg"


class StartFault(Fault):
    """A complaint that comes only after the whole configuration was read: files, addresses, memory."""


class UnreadableFileFault(Fault):
    """A file that can be opened and not read."""

    level = "crit"


class ConfigurationError(Exception):
    """NGINX does not start with this configuration; the text is what `nginx -t` prints to the standard error.

    The form is that of NGINX as its makers build it. Debian 12's writes date and process instead of `nginx:` in lines
    that complain (`2026/01/31 12:00:00 [emerg] 812#812: ...`), because it logs to the standard error by default.
    """

    def __init__(self, fault: Fault, warnings: tuple[str, ...], path: str) -> None:
        said = [
            *warnings,
            *([f"nginx: the configuration file {path} syntax is ok"] if isinstance(fault, StartFault) else []),
            f"nginx: [{fault.level}] {fault}",
            f"nginx: configuration file {path} test failed",
        ]
        super().__init__(readable("\n".join(said)))
