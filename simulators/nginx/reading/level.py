"""One block of a configuration while it is read: its directives, and the blocks around and inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.errors import Fault


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive, and where it was read."""

    name: str
    args: tuple[str, ...]
    file: str
    line: int

    @property
    def place(self) -> str:
        """File and line as NGINX writes them."""
        return f"{self.file}:{self.line}"

    def fault(self, message: str) -> Fault:
        """Return a complaint about something at this place."""
        return Fault(f"{message} in {self.place}")

    def misused(self, message: str) -> Fault:
        """Return a complaint about the directive itself."""
        return self.fault(f'"{self.name}" directive {message}')

    def refusal(self, what: str = "") -> NotSimulatedError:
        """Return what to raise for a directive, or a part of one, that NGINX knows and nobody plays here."""
        named = what or f'directive "{self.name}"'
        return NotSimulatedError(f"nginx: {named} in {self.place}")


@dataclass(slots=True, eq=False)
class Level:
    """One block."""

    context: tuple[str, ...]
    """Names of the blocks around it and its own; every location is ("http", "location"), however deep."""
    outer: Level | None = None
    opened: Directive | None = None
    """The directive that opened it."""
    directives: dict[str, list[Directive]] = field(default_factory=dict[str, list[Directive]])
    """Those that hold values, by name, in the order read."""
    script: list[Directive] = field(default_factory=list[Directive])
    """What is done with a request, in order: `return`, `rewrite`, `set`, `break`."""
    inner: list[Level] = field(default_factory=list["Level"])

    def own(self, name: str) -> list[Directive]:
        """Return the directives of that name in this block."""
        return self.directives.get(name, [])

    def nearest(self, *names: str) -> list[Directive]:
        """Return the directives of those names in the innermost block that has any: lists are inherited whole."""
        for level in self.outwards():
            if found := [each for name in names for each in level.own(name)]:
                return found
        return []

    def last(self, name: str) -> Directive | None:
        """Return the directive that is in force, wherever it was inherited from."""
        found = self.nearest(name)
        return found[-1] if found else None

    def outwards(self) -> Iterator[Level]:
        """Yield this block and those around it."""
        level: Level | None = self
        while level is not None:
            yield level
            level = level.outer

    @property
    def is_location(self) -> bool:
        """Whether it is a location."""
        return self.context[-1:] == ("location",)
