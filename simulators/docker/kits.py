"""A whole kit in containers and its life: up to a checkpoint, listed, and down again without a trace."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from harness import known_hosts
from harness.errors import UsageError
from simulators.docker import checkpoints, removal
from simulators.docker.changing import require_possible
from simulators.docker.engine import connect
from simulators.docker.images import ensure_images
from simulators.docker.network import free_network, require_free
from simulators.docker.rack import Rack, make_networks
from simulators.docker.standing import CannotRestore, Say, Standing
from simulators.kit_folder import KitFolder, Whereabouts, kit_folders
from simulators.lab_network import DEFAULT_NETWORK, kit_name, kit_network
from simulators.plan import ALL_STAGES, Plan

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["RunningKit", "down", "down_all", "free_network", "kits", "renew", "up"]

BARE = Plan(stage=None)
"""Machines Ready, nothing built."""


@dataclass(frozen=True, slots=True)
class RunningKit:
    """A simulated kit that can be used."""

    name: str
    network: str
    stage: str | None
    """The checkpoint it was brought up at; None for a bare one."""
    kit_yaml: Path
    ssh: str
    """A whole command line that leads to main."""
    dashboard: str
    """Address of MAAS' page of machines."""
    login: str = "cloud / cloud"
    """User and password, for main and for the dashboard."""


def up(
    name: str = "kit", *, network: str | None = None, plan: Plan = BARE, at: str | None = None, say: Say
) -> RunningKit:
    """Start a kit and make it what `plan` says, up to `at` if that is given; `say` gets a line for each step.

    What the plan says of the road to the kit is not done here. A failed or interrupted start leaves nothing behind.
    Raises UsageError when the name, the network or the plan cannot be used, KitError when a step fails.
    """
    plan = plan if at is None else replace(plan, stage=at)
    _require_possible(plan)
    kit = kit_name(name)
    cidr = kit_network(network or DEFAULT_NETWORK)
    client = connect()
    folder = KitFolder(kit)
    if not folder.path.exists() and kit in removal.known_kits(client):
        raise UsageError(
            f"the Docker engine has a kit {kit!r} already, started with another KITCHECK_HOME: `kitcheck down {kit}` "
            "removes it, or choose another name with --name"
        )
    with until_terminated(), contextlib.ExitStack() as undo:
        folder.make()
        undo.callback(folder.remove)
        require_free(cidr, client)
        images = ensure_images(client, say)
        rack = Rack(kit, cidr, images, *_free_ports(2))
        make_networks(client, rack)
        # From here on, what carries this kit's label is ours to remove.
        undo.callback(_quietly, lambda: removal.remove(client, kit))
        undo.callback(known_hosts.forget, kit)
        _start(client, rack, plan, folder, say)
        undo.pop_all()
    return _running(folder, Whereabouts(str(cidr), plan.stage, rack.ssh_port, rack.dashboard_port))


def renew(name: str, *, network: str, plan: Plan, say: Say) -> RunningKit:
    """Return the kit of that name as `plan` says, as if just started by `up`: put back where it can be, else anew.

    Raises as `up` does; nothing is left of a kit with which something went wrong.
    """
    _require_possible(plan)
    folder = KitFolder(kit_name(name))
    was = folder.whereabouts()
    if was is not None and was.network == str(kit_network(network)):
        client = connect()
        rack = Rack(folder.kit, kit_network(network), ensure_images(client, say), was.ssh_port, was.dashboard_port)
        standing = Standing(client, rack, folder, say)
        stored = checkpoints.nearest(client, rack, plan)
        # Juju's kits are begun anew: what a student changes there is on main, which stays.
        is_there = stored is not None and stored.stage == plan.stage and standing.came_from(stored)
        if stored is not None and is_there and not plan.of_juju:
            with until_terminated(), contextlib.ExitStack() as undo:
                undo.callback(_quietly, lambda: _remove(client, folder, say))
                try:
                    standing.put_back(plan, stored)
                except CannotRestore as error:
                    say(f"kit {name}: it cannot be put back ({str(error)[:200]}); starting it anew")
                else:
                    undo.pop_all()
                    return _running(folder, replace(was, stage=plan.stage))
    if folder.path.exists():
        down(name, say=say)
    return up(name, network=network, plan=plan, say=say)


def kits() -> list[RunningKit]:
    """Return this user's kits, by name."""
    return [
        _running(folder, whereabouts) for folder in kit_folders() if (whereabouts := folder.whereabouts()) is not None
    ]


def down(name: str, *, say: Say) -> None:
    """Remove a kit: containers, disks, networks, folder, remembered host keys. Raises UsageError for an unknown one."""
    client = connect()
    folder = KitFolder(kit_name(name))
    known = removal.known_kits(client)
    if not folder.path.exists() and name not in known:
        there = sorted({*known, *(each.kit for each in kit_folders())})
        raise UsageError(
            f"there is no kit {name!r}; " + (f"there are: {', '.join(there)}" if there else "there is none")
        )
    _remove(client, folder, say)


def down_all(*, say: Say) -> list[str]:
    """Remove every kit that this user or the engine knows of, and return their names."""
    client = connect()
    names = sorted({*removal.known_kits(client), *(folder.kit for folder in kit_folders())})
    for name in names:
        _remove(client, KitFolder(name), say)
    return names


def _require_possible(plan: Plan) -> None:
    if plan.stage is not None and plan.stage not in ALL_STAGES:
        raise UsageError(
            f"a Docker kit cannot be brought up at {plan.stage!r}: expected one of {', '.join(ALL_STAGES)}"
        )
    require_possible(plan)


def _start(client: DockerClient, rack: Rack, plan: Plan, folder: KitFolder, say: Say) -> None:
    """Make the parts of a kit whose networks exist, from the nearest checkpoint that is stored, and change it.

    What had to be built is stored. Raises KitError when a step fails.
    """
    known_hosts.forget(rack.kit)
    standing = Standing(client, rack, folder, say)
    stored = checkpoints.nearest(client, rack, plan)
    if stored is not None:
        say(f"kit {rack.kit}: {stored.stage}, as it was stored")
        try:
            standing.begin(plan, stored)
        except CannotRestore as error:
            # What was stored by another version, or half removed by hand, is no reason to fail: it can be built anew.
            say(f"kit {rack.kit}: that did not work ({str(error)[:200]}); building everything anew")
            removal.remove(client, rack.kit)
            checkpoints.forget(client, stored.id)
            known_hosts.forget(rack.kit)
            make_networks(client, rack)
            stored = None
    if stored is None:
        standing.begin(plan, None)
    say(f"kit {rack.kit}: ready")


def _remove(client: DockerClient, folder: KitFolder, say: Say) -> None:
    say(f"kit {folder.kit}: removing")
    removal.remove(client, folder.kit)
    folder.remove()
    known_hosts.forget(folder.kit)


def _running(folder: KitFolder, whereabouts: Whereabouts) -> RunningKit:
    ssh = (
        f"ssh -p {whereabouts.ssh_port} -i {folder.identity} -o IdentitiesOnly=yes "
        f"-o UserKnownHostsFile={folder.known_hosts} -o StrictHostKeyChecking=accept-new cloud@127.0.0.1"
    )
    return RunningKit(
        name=folder.kit,
        network=whereabouts.network,
        stage=whereabouts.stage,
        kit_yaml=folder.kit_yaml,
        ssh=ssh,
        dashboard=f"http://127.0.0.1:{whereabouts.dashboard_port}/MAAS/r/machines",
    )


def _free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing uses: fixed ones, which a router that is restarted keeps."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _quietly(remove: Callable[[], None]) -> None:
    """Clean up after a failure without hiding it, and without being interrupted once more."""
    with _signals({signal.SIGINT: signal.SIG_IGN, signal.SIGTERM: signal.SIG_IGN}), contextlib.suppress(Exception):
        remove()


@contextlib.contextmanager
def until_terminated() -> Generator[None]:
    """Let a polite `kill`, or a terminal that is closed, end a start as Ctrl-C does: with everything undone."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    wanted: dict[signal.Signals, Any] = {signal.SIGTERM: end}
    if os.name != "nt" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup: so it shall be
        wanted[signal.SIGHUP] = end
    with _signals(wanted):
        yield


@contextlib.contextmanager
def _signals(handlers: dict[signal.Signals, Any]) -> Generator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
