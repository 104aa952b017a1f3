"""What a running shell knows: variables, folder, status, and where its input comes from and its output goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from simulators.embedded.call import Call, NotSimulatedError, Terminal
from simulators.embedded.shell.accounts import home

if TYPE_CHECKING:
    from simulators.embedded.host import Host

OUTPUT_LIMIT = 4 * 1024 * 1024
"""Bytes that one pipe, substitution or file may take."""
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
"""As Ubuntu's sudo has it; a login's has folders of games as well, which servers have not."""

Sink = Callable[[bytes], None]
Dialect = Literal["bash", "sh"]


@dataclass(slots=True)
class Input:
    """A standard input, known whole; what one command takes the next one does not see."""

    data: bytes = b""

    def empty(self) -> None:
        """Note that it was read to its end."""
        self.data = b""

    def line(self) -> bytes:
        """Take one line, its end included; empty when there is none."""
        line, end, self.data = self.data.partition(b"\n")
        return line + end


class Buffer:
    """Keeps what is written to it. Raises NotSimulatedError past OUTPUT_LIMIT."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Add to it."""
        self._size += len(data)
        if self._size > OUTPUT_LIMIT:
            raise NotSimulatedError(f"more than {OUTPUT_LIMIT} bytes of output inside a command line")
        self._pieces.append(data)

    @property
    def content(self) -> bytes:
        """Everything that was written."""
        return b"".join(self._pieces)


def discard(_data: bytes) -> None:
    """Be /dev/null."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Standard input, output and error of one command."""

    stdin: Input
    out: Sink
    err: Sink


class ShellExit(Exception):
    """`exit`, or an error that ends a shell; it ends the innermost subshell."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LoopLeft(Exception):
    """`break` and `continue`."""

    def __init__(self, depth: int, *, again: bool) -> None:
        super().__init__(depth)
        self.depth = depth
        self.again = again


@dataclass(slots=True)
class State:
    """A shell."""

    host: Host
    user: str
    folder: str
    variables: dict[str, str]
    exported: set[str]
    name: str = "bash"
    """As its messages begin."""
    dialect: Dialect = "bash"
    """`sh` is dash on Debian and Ubuntu."""
    arguments: tuple[str, ...] = ()
    """$1 and so on."""
    status: int = 0
    exits_on_error: bool = False
    """set -e"""
    requires_variables: bool = False
    """set -u"""
    conditions: int = 0
    """How many conditions we are inside, where `set -e` does not count."""
    loops: int = 0
    terminal: Terminal | None = None
    is_interactive: bool = False
    pid: list[int] = field(default_factory=list[int])
    """Its process id once somebody asked for it; subshells share it, as `$$` does."""

    @classmethod
    def login(cls, host: Host, user: str, folder: str | None = None, terminal: Terminal | None = None) -> State:
        """Return the shell of a user who has just logged in."""
        at = folder or home(host, user)
        variables = environment(host, user) | {"PWD": at}
        return cls(host, user, at, variables, set(variables), terminal=terminal)

    @classmethod
    def called(cls, call: Call, dialect: Dialect, *, name: str, arguments: tuple[str, ...] = ()) -> State:
        """Return the shell that a program starts."""
        variables = {**call.env, "PWD": call.folder}
        return cls(
            call.host,
            call.user,
            call.folder,
            variables,
            set(variables),
            name=name,
            dialect=dialect,
            arguments=arguments,
            terminal=call.terminal,
        )

    def copy(self) -> State:
        """Return a subshell."""
        return replace(self, variables=dict(self.variables), exported=set(self.exported), loops=0, is_interactive=False)

    @property
    def env(self) -> Mapping[str, str]:
        """What programs see of the variables."""
        return {name: self.variables[name] for name in self.exported if name in self.variables}

    def complaint(self, line: int, text: str) -> bytes:
        """Return a message as this shell writes it."""
        if self.is_interactive:
            said = f"-{self.name}: {text}\n"
        elif self.dialect == "sh":
            said = f"{self.name}: {line}: {text}\n"
        else:
            said = f"{self.name}: line {line}: {text}\n"
        return said.encode("utf-8", "surrogateescape")

    def call(self, argv: tuple[str, ...], streams: Streams, env: Mapping[str, str] | None = None) -> Call:
        """Return the call of a command from this shell."""
        return Call(
            self.host,
            argv,
            self.user,
            self.folder,
            streams.stdin.data,
            streams.out,
            streams.err,
            self.env if env is None else env,
            self.terminal,
            streams.stdin.empty,
        )


def environment(host: Host, user: str) -> dict[str, str]:
    """Return the variables that a login sets."""
    return {
        "HOME": home(host, user),
        "LANG": "C.UTF-8",
        "LOGNAME": user,
        "PATH": SEARCH_PATH,
        "SHELL": "/bin/bash",
        "USER": user,
    }
