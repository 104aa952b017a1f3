"""Compares the kit's host key with the remembered one, and remembers nothing itself: an examination leaves no trace."""

from __future__ import annotations

from harness.errors import AccessRefused
from harness.known_hosts import KnownHosts


class Looking(KnownHosts):
    """Host keys that are only looked at; what came of it is kept."""

    shown: str = ""
    """The key that the server showed, as `type base64`; empty: it never got that far."""
    changed: AccessRefused | None = None
    """Why the key was not accepted."""
    new: bool = False
    """Whether nothing was remembered of that address."""

    def check(self, host: str, port: int | None, key: str) -> None:
        """Accept a key of which nothing is remembered, and the remembered one. Raises AccessRefused for another."""
        self.shown = key
        if not self.keys(host, port):
            self.new = True
            return
        try:
            super().check(host, port, key)  # it writes only what is new
        except AccessRefused as failure:
            self.changed = failure
            raise
