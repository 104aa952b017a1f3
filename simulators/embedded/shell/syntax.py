"""A command line as data: what `parsing` makes of a text, and `evaluating` carries out."""

from __future__ import annotations

from dataclasses import dataclass

# Words


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str
    quoted: bool
    """Whether it was in quotes: then it is no pattern, and an empty one is still an argument."""


@dataclass(frozen=True, slots=True)
class Tilde:
    """`~` or `~user` at the beginning of a word."""

    user: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, `${name}`, `${name:-word}`, `${#name}`, `$?`."""

    name: str
    quoted: bool
    operator: str = ""
    """`#`, or `-`, `+`, `:-`, `:+` with an operand."""
    operand: Word = ()


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(...)`."""

    script: Script
    quoted: bool


Part = Literal | Tilde | Variable | Substitution
Word = tuple[Part, ...]

# Commands


@dataclass(frozen=True, slots=True)
class Redirect:
    """`2>/dev/null`."""

    descriptor: int
    """0, 1 or 2."""
    operator: str
    """`<`, `>`, `>>`, `>&` or `<&` (the target is a descriptor or `-`), `&>`, `&>>`."""
    target: Word
    text: str
    """The target as written; of a here-document (`<<`) its lines."""
    line: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value`."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its arguments; only assignments or redirections, when there are no words."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections."""

    body: Node
    redirects: tuple[Redirect, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each reading what the one before it prints."""

    commands: tuple[Node, ...]
    with_errors: tuple[bool, ...]
    """For each but the last, whether its standard error goes into the pipe too (`|&`)."""


@dataclass(frozen=True, slots=True)
class Negated:
    """`! command`."""

    body: Node


@dataclass(frozen=True, slots=True)
class Both:
    """`left && right`, or `left || right`."""

    left: Node
    operator: str
    right: Node


@dataclass(frozen=True, slots=True)
class Group:
    """`{ ... }`, or `( ... )`."""

    body: Script
    is_subshell: bool


@dataclass(frozen=True, slots=True)
class For:
    """`for variable in words; do body; done`."""

    variable: str
    words: tuple[Word, ...]
    body: Script


@dataclass(frozen=True, slots=True)
class While:
    """`while condition; do body; done`, or `until`."""

    condition: Script
    until: bool
    body: Script


@dataclass(frozen=True, slots=True)
class If:
    """`if condition; then body; elif ...; else ...; fi`."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None


Node = Simple | Redirected | Pipeline | Negated | Both | Group | For | While | If


@dataclass(frozen=True, slots=True)
class Item:
    """One command of a sequence."""

    command: Node
    in_background: bool
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """Commands that are carried out one after the other."""

    items: tuple[Item, ...]


class ShellSyntaxError(Exception):
    """The text is no command line; nothing of it is carried out, and the exit status is 2."""

    def __init__(self, bash: str, sh: str, line: int = 1) -> None:
        super().__init__(bash)
        self.bash = bash
        """What bash says after `bash: -c: line 1: `."""
        self.sh = sh
        """What dash, Debian's /bin/sh, says after `sh: 1: `."""
        self.line = line
