"""Kits that are reached while another one is graded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest

from harness.errors import Unreachable
from harness.verdicts import CheckResult, Verdict
from kitcheck import ahead


class MadeUpKit:
    """Says by which description it was reached, and whether it was let go."""

    def __init__(self, description: str) -> None:
        self.description = description
        self.closed = False

    def close(self) -> None:
        """Be let go."""
        self.closed = True


class Met:
    """What was reached."""

    def __init__(self) -> None:
        self.kits: list[MadeUpKit] = []
        self.failures: dict[str, Exception] = {}

    def open(self, description: str) -> MadeUpKit:
        """Reach a kit."""
        if failure := self.failures.get(description):
            raise failure
        self.kits.append(MadeUpKit(description))
        return self.kits[-1]


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> Met:
    """Return what is met instead of real kits, whose descriptions are their paths."""
    met = Met()
    monkeypatch.setattr(ahead, "LATER", ())
    monkeypatch.setattr(ahead.Kit, "open", met.open)
    monkeypatch.setattr(ahead.kitfile, "load", str)
    return met


@pytest.fixture
def plugin(met: Met) -> Generator[ahead.Ahead]:
    """Return the plugin for two kits after the first one."""
    paths: list[Callable[[], Path]] = [lambda: Path("two"), lambda: Path("three")]
    made = ahead.Ahead(paths)
    yield made
    made.close()


def asked(plugin: ahead.Ahead, description: str) -> MadeUpKit | None:
    """Return the kit that the plugin hands out."""
    return cast("MadeUpKit | None", plugin.pytest_kitcheck_open(cast("Any", description)))


def one_check_is_done(plugin: ahead.Ahead) -> None:
    """Let the plugin hear of a check."""
    plugin.pytest_kitcheck_result(CheckResult("checkpoint-1", "one", "It is one", Verdict.PASSED, 1, ""))


def test_each_kit_is_reached_once(met: Met, plugin: ahead.Ahead) -> None:
    """The first is left to the harness, each other one is reached while the one before it is graded."""
    handed_out = list[MadeUpKit | None]()
    for each in ("one", "two", "three"):
        handed_out.append(asked(plugin, each))
        one_check_is_done(plugin)
        one_check_is_done(plugin)

    assert handed_out == [None, *met.kits]
    assert [(kit.description, kit.closed) for kit in met.kits] == [("two", False), ("three", False)]


def test_nothing_is_reached_before_a_check_is_done(met: Met, plugin: ahead.Ahead) -> None:
    """Whoever has graded nothing has met nobody."""
    asked(plugin, "one")
    plugin.close()

    assert met.kits == []


def test_only_the_next_kit_is_reached(met: Met, plugin: ahead.Ahead) -> None:
    """The one after it may not even be there: it is built when the first is graded."""
    asked(plugin, "one")
    for _ in range(3):
        one_check_is_done(plugin)
    pool = plugin._pool  # pyright: ignore[reportPrivateUsage] - what it was given is done before this
    pool.submit(lambda: None).result()

    assert [kit.description for kit in met.kits] == ["two"]


def test_a_kit_that_could_not_be_reached_is_tried_again(met: Met, plugin: ahead.Ahead) -> None:
    """Not here: None lets the harness reach it, and say what is wrong; the next one is not taken for it."""
    met.failures["two"] = Unreachable("nobody is there")
    one_check_is_done(plugin)

    assert asked(plugin, "two") is None
    one_check_is_done(plugin)
    assert cast("MadeUpKit", asked(plugin, "three")).description == "three"


def test_another_kit_is_not_handed_out(met: Met, plugin: ahead.Ahead) -> None:
    """Whatever order somebody grades in, a kit is never taken for another; the one that was reached is let go."""
    one_check_is_done(plugin)

    assert asked(plugin, "three") is None
    assert met.kits[0].closed


def test_kits_that_nobody_asked_for_are_let_go(met: Met, plugin: ahead.Ahead) -> None:
    """As when grading is interrupted; those that nobody has begun to reach are not reached any more."""
    one_check_is_done(plugin)
    asked(plugin, "two")
    plugin.close()

    assert [kit.description for kit in met.kits if not kit.closed] == ["two"]
