"""What a charm is to its unit's agent, and what an agent is to a charm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from simulators.juju.hands import MachineHands
    from simulators.juju.progress import Hook


class HookFailed(Exception):
    """A hook ends with a status other than 0; the message is what it wrote to standard error."""


class ActionFailed(Exception):
    """An action fails; the message is the action's."""


@dataclass(frozen=True, slots=True)
class Related:
    """A relation as a charm sees it: whom it has met, and what they say."""

    id: int
    endpoint: str
    remote_application: str
    units: Mapping[str, Mapping[str, str]]
    """The settings of each remote unit that it has met."""


@dataclass(slots=True)
class Wishes:
    """What a charm asked for in a hook, which is done when the hook succeeds."""

    settings: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    """What the unit tells the other side, by relation."""
    opened: set[tuple[int, int, str]] = field(default_factory=set[tuple[int, int, str]])
    closed: set[tuple[int, int, str]] = field(default_factory=set[tuple[int, int, str]])
    version: str | None = None


class Context(Protocol):
    """A hook or an action, as the charm that runs it sees the world."""

    hands: MachineHands
    unit: str
    """`grafana/0`."""
    address: str
    config: Mapping[str, Any]
    """Every option of the charm, with its default where it was not set."""
    leader: bool
    kept: dict[str, str]
    """What the charm keeps from hook to hook."""
    wishes: Wishes

    def related(self, endpoint: str) -> tuple[Related, ...]:
        """Return the relations of an endpoint, without one that is about to be broken."""
        ...

    def say(self, message: str, *, level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO") -> None:
        """Write a line into Juju's log."""
        ...

    def status(self, current: str, message: str = "") -> None:
        """Set the workload's status, at once."""
        ...


class Charm(Protocol):
    """How a charm behaves. It keeps nothing itself: one serves every unit."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Do what the charm does at a hook. Raises HookFailed, HandsError."""
        ...

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Run an action, and return its results. Raises ActionFailed, HandsError."""
        ...


async def must(context: Context, command: str, *, stdin: bytes = b"") -> str:
    """Run a command as root, log what it says, and return its output. Raises HookFailed when it fails."""
    ran = await context.hands.run(command, stdin=stdin)
    if ran.status:
        raise HookFailed(ran.err.strip() or ran.out.strip() or f"{command}: exit status {ran.status}")
    return ran.out


async def install(context: Context, *packages: str) -> None:
    """Install packages. Raises HookFailed with what apt said when it cannot."""
    context.status("maintenance", f"Installing {', '.join(packages)}")
    ran = await context.hands.install(*packages)
    if ran.status:
        raise HookFailed(ran.err.strip() or ran.out.strip() or f"apt-get install: exit status {ran.status}")


async def write_if_other(context: Context, path: str, text: str, *, mode: int = 0o644) -> bool:
    """Make a file's text this, and return whether it was another."""
    if await context.hands.read(path) == text:
        return False
    await context.hands.write(path, text, mode=mode)
    return True
