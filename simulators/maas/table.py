"""The table of what is simulated: it routes requests, makes `describe`, and is what the documentation lists."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from simulators.maas.call import Call

Function = Callable[[Call], object]
F = TypeVar("F", bound=Function)

CRUD = {"POST": "create", "GET": "read", "PUT": "update", "DELETE": "delete"}
"""Names of the operations without `op`."""
PREFIX = "/MAAS/api/2.0/"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked of a handler."""

    name: str
    """`read`, `create`, `deploy`..."""
    method: str
    op: str | None
    doc: str
    run: Function
    admin: bool = False
    blocking: bool = False
    """Asks the driver: runs in a thread, and takes the lock itself."""


@dataclass(eq=False)
class Handler:
    """What answers at one path."""

    name: str
    """As in MAAS' own description: `MachinesHandler`."""
    path: str
    """Below `/MAAS/api/2.0/`, with placeholders: `machines/{system_id}/`."""
    doc: str
    operations: dict[tuple[str, str | None], Operation] = field(default_factory=dict[tuple[str, str | None], Operation])
    anonymous: dict[tuple[str, str | None], Operation] = field(default_factory=dict[tuple[str, str | None], Operation])
    """What may be asked without logging in."""
    missing: set[tuple[str, str | None]] = field(default_factory=set[tuple[str, str | None]])
    """What MAAS has here and the simulator does not: answered with 501."""

    def __post_init__(self) -> None:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        # A file's name is the one placeholder that may hold slashes.
        pattern = pattern.replace("(?P<filename>[^/]+)", "(?P<filename>.+)")
        self.pattern = re.compile(rf"{pattern}(?:op-(?P<op>\w+)/?)?\Z")

    @property
    def label(self) -> str:
        """The handler as the maas command names it: `machines`, `boot-resources`."""
        stem = self.name.removesuffix("Handler")
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stem).lower()

    @property
    def placeholders(self) -> list[str]:
        """Names of the path's placeholders, in order."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def methods(self) -> set[str]:
        """The HTTP methods that this path knows."""
        return {method for method, _ in [*self.operations, *self.anonymous, *self.missing]}

    def on(
        self,
        method: str,
        op: str | None = None,
        *,
        admin: bool = False,
        blocking: bool = False,
        anonymous: bool = False,
        only_anonymous: bool = False,
    ) -> Callable[[F], F]:
        """Register the function that is decorated; its docstring describes the operation."""

        def register(function: F) -> F:
            doc = inspect.getdoc(function) or ""
            operation = Operation(op or CRUD[method], method, op, doc, function, admin, blocking)
            if not only_anonymous:
                self.operations[method, op] = operation
            if anonymous or only_anonymous:
                self.anonymous[method, op] = operation
            return function

        return register

    def leaves_out(self, method: str, *ops: str | None) -> None:
        """Say which operations of MAAS are not simulated here."""
        self.missing |= {(method, op) for op in ops}
