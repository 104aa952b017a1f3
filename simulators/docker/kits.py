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
from harness.errors import KitError, UsageError
from simulators.docker import checkpoints, clearing, keeping, removal
from simulators.docker.changing import require_possible
from simulators.docker.engine import connect, engine_errors_told
from simulators.docker.images import ensure_images
from simulators.docker.network import claimed, free_network, require_free
from simulators.docker.rack import Rack, make_networks
from simulators.docker.same_addresses import addresses_of, keeping_addresses
from simulators.docker.standing import CannotRestore, Say, Standing
from simulators.kit_folder import KitFolder, Whereabouts, kit_folders
from simulators.lab_network import kit_name, kit_network
from simulators.plan import ALL_STAGES, Plan

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from docker import DockerClient

    from simulators.docker.images import Images
    from simulators.docker.keeping import Keys

__all__ = ["RunningKit", "down", "down_all", "free_network", "kits", "renew", "restore", "up"]

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
    """User and password for main; the dashboard's are always cloud / cloud."""


@engine_errors_told()
def up(
    name: str = "kit", *, network: str | None = None, plan: Plan = BARE, at: str | None = None, say: Say
) -> RunningKit:
    """Start a kit and make it what `plan` says, up to `at` if that is given; `say` gets a line for each step.

    Without `network` it is on the lab's own, or the next one that nothing uses, whoever starts kits at the same moment.
    What the plan says of the road to the kit is not done here. A failed or interrupted start leaves nothing behind.
    Raises UsageError when the name, the network or the plan cannot be used, KitError when a step fails.
    """
    plan = plan if at is None else replace(plan, stage=at)
    _require_possible(plan)
    kit = kit_name(name)
    wanted = None if network is None else kit_network(network)
    client = connect()
    folder = KitFolder(kit)
    if not folder.path.exists() and kit in removal.known_kits(client):
        raise UsageError(
            f"the Docker engine has a kit {kit!r} already, started with another KITCHECK_HOME: `kitcheck down {kit}` "
            "removes it, or choose another name with --name"
        )
    with until_terminated(), contextlib.ExitStack() as lock, contextlib.ExitStack() as undo:
        folder.make()
        undo.callback(folder.remove)
        lock.enter_context(folder.held())
        if wanted is not None:
            require_free(wanted, client)
        rack = _networked(client, kit, wanted, ensure_images(client, say))
        # From here on, what carries this kit's label is ours to remove.
        undo.callback(_quietly, lambda: removal.remove(client, kit))
        undo.callback(known_hosts.forget, kit)
        known_hosts.forget(kit)
        _start(client, rack, plan, folder, say, keeping.new_keys(kit))
        undo.pop_all()
    return _running(folder)


@engine_errors_told()
def restore(name: str, *, plan: Plan, say: Say) -> RunningKit:
    """Return the kit of that name, be it as it may, as `plan` says: in its own network, behind its own ports and keys.

    Main, MAAS and all machines are replaced; what was in main's home is written to the kit's folder. Machines that
    were deployed keep their addresses, where both the kit and the plan are of the lab's first half. One that is cut off
    can be begun again. Raises as `up` does, and UsageError when there is no such kit, or somebody is at it.
    """
    _require_possible(plan)
    folder = KitFolder(kit_name(name))
    with until_terminated(), folder.held():
        was = folder.whereabouts()
        if was is None or was.kind != "docker":
            raise UsageError(
                f"kit {name!r} ({folder.path}) is no kit of containers that can be put back: "
                f"`kitcheck down {name}` removes it"
            )
        client = connect()
        rack = Rack(folder.kit, kit_network(was.network), ensure_images(client, say), was.ssh_port, was.dashboard_port)
        clearing.require_same(client, rack)
        keys, plan = _kept(client, rack, folder, was, plan, say)
        folder.write_whereabouts(replace(was, stage=plan.stage, ready=False))
        try:
            clearing.clear(client, rack)
            _start(client, rack, plan, folder, say, keys)
        except BaseException:
            say(f"kit {name}: not finished; `kitcheck up` with the same --at finishes it, `kitcheck down` removes it")
            raise
    return _running(folder)


@engine_errors_told()
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
                    return _running(folder)
    if folder.path.exists():
        down(name, say=say)
    return up(name, network=network, plan=plan, say=say)


def kits() -> list[RunningKit]:
    """Return this user's kits, by name."""
    return [
        _running(folder, whereabouts) for folder in kit_folders() if (whereabouts := folder.whereabouts()) is not None
    ]


@engine_errors_told()
def down(name: str, *, say: Say) -> None:
    """Remove a kit: containers, disks, networks, folder, remembered host keys.

    Raises UsageError for an unknown one, and for one that somebody is at.
    """
    client = connect()
    folder = KitFolder(kit_name(name))
    known = removal.known_kits(client)
    if folder.path.exists():
        with folder.held():
            _remove(client, folder, say)
    elif name in known:
        _remove(client, folder, say)
    else:
        there = sorted({*known, *(each.kit for each in kit_folders())})
        raise UsageError(
            f"there is no kit {name!r}; " + (f"there are: {', '.join(there)}" if there else "there is none")
        )


@engine_errors_told()
def down_all(*, say: Say) -> list[str]:
    """Remove every kit that this user or the engine knows of, and return their names.

    Raises UsageError when somebody is at one of them, after the others were removed.
    """
    client = connect()
    gone: list[str] = []
    held: list[UsageError] = []
    for name in sorted({*removal.known_kits(client), *(folder.kit for folder in kit_folders())}):
        folder = KitFolder(name)
        try:
            with folder.held() if folder.path.exists() else contextlib.nullcontext():
                _remove(client, folder, say)
            gone.append(name)
        except UsageError as error:
            held.append(error)
    if held:
        raise UsageError(f"{held[0]}; removed were: {', '.join(gone) or 'none'}")
    return gone


def _networked(client: DockerClient, kit: str, wanted: IPv4Network | None, images: Images) -> Rack:
    """Return what the kit is made from, its networks made. Raises UsageError."""
    ports = _free_ports(2)

    def made(network: IPv4Network) -> Rack:
        rack = Rack(kit, network, images, *ports)
        make_networks(client, rack)
        return rack

    return claimed(client, wanted, made)


def _require_possible(plan: Plan) -> None:
    if plan.stage is not None and plan.stage not in ALL_STAGES:
        raise UsageError(
            f"a Docker kit cannot be brought up at {plan.stage!r}: expected one of {', '.join(ALL_STAGES)}"
        )
    require_possible(plan)


def _kept(
    client: DockerClient, rack: Rack, folder: KitFolder, was: Whereabouts, plan: Plan, say: Say
) -> tuple[Keys, Plan]:
    """Write down what outlives a kit that is about to be put back; return it, and the plan with its addresses."""
    keys = keeping.keys_of(client, rack, folder)
    there = keeping.remembered_addresses(folder)
    if was.ready:
        there = {} if replace(plan, stage=was.stage).of_juju else addresses_of(client, rack.kit)
    plan = keeping_addresses(plan, rack.network, there)
    if plan.addresses:
        each = ", ".join(f"{host} {rack.network[place]}" for host, place in plan.addresses.items())
        say(f"kit {rack.kit}: the machines' addresses are not what MAAS gives unasked; they become {each}")
    if was.ready:
        home = keeping.keep_home(client, rack, folder)
        say(f"kit {rack.kit}: going to {plan.stage}; all that was done on main and the servers is lost, {home}")
    else:
        say(f"kit {rack.kit}: going to {plan.stage}, after an attempt that was cut off")
    if keeping.HOST_KEYS[0] not in keys.host_keys:
        say(f"kit {rack.kit}: main will show another SSH host key than before; its old one cannot be read")
        known_hosts.forget(rack.kit)
        folder.known_hosts.unlink(missing_ok=True)
    keeping.remember_while_it_changes(folder, keys, there)
    return keys, plan


def _start(client: DockerClient, rack: Rack, plan: Plan, folder: KitFolder, say: Say, keys: Keys) -> None:
    """Make the parts of a kit whose networks exist, from the nearest checkpoint that is stored, and change it.

    What had to be built is stored. Raises KitError when a step fails.
    """
    standing = Standing(client, rack, folder, say)
    stored = checkpoints.nearest(client, rack, plan)
    if stored is not None:
        say(f"kit {rack.kit}: {stored.stage}, as it was stored")
        try:
            standing.begin(plan, stored, keys)
        except CannotRestore as error:
            # What was stored by another version, or half removed by hand, is no reason to fail: it can be built anew.
            say(f"kit {rack.kit}: that did not work ({str(error)[:200]}); building everything anew")
            removal.remove(client, rack.kit)
            checkpoints.forget(client, stored.id)
            if keeping.HOST_KEYS[0] not in keys.host_keys:
                known_hosts.forget(rack.kit)
            make_networks(client, rack)
            stored = None
    if stored is None:
        standing.begin(plan, None, keys)
    say(f"kit {rack.kit}: ready")


def _remove(client: DockerClient, folder: KitFolder, say: Say) -> None:
    say(f"kit {folder.kit}: removing")
    removal.remove(client, folder.kit)
    folder.remove()
    known_hosts.forget(folder.kit)


def _running(folder: KitFolder, whereabouts: Whereabouts | None = None) -> RunningKit:
    """Return what a kit's folder says of it. Raises KitError when it says nothing."""
    whereabouts = whereabouts or folder.whereabouts()
    if whereabouts is None:
        raise KitError(f"{folder.path} says nothing of kit {folder.kit!r}", help="was it removed meanwhile?")
    return RunningKit(
        name=folder.kit,
        network=whereabouts.network,
        stage=whereabouts.stage,
        kit_yaml=folder.kit_yaml,
        ssh=folder.ssh(whereabouts),
        dashboard=f"http://127.0.0.1:{whereabouts.dashboard_port}/MAAS/r/machines",
        login=f"cloud / {whereabouts.password or 'cloud'}",
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
