"""What a command in the kit said, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ran to its end; a non-zero exit status is for the caller to judge."""

    command: str
    exit_status: int
    """As a shell gives it: 128 + the number of the signal that ended the command."""
    stdout: bytes
    stderr: bytes
    duration_s: float
    """Seconds from sending the command to its end."""

    @property
    def text(self) -> str:
        """Standard output as text; what is not UTF-8 becomes U+FFFD."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        """Standard error as text; what is not UTF-8 becomes U+FFFD."""
        return self.stderr.decode("utf-8", "replace")
