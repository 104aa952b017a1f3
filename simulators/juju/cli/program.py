"""Which command was typed, and how it ends."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from simulators.juju.cli.call import Call, Edition
from simulators.juju.cli.flags import parse
from simulators.juju.cli.refusals import Misused, Refused, Silent, not_simulated
from simulators.juju.cli.table import ALIASES, COMMANDS, Command
from simulators.juju.errors import ApiError, ControllerUnreachableError

if TYPE_CHECKING:
    from simulators.juju.surroundings import Surroundings

NO_SUCH = 'juju: "{name}" is not a juju command. See "juju --help".'
Run = Callable[[Call], Awaitable[int | None]]


async def run(argv: Sequence[str], around: Surroundings) -> int:
    """Do what `juju` does with these arguments, and return its exit status: 0, 1, or 2 for what was mistyped.

    Which juju it is, 3.6 or 2.9, is `SNAP_CHANNEL` of the environment. Where no controller answers, the command gives
    up after five seconds at most, and says so in Juju's words.
    """
    return await guarded(around, _run(list(argv), around))


async def charm(argv: Sequence[str], around: Surroundings) -> int:
    """Do what `charm` does: of its commands there is `charm pull NAME [FOLDER]`. Return its exit status."""
    from simulators.juju.cli.store_charms import pull

    return await guarded(around, pull(list(argv), around))


async def guarded(around: Surroundings, command: Awaitable[int | None]) -> int:
    """Return how a command ends, having printed its error."""
    try:
        return await command or 0
    except Silent:
        return 1
    except Refused as error:
        around.err(f"ERROR {error}\n")
        return error.status
    except ApiError as error:
        around.err(f"ERROR {error.message}{f' ({error.code})' if error.code else ''}\n")
        return 1
    except ControllerUnreachableError as error:
        from simulators.juju.cli.talking import unreachable

        around.err(f"ERROR {unreachable(error)}\n")
        return 1
    except OSError as error:
        # As Go's os package says it
        around.err(f"ERROR open {error.filename}: {(error.strerror or str(error)).lower()}\n")
        return 1


async def _run(argv: list[str], around: Surroundings) -> int | None:
    from simulators.juju.cli import help_text

    edition: Edition = "2.9" if around.env.get("SNAP_CHANNEL", "3.6").startswith("2.9") else "3.6"
    before: list[str] = []
    while argv and argv[0].startswith("-"):
        before.append(argv.pop(0))
    if "--version" in before:
        argv = ["version", *argv]
    elif not argv or "--help" in before or "-h" in before:
        around.out(help_text.overview(edition) if not argv else help_text.of(argv[0], edition))
        return 0
    name, *rest = argv
    if name == "help":
        around.out(help_text.of(rest[0], edition) if rest else help_text.overview(edition))
        return 0
    command = find(name, edition)
    given = parse([*before, *rest] if "--version" not in before else rest, command.options, interspersed=command.mixed)
    if "help" in given.switches:
        around.out(help_text.of(name, edition))
        return 0
    module = importlib.import_module(f"simulators.juju.cli.{command.module}")
    function: Run = getattr(module, command.function)
    return await function(Call(name, given, around, edition))


def find(name: str, edition: Edition) -> Command:
    """Return the command of that name; raises Misused when this edition has none, Refused for what is not simulated."""
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None or edition not in command.editions_of(name):
        from simulators.juju.cli import other_commands

        if name.removeprefix("list-") in other_commands.of(edition == "2.9"):
            raise not_simulated(f"juju {name}")
        raise Misused(NO_SUCH.format(name=name))
    return command
