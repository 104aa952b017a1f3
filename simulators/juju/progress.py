"""What a unit's agent has done and told its charm so far: where it goes on after each hook, and after a restart."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hook:
    """Something that a charm is told."""

    kind: str
    """`install`, `config-changed`, `relation-joined`..."""
    relation: int = -1
    """Id of the relation that it is about; -1: none."""
    endpoint: str = ""
    """Of the charm's own side of that relation."""
    remote_application: str = ""
    remote_unit: str = ""
    """Empty for relation-created and relation-broken."""

    @property
    def name(self) -> str:
        """As charms and Juju's log call it: `install`, `grafana-source-relation-changed`."""
        return f"{self.endpoint}-{self.kind}" if self.endpoint else self.kind


@dataclass(slots=True)
class Progress:
    """How far a unit's agent is."""

    installed: bool = False
    started: bool = False
    stopped: bool = False
    leader: bool | None = None
    """What the charm was last told of its leadership; None: nothing yet."""
    config: dict[str, str | int | float | bool | None] | None = None
    """The options that the charm was last told; None: nothing yet."""
    relations: dict[int, dict[str, dict[str, str] | None]] = field(
        default_factory=dict[int, dict[str, "dict[str, str] | None"]]
    )
    """By id the relations that the unit takes part in, each with the remote units that it met and what it last saw of
    their settings; None: it met the unit and has not looked yet."""
    failed: Hook | None = None
    """The hook that failed, until it is resolved."""
    attempts: int = 0
    """How often that was tried again."""
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """What the charm keeps for itself."""
