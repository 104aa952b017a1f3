"""The catalogue's part about the clean-up: what groups leave behind, and what may differ when nothing is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from simulators.acts import Act, Breaks, Deploys, Releases, Types
from simulators.entry import Change, Entry
from simulators.plan import Juju

CONTROLLER = Juju().controller
STALE = "juju destroy-controller main"
"""As the handout of edition B still prints it: its controller has another name."""
KNOWN = rf"still knows the controller '{CONTROLLER}'"
OWNED = r"still belong to Juju in MAAS"
DEPLOYED = r"server1 is 'Deployed'"
SERVERS = ("server1", "server2", "server3", "server4")
"""What the lab's first half deploys."""


def _after(*acts: Act, clean_up: Literal["destroyed", "left"] = "destroyed") -> Change:
    """Return the change that does something after the clean-up, or instead of it."""
    return lambda plan: replace(plan, clean_up=clean_up, then=(*plan.then, *acts))


MISTAKES: tuple[Entry, ...] = (
    Entry(
        "controller-left",
        "mistake",
        "cleanup",
        "Nobody destroyed the controller.",
        _after(clean_up="left"),
        fails={"no-controller-known": KNOWN, "no-machine-of-juju": OWNED, "all-machines-ready": DEPLOYED},
    ),
    Entry(
        "wrong-controller-name",
        "mistake",
        "cleanup",
        "The handout's stale line was typed, which destroys a controller called main: it fails, the controller stays.",
        _after(Types(STALE, may_fail=True), clean_up="left"),
        fails={"no-controller-known": KNOWN, "no-machine-of-juju": OWNED, "all-machines-ready": DEPLOYED},
    ),
    Entry(
        "controller-unregistered",
        "mistake",
        "cleanup",
        "The controller was unregistered instead of destroyed: main has forgotten it, and its machines run on.",
        _after(Types(f"juju unregister --no-prompt {CONTROLLER}"), clean_up="left"),
        fails={"no-machine-of-juju": OWNED, "all-machines-ready": DEPLOYED},
    ),
    Entry(
        "released-behind-controller",
        "mistake",
        "cleanup",
        "All machines were released in MAAS, and main's client still knows the controller.",
        _after(Releases("grafana"), Releases("prometheus"), Releases("controller"), clean_up="left"),
        fails={"no-controller-known": KNOWN},
    ),
    Entry(
        "machine-left-deployed",
        "mistake",
        "cleanup",
        "A machine that was deployed by hand was never released.",
        _after(Deploys("server5")),
        fails={"all-machines-ready": r"^server5 is 'Deployed' in MAAS, not 'Ready'"},
    ),
    Entry(
        "machine-left-broken",
        "mistake",
        "cleanup",
        "A machine was marked broken while it was deployed, and nobody mended it.",
        _after(Deploys("server5"), Breaks("server5")),
        fails={"all-machines-ready": r"^server5 is 'Broken' in MAAS, not 'Ready'"},
    ),
)

VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "between-halves",
        "variation",
        "cleanup",
        "The machines of checkpoints 1 to 3 were released, and Juju was never installed.",
        lambda plan: replace(plan, clean_up="never-begun", also_deployed=SERVERS, released=SERVERS),
    ),
    Entry(
        "juju-removed",
        "variation",
        "cleanup",
        "Juju itself was removed from main as well.",
        _after(Types("sudo snap remove juju")),
    ),
)
