"""One command as a program on a host sees it: its words, its streams, who calls it and where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.host import Host


class NotSimulatedError(Exception):
    """Nobody here knows what the real system would do: the command ends without an exit status, as one that was lost."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not simulated: {what}")


@dataclass(frozen=True, slots=True)
class Call:
    """A command and its surroundings."""

    host: Host
    argv: tuple[str, ...]
    """The command's name and its arguments, expanded."""
    user: str
    folder: str
    """Where it is called; absolute."""
    stdin: bytes
    out: Callable[[bytes], None]
    err: Callable[[bytes], None]

    def say(self, text: str) -> None:
        """Print a line."""
        self.out(f"{text}\n".encode())

    def complain(self, text: str) -> int:
        """Print a line to the standard error, with the command's name before it, and return the exit status 1."""
        self.err(f"{self.argv[0]}: {text}\n".encode())
        return 1

    def path(self, written: str) -> str:
        """Return an absolute path."""
        import posixpath

        return posixpath.normpath(posixpath.join(self.folder, written))

    def with_words(self, *argv: str) -> Call:
        """Return the call of another command in the same surroundings."""
        return replace(self, argv=argv)

    def refuse(self) -> NotSimulatedError:
        """Return what to raise for options and words that are not simulated."""
        return NotSimulatedError(" ".join(self.argv))


Command = Callable[[Call], Awaitable[int]]
"""A program: returns its exit status; raises NotSimulatedError for what it cannot play. One that serves runs until it is
cancelled."""
