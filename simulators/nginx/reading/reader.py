"""Walks through a configuration as NGINX does: file by file, word by word, up to the first thing that is wrong."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.errors import Fault, UnreadableFileFault
from simulators.nginx.model import CacheZone, Map
from simulators.nginx.packaged import NOT_BROUGHT
from simulators.nginx.reading import knowledge, values
from simulators.nginx.reading.addresses import numeric
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.tokens import Statement, UnreadableError, statements
from simulators.nginx.templates import Template, TemplateError, template

if TYPE_CHECKING:
    from simulators.embedded.host import Files
    from simulators.nginx.reading.sockets import Listening
    from simulators.nginx.reading.upstreams import Group

FOLDER = "/etc/nginx"
"""Where names without a leading slash are looked for."""
MOST_FILES = 256
"""Files that are read, each as often as it is included."""
MOST_TEXT = 4 * 1024 * 1024
"""Characters that are read in all."""
DEEPEST = 32
"""Blocks and includes inside each other."""

Handler = Callable[["Reading", Level, Directive], Level | None]
"""Takes one directive; returns the new block when it opens one. Raises Fault."""


@dataclass(slots=True)
class Reading:
    """Everything that was read so far."""

    files: Files
    resolve: Callable[[str], str | None]
    processors: int
    handlers: Mapping[str, Handler]
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """By path, in the order read."""
    warnings: list[str] = field(default_factory=list[str])
    variables: dict[str, bool] = field(default_factory=dict[str, bool])
    """Names of the variables that were used, in order, and whether their value matters outside of logs."""
    defined: set[str] = field(default_factory=set[str])
    """Names of the variables that `set`, `map` and regular expressions bring."""
    groups: list[Group] = field(default_factory=list["Group"])
    listening: list[Listening] = field(default_factory=list["Listening"])
    servers: list[Level] = field(default_factory=list[Level])
    zones: dict[str, int] = field(default_factory=dict[str, int])
    """Bytes of each memory zone; 0 when nobody has said how many."""
    caches: dict[str, CacheZone] = field(default_factory=dict[str, CacheZone])
    maps: dict[str, Map] = field(default_factory=dict[str, Map])
    paths: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Files and folders that NGINX makes when it starts: its word for how, and the path."""
    end: Directive | None = None
    """Where the block `http` ends: what is found only then is said to be there."""
    opened: int = 0
    length: int = 0

    def read(self, path: str, level: Level, *, by: Directive | None = None, depth: int = 0) -> None:
        """Read a file into a block. Raises Fault."""
        text = self._text(path, by)
        if depth > DEEPEST:
            raise NotSimulatedError(f"nginx: more than {DEEPEST} includes and blocks inside each other in {path}")
        try:
            self._block(statements(text), level, path, depth, is_file=True)
        except UnreadableError as error:
            raise Fault(f"{error} in {path}:{error.line}") from None

    def template(self, text: str, directive: Directive, *, logged: bool = False) -> Template:
        """Return a text with variables; remember which. Raises Fault."""
        try:
            found = template(text)
        except TemplateError as error:
            raise directive.fault(str(error)) from None
        for name in found.names:
            self.variables[name] = self.variables.get(name, False) or not logged
        return found

    def address(self, host: str) -> str | None:
        """Return the address of a host that is named by its address or a name."""
        return numeric(host) if host.replace(".", "").isdecimal() else self.resolve(host)

    # The walk

    def _block(self, source: Iterator[Statement], level: Level, path: str, depth: int, *, is_file: bool) -> int:
        """Read up to the block's end, and return its line."""
        for statement in source:
            if statement.ending == "":
                if not is_file:
                    raise Fault(f'unexpected end of file, expecting "}}" in {path}:{statement.line}')
                return statement.line
            if statement.ending == "}":
                if is_file:
                    raise Fault(f'unexpected "}}" in {path}:{statement.line}')
                return statement.line
            name, *args = statement.words
            directive = Directive(name, tuple(args), path, statement.line)
            inner = self._directive(level, directive, statement.ending, depth)
            if inner is not None:
                if depth > DEEPEST:
                    raise directive.refusal(f"more than {DEEPEST} includes and blocks inside each other")
                end = self._block(source, inner, path, depth + 1, is_file=False)
                if closer := self.handlers.get(f"{name} }}"):
                    closer(self, inner, Directive(name, directive.args, path, end))
        raise AssertionError("the end of the file is a statement too")

    def _directive(self, level: Level, directive: Directive, ending: str, depth: int) -> Level | None:
        entries = self.handlers.get(f"{level.context[-1]} {{}}") if level.context else None
        if entries is not None:
            if ending == "{":
                raise directive.fault('unexpected "{"')
            if directive.name == "include" and len(directive.args) == 1:
                self._include(level, directive, depth)
                return None
            return entries(self, level, directive)
        knowledge.check(directive, ending, level)
        if directive.name == "include":
            self._include(level, directive, depth)
            return None
        if handler := self.handlers.get(directive.name):
            return handler(self, level, directive)
        _take(level, directive)
        return None

    # Files

    def _include(self, level: Level, directive: Directive, depth: int) -> None:
        pattern = posixpath.join(FOLDER, directive.args[0])
        if not any(mark in pattern for mark in "*?["):
            self.read(pattern, level, by=directive, depth=depth + 1)
            return
        for path in self.files.glob(pattern):
            self.read(path, level, by=directive, depth=depth + 1)

    def _text(self, path: str, by: Directive | None) -> str:
        place = f" in {by.place}" if by else ""
        try:
            text = self.files.read(path).decode(errors="surrogateescape")
        except FileNotFoundError:
            if path in NOT_BROUGHT:
                raise NotSimulatedError(f"nginx: the package's file {path}{place}") from None
            raise Fault(f'open() "{path}" failed (2: No such file or directory){place}') from None
        except IsADirectoryError:
            raise UnreadableFileFault(f'pread() "{path}" failed (21: Is a directory)') from None
        self.opened += 1
        self.length += len(text)
        if self.opened > MOST_FILES or self.length > MOST_TEXT:
            raise NotSimulatedError(f"nginx: more than {MOST_FILES} files or {MOST_TEXT} characters{place}")
        self.texts.setdefault(path, text)
        return text


def _take(level: Level, directive: Directive) -> None:
    """Accept a directive without effect. Raises Fault when its value is none, NotSimulatedError when it has effect."""
    name = directive.name
    if name in knowledge.ONLY_OFF or name in knowledge.ONLY_ON:
        wanted = "off" if name in knowledge.ONLY_OFF else "on"
        if directive.args[0].lower() != wanted:
            raise directive.refusal()
    elif name.startswith(knowledge.OTHER_PROTOCOLS) and not name.endswith("_pass"):
        return
    elif name not in knowledge.WITHOUT_EFFECT:
        raise directive.refusal()
    if name not in knowledge.MANY and level.own(name):
        raise directive.misused("is duplicate")
    for names, check in (
        (knowledge.SIZES, values.size_of),
        (knowledge.TIMES, values.seconds_of),
        (knowledge.NUMBERS, values.number_of),
    ):
        if name in names:
            check(directive)
    level.directives.setdefault(name, []).append(directive)
