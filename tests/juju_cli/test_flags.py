"""How a command line is read."""

from __future__ import annotations

import importlib
import inspect

import pytest

from simulators.juju.cli import other_commands
from simulators.juju.cli.flags import parse
from simulators.juju.cli.refusals import Misused
from simulators.juju.cli.table import ALIASES, COMMANDS
from tests.juju.worlds import played
from tests.juju_cli.mains import main

SPEC = "m|model= format= n|num-units= relations color"


def test_options_between_words() -> None:
    """Options stand anywhere, joined with their value or not, and switches may say true or false."""
    given = parse(["-mopenstack", "a", "--format=json", "-n", "2", "b", "--relations", "--color=false"], SPEC)

    assert given.words == ("a", "b")
    assert given.options == {"model": ("openstack",), "format": ("json",), "num-units": ("2",)}
    assert given.switches == {"relations"}


def test_two_dashes_end_the_options() -> None:
    """What follows `--` is words."""
    assert parse(["a", "--", "--format"], SPEC).words == ("a", "--format")


def test_the_first_word_may_end_the_options() -> None:
    """Of `juju ssh` everything after the target belongs to the command there."""
    given = parse(["-m", "x", "grafana/0", "ls", "-l"], SPEC, interspersed=False)

    assert given.words == ("grafana/0", "ls", "-l")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--relation"], "option provided but not defined: --relation"),
        (["-x"], "option provided but not defined: -x"),
        (["--format"], "option needs an argument: --format"),
        (["--relations=maybe"], 'invalid value "maybe" for option --relations: not a boolean'),
    ],
)
def test_what_is_mistyped(argv: list[str], message: str) -> None:
    """Options that there are not, and values that are missing, are refused in Juju's words."""
    with pytest.raises(Misused) as caught:
        parse(argv, SPEC)

    assert str(caught.value) == message


@played
async def test_commands_of_the_other_edition() -> None:
    """What 3.6 renamed, 2.9 does not know, and the other way round."""
    async with main("3.6") as new, main("2.9") as old:
        refused = [
            await old.types("integrate", "a", "b"),
            await new.types("run-action"),
            await new.types("nonsense"),
            await old.types("secrets"),
        ]
        known = [await old.types("relate"), await new.types("relate")]

    assert [(each.status, each.err) for each in refused] == [
        (2, f'ERROR juju: "{name}" is not a juju command. See "juju --help".\n')
        for name in ("integrate", "run-action", "nonsense", "secrets")
    ]
    assert [each.err for each in known] == [
        "ERROR a relation must involve two applications\n",
        "ERROR an integration must involve two applications\n",
    ]


@played
async def test_what_is_not_simulated_says_so() -> None:
    """Commands that Juju has and we have not are refused as such."""
    names = ("exec", "scp", "wait-for", "add-unit", "add-machine", "list-spaces", "secrets")
    async with main() as here:
        ended = [await here.types(name, "x") for name in names]

    assert [(each.status, each.err) for each in ended] == [(1, f"ERROR juju {name}: not simulated\n") for name in names]


@played
async def test_help_and_version() -> None:
    """Help names the edition's commands; the version is the client's."""
    async with main("3.6") as new, main("2.9") as old:
        overview, of_status = await new.types(), await new.types("help", "status")
        versions = [await new.types("version"), await new.types("--version"), await old.types("version")]
        old_overview = await old.types("--help")

    assert "integrate" in overview.out
    assert "run-action" not in overview.out
    assert "run-action" in old_overview.out
    assert "--relations" in of_status.out
    assert [each.out for each in versions] == [
        "3.6.8-genericlinux-amd64\n",
        "3.6.8-genericlinux-amd64\n",
        "2.9.51-ubuntu-amd64\n",
    ]


def test_every_command_can_be_found() -> None:
    """Each row of the table leads to a function, and no name is both there and refused."""
    for name, command in COMMANDS.items():
        module = importlib.import_module(f"simulators.juju.cli.{command.module}")
        assert inspect.iscoroutinefunction(getattr(module, command.function)), name

    assert not set(COMMANDS) & (other_commands.of(old=True) | other_commands.of(old=False))
    assert set(ALIASES.values()) <= set(COMMANDS)
