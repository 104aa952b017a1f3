"""What harness' questions are put to: the shells of some machines, in place of SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

from harness.completed import Completed
from harness.testinfra_backend import host as testinfra_host
from simulators.embedded.host import Host
from tests.embedded_shell.machines import run

K = TypeVar("K")
T = TypeVar("T")


@dataclass
class ShellKit:
    """Stands for harness' Kit and its Access: commands run on one loop, which goes on between them."""

    hosts: dict[str, Host]
    runner: asyncio.Runner
    roles: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])
    """Every command line, in order."""

    @property
    def access(self) -> Any:
        """The way to the kit."""
        return SimpleNamespace(run=self._run_at)

    @property
    def description(self) -> Any:
        """What kit.yaml says."""
        return SimpleNamespace(django=SimpleNamespace(port=8080, path="/tasks/"), proxy=SimpleNamespace(port=80))

    @property
    def django(self) -> tuple[str, ...]:
        """Every host with Django."""
        return ("server2",)

    def role(self, name: str) -> str:
        """The host that plays a role."""
        return self.roles[name]

    def host(self, name: str) -> Any:
        """testinfra's host."""
        return testinfra_host(self.access, name)

    def for_each(self, keys: Iterable[K], ask: Callable[[K], T]) -> dict[K, T]:
        """One answer for each."""
        return {key: ask(key) for key in keys}

    def run(
        self, name: str, command: str, *, timeout: float = 20.0, stdin: bytes | None = None, record: bool = True
    ) -> Completed:
        """Run a command line."""
        self.asked.append(command)
        done = self.runner.run(run(self.hosts[name], command, stdin=stdin or b""))
        out, err = (text.encode("utf-8", "surrogateescape") for text in (done.out, done.err))
        return Completed(command, done.status, out, err, 0.0)

    def _run_at(self, command: str, *, on: str, timeout: float, record: bool = True) -> Completed:
        return self.run(on, command, timeout=timeout, record=record)
