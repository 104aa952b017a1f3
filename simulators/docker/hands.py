"""Somebody's hands on main's keyboard: commands typed on main and over SSH on the servers, files edited there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import KitError

if TYPE_CHECKING:
    from harness.access import Access

OUTPUT_LIMIT = 8_000_000
"""Bytes that one command may print."""
QUICK_S = 60.0
"""Seconds for what a person would not wait for."""
SLOW_S = 600.0
"""Seconds for what installs something, on a loaded computer."""
LAST_LINES = 12
"""Lines of a failed command's output that its error repeats."""
APT = "sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq"


@dataclass(slots=True)
class Hands:
    """Types commands. May be used by several threads at once. Everything raises KitError."""

    access: Access
    doing: str
    """What is being done, for errors: `building`, `changing`."""
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the servers, by host name."""

    def type(self, command: str, *, on: str | None = None, within: float = QUICK_S, stdin: bytes | None = None) -> str:
        """Run a command on main, or as `ubuntu` on a server, and return its output.

        Raises KitError with the host, the command, its status and its last words when it fails.
        """
        host = on or "main"
        address = self.addresses[on] if on else None
        try:
            completed = self.access.run(
                command, on=address, timeout=within, limit=OUTPUT_LIMIT, stdin=stdin, record=False
            )
        except KitError as error:
            raise KitError(f"{self.doing} {host}: {error}", help=error.help) from error
        if completed.exit_status != 0:
            lines = f"{completed.text}\n{completed.error_text}".strip().splitlines()[-LAST_LINES:]
            said = "\n".join(f"  {line[:200]}" for line in lines)
            raise KitError(
                f"{self.doing} {host}: `{command}` ended with status {completed.exit_status}; it said last:\n{said}"
            )
        return completed.text

    def write(self, path: str, text: str, *, on: str | None = None) -> None:
        """Replace a file's content, or make the file; it keeps its owner and mode when it is there."""
        self.type(f"cat > {path}", on=on, stdin=text.encode())

    def edit(self, path: str, change: Callable[[str], str], *, on: str | None = None) -> None:
        """Change a file's text."""
        text = self.type(f"cat {path}", on=on)
        try:
            changed = change(text)
        except KitError as error:
            raise KitError(f"{self.doing} {on or 'main'}: {error}") from error
        self.write(path, changed, on=on)

    def until_open(self, host: str, port: int) -> None:
        """Return when a port of a server takes connections from main."""
        self.type(f"until nc -z -w 1 {self.addresses[host]} {port}; do sleep 0.05; done")
