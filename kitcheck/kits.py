"""The commands `kitcheck up`, `kits` and `down`: simulated kits come, are shown, and go."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Sequence

import typer

from harness import known_hosts
from harness.errors import KitError, UsageError
from harness.printable import one_line
from kitcheck.ending import interrupted_when_terminated, quiet_libraries
from kitcheck.plans import like_live_of, plan_of, require_own_way
from simulators.kit_folder import KitFolder, Whereabouts, kit_folders
from simulators.lab_network import DEFAULT_NETWORK, kit_name, kit_network
from simulators.plan import Plan

LOGIN = "cloud / cloud"
"""User and password, for main and for the dashboard."""
LOOK_SECONDS = 0.5
"""Seconds between two looks whether a kit is still wanted: on Windows Ctrl-C does not end a longer wait."""


def up(
    name: str,
    *,
    embedded: bool,
    network: str | None = None,
    at: str | None = None,
    mistakes: Sequence[str] = (),
    like_live: bool = False,
) -> int:
    """Start a kit, or put one of containers back, and say how it is reached; UsageError when that is not possible.

    One of containers is left running, and one that is like a live kit stays so when it is put back; an embedded one
    runs here, until it is interrupted or removed.
    """
    there = KitFolder(kit_name(name)).whereabouts()
    if there is not None and there.like_live and not embedded:
        if mistakes and not like_live:
            raise UsageError(
                f"{name} was started with --like-live, which cannot go with --mistake: `kitcheck down {name}` first, "
                "or choose another name with --name"
            )
        like_live = True
    plan = like_live_of(at, mistakes, embedded=embedded) if like_live else plan_of(at, mistakes)
    require_own_way(plan, mistakes)
    if embedded:
        return _play(name, network, plan)
    if there is not None:
        _require_restorable(name, there, network, plan)
    from simulators.docker import kits

    if there is not None:
        kits.restore(name, plan=plan, say=say)
    else:
        kits.up(name, network=network, plan=plan, say=say)
    _introduce(name, f"kitcheck down {name}")
    return 0


def show() -> int:
    """List the kits that are running."""
    running = [(folder, where) for folder in kit_folders() if (where := folder.whereabouts()) is not None]
    for folder, where in running:
        typer.echo("\n".join((folder.kit, *_about(folder, where))))
        if where.kind == "embedded" and not _answers(where.ssh_port):
            typer.echo(
                f"  gone       the program that played it has ended; `kitcheck down {folder.kit}` removes the rest"
            )
    if not running:
        typer.echo("no simulated kit is running")
    return 0


def down(name: str | None, *, every: bool) -> int:
    """Remove a kit, or all; UsageError when there is none of that name, or it is unclear which one is meant."""
    if every == (name is not None):
        raise UsageError("say which kit to remove, or --all; `kitcheck kits` lists them")
    if name is not None:
        folder = KitFolder(kit_name(name))
        if _is_embedded(folder):
            _remove(folder)
        else:
            from simulators.docker import kits

            kits.down(name, say=say)
        typer.echo(f"{name} is gone")
        return 0
    gone = _all_down()
    typer.echo(f"gone: {', '.join(gone)}" if gone else "no simulated kit is running")
    return 0


def say(what: str) -> None:
    """Tell how far a long operation is, without getting into the output that a script reads."""
    sys.stderr.write(f"{one_line(what)}\n")


def _require_restorable(name: str, there: Whereabouts, network: str | None, plan: Plan) -> None:
    """Raise UsageError when the kit that is there cannot be put back to what is wanted."""
    if there.kind == "embedded":
        at = f" --at {plan.stage}" if plan.stage else ""
        raise UsageError(
            f"{name} is an embedded kit: the program that plays it cannot put it back; end it with "
            f"`kitcheck down {name}`, then `kitcheck up --embedded --name {name}{at}` begins a new one"
        )
    if plan.stage is None:
        raise UsageError(f"{name} is up already: say --at CHECKPOINT to put it back, or `kitcheck down {name}`")
    if network is not None and kit_network(network) != kit_network(there.network):
        raise UsageError(
            f"{name} is on network {there.network}, and a kit that is put back stays there: leave --network out, or "
            f"`kitcheck down {name}` first"
        )


def _play(name: str, network: str | None, plan: Plan) -> int:
    from simulators.embedded.kit import start

    quiet_libraries()
    with (
        interrupted_when_terminated(),
        contextlib.suppress(KeyboardInterrupt),
        start(plan, name=name, network=network or DEFAULT_NETWORK, register=True, dashboard=True) as kit,
    ):
        _introduce(name, f"kitcheck down {name}, or Ctrl-C here")
        sys.stdout.flush()
        while not kit.closed.wait(LOOK_SECONDS):
            pass
    typer.echo(f"{name} is gone")
    return 0


def _introduce(name: str, removal: str) -> None:
    folder = KitFolder(name)
    whereabouts = folder.whereabouts()
    if whereabouts is None:
        raise KitError(f"{folder.path} says nothing of the kit that was just started", help="was it removed meanwhile?")
    grade = f"kitcheck grade --kit {folder.kit_yaml}" + ("" if whereabouts.stage else " --checkpoint 1")
    lines = [f"{name} is up", *_about(folder, whereabouts), f"  grade      {grade}"]
    typer.echo("\n".join((*lines, f"  remove     {removal}")))


def _about(folder: KitFolder, whereabouts: Whereabouts) -> list[str]:
    return [
        f"  kit.yaml   {folder.kit_yaml}",
        f"  network    {whereabouts.network}, {_stage(folder, whereabouts)}",
        f"  main       {folder.ssh(whereabouts)}",
        f"  dashboard  http://127.0.0.1:{whereabouts.dashboard_port}/MAAS/r/machines",
        f"  login      {_login(whereabouts)}",
    ]


def _stage(folder: KitFolder, whereabouts: Whereabouts) -> str:
    if whereabouts.ready:
        return whereabouts.stage or "nothing built yet"
    again = f"`kitcheck up --docker --at {whereabouts.stage or 'CHECKPOINT'} --name {folder.kit}` does it again"
    return f"not ready: it is being made or put back; if that was cut off, {again}"


def _login(whereabouts: Whereabouts) -> str:
    """Return user and password, for main and for the dashboard."""
    return LOGIN if whereabouts.password is None else f"main: cloud / {whereabouts.password}; dashboard: {LOGIN}"


def _is_embedded(folder: KitFolder) -> bool:
    whereabouts = folder.whereabouts()
    return whereabouts is not None and whereabouts.kind == "embedded"


def _remove(folder: KitFolder) -> None:
    """Remove an embedded kit: whoever plays it looks for its folder, and ends when that is gone."""
    folder.remove()
    known_hosts.forget(folder.kit)


def _all_down() -> list[str]:
    embedded = [folder for folder in kit_folders() if _is_embedded(folder)]
    for folder in embedded:
        _remove(folder)
    gone = [folder.kit for folder in embedded]
    try:
        from simulators.docker import kits

        gone += kits.down_all(say=say)
    except UsageError:
        # without an engine there are no containers; what remembers some is not to be forgotten silently
        if kit_folders():
            raise
    return sorted(gone)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=LOOK_SECONDS).close()
    except OSError:
        return False
    return True
