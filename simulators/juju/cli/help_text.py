"""What `juju help` says: the commands that there are, each in a line."""

from __future__ import annotations

from simulators.juju.cli.call import Edition
from simulators.juju.cli.refusals import Misused
from simulators.juju.cli.table import ALIASES, COMMANDS


def overview(edition: Edition) -> str:
    """Return the list of this edition's commands."""
    lines = [f"    {name:<20}{each.purpose}" for name, each in sorted(COMMANDS.items()) if edition in each.editions]
    return (
        "Juju: deploys applications to machines of a cloud, and relates them. This is a simulation of its command.\n\n"
        "Usage: juju <command> [options]\n\nCommands:\n" + "\n".join(lines) + "\n"
    )


def of(name: str, edition: Edition) -> str:
    """Return a command's purpose and options; raises Misused for one that this edition does not have."""
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None or edition not in command.editions_of(name):
        raise Misused(f"unknown command or topic for {name}")
    options = [
        ", ".join(f"{'-' if len(each) == 1 else '--'}{each}" for each in option.rstrip("=").split("|"))
        + (" <value>" if option.endswith("=") else "")
        for option in sorted(command.options.split())
    ]
    listed = "".join(f"    {each}\n" for each in options)
    return f"Usage: juju {name} [options]\n\nSummary:\n{command.purpose}\n" + (
        f"\nOptions:\n{listed}" if listed else ""
    )
