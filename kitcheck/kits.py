"""The commands `kitcheck up`, `kits` and `down`: simulated kits come, are shown, and go."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from harness.checkpoints import chosen
from harness.errors import UsageError
from harness.printable import one_line

if TYPE_CHECKING:
    from simulators.docker.kits import RunningKit


def up(name: str, *, network: str | None, at: str | None) -> int:
    """Start a kit and say how it is reached; UsageError when that is not possible."""
    from simulators.docker import kits
    from simulators.plan import STAGES

    stage = chosen(at, STAGES) if at is not None else None
    kit = kits.up(name, network=network or free_network(), at=stage, say=say)
    for line in (f"{kit.name} is up", *_about(kit), f"  grade      kitcheck grade --kit {kit.kit_yaml}"):
        typer.echo(line)
    typer.echo(f"  remove     kitcheck down {kit.name}")
    return 0


def show() -> int:
    """List the kits that are running."""
    from simulators.docker import kits

    running = kits.kits()
    for kit in running:
        typer.echo("\n".join((kit.name, *_about(kit))))
    if not running:
        typer.echo("no simulated kit is running")
    return 0


def down(name: str | None, *, every: bool) -> int:
    """Remove a kit, or all; UsageError when there is none of that name, or it is unclear which one is meant."""
    from simulators.docker import kits

    if every == (name is not None):
        raise UsageError("say which kit to remove, or --all; `kitcheck kits` lists them")
    if name is not None:
        kits.down(name, say=say)
        typer.echo(f"{name} is gone")
        return 0
    gone = kits.down_all(say=say)
    typer.echo(f"gone: {', '.join(gone)}" if gone else "no simulated kit is running")
    return 0


def free_network() -> str:
    """Return the lab's own network, or the next one that nothing on this machine uses; UsageError without an engine."""
    from simulators.docker import engine, network

    return network.free_network(engine.connect())


def say(what: str) -> None:
    """Tell how far a long operation is, without getting into the output that a script reads."""
    sys.stderr.write(f"{one_line(what)}\n")


def _about(kit: RunningKit) -> list[str]:
    return [
        f"  kit.yaml   {kit.kit_yaml}",
        f"  network    {kit.network}, {kit.stage or 'nothing built yet'}",
        f"  main       {kit.ssh}",
        f"  dashboard  {kit.dashboard}",
        f"  login      {kit.login}",
    ]
