"""One command as a program on a host sees it: its words, its streams, who calls it and where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulators.embedded.host import Host


class NotSimulatedError(Exception):
    """Nobody here knows what the real system would do: the command ends without an exit status, as if lost."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not simulated: {what}")


Mode = Literal["lines", "silent", "keys"]
"""What a terminal gives: lines that were edited there and shown, lines that nobody sees, or keys as they are typed."""


def _has_one_mode(_mode: Mode) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Terminal:
    """A person's end of a session with a terminal."""

    read_line: Callable[[], Awaitable[str | None]]
    """Returns the next line without its end, None when there are no more."""
    out: Callable[[bytes], None]
    interrupts: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """The last one is called for Ctrl-C."""
    mode: Callable[[Mode], None] = _has_one_mode
    """Changes what `read_line` returns."""

    async def read_secret(self) -> str | None:
        """Return the next line, of which nobody sees more than that it ended."""
        self.mode("silent")
        try:
            return await self.read_line()
        finally:
            self.mode("lines")


def _nothing() -> None:
    pass


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
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its environment variables."""
    terminal: Terminal | None = None
    """The terminal from which it was called, if there is one."""
    taken: Callable[[], None] = _nothing
    """Tells the shell that the standard input was read: the next command of the same line finds it empty."""

    def read(self) -> bytes:
        """Return the whole standard input, which is then used up."""
        self.taken()
        return self.stdin

    def say(self, text: str) -> None:
        """Print a line."""
        self.out(f"{text}\n".encode("utf-8", "surrogateescape"))

    def complain(self, text: str) -> int:
        """Print a line to the standard error, with the command's name before it, and return the exit status 1."""
        self.err(f"{self.argv[0]}: {text}\n".encode("utf-8", "surrogateescape"))
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
"""A program: returns its exit status; raises NotSimulatedError for what it cannot play. One that serves runs until
it is cancelled."""
