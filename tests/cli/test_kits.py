"""`kitcheck up`, `kits`, `down` and `demo`, with made-up simulators behind them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from simulators.docker.kits import RunningKit
from tests.cli.conftest import Kitcheck
from tests.grading.made_up import Lab


class MadeUpSimulators:
    """Kits that are only names; remembers what it was asked."""

    def __init__(self, kit_yaml: Path) -> None:
        self.kit_yaml = kit_yaml
        self.there: dict[str, RunningKit] = {}
        self.asked: list[object] = []

    def up(self, name: str, *, network: str, at: str | None, say: Callable[[str], None]) -> RunningKit:
        """Start a kit of a name that is free."""
        self.asked.append(("up", name, network, at))
        if name in self.there:
            raise UsageError(f"there is a kit {name!r} already")
        say("starting\x1b[2J")
        self.there[name] = RunningKit(name, network, at, self.kit_yaml, "ssh cloud@127.0.0.1", "http://127.0.0.1/MAAS/")
        return self.there[name]

    def kits(self) -> list[RunningKit]:
        """Return the kits."""
        return list(self.there.values())

    def down(self, name: str, *, say: Callable[[str], None]) -> None:
        """Remove a kit."""
        self.asked.append(("down", name))
        del self.there[name]

    def down_all(self, *, say: Callable[[str], None]) -> list[str]:
        """Remove all kits."""
        names = sorted(self.there)
        self.there.clear()
        return names


@pytest.fixture
def simulators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpSimulators:
    """Return made-up simulators, which are what the program uses."""
    made_up = MadeUpSimulators(tmp_path / "kit.yaml")
    for name in ("up", "kits", "down", "down_all"):
        monkeypatch.setattr(f"simulators.docker.kits.{name}", getattr(made_up, name))
    for module in ("kits", "demo"):
        monkeypatch.setattr(f"kitcheck.{module}.free_network", lambda: "172.16.0.0/20")
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "home"))
    return made_up


def test_up(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """A kit is started, and how to use it is printed; progress stays out of the output."""
    ran = kitcheck("up", "--docker", "--name", "kit-x", "--at", "3", "--network", "172.16.32.0/20")

    assert simulators.asked == [("up", "kit-x", "172.16.32.0/20", "checkpoint-3")]
    assert ran.out.splitlines() == [
        "kit-x is up",
        f"  kit.yaml   {simulators.kit_yaml}",
        "  network    172.16.32.0/20, checkpoint-3",
        "  main       ssh cloud@127.0.0.1",
        "  dashboard  http://127.0.0.1/MAAS/",
        "  login      cloud / cloud",
        f"  grade      kitcheck grade --kit {simulators.kit_yaml}",
        "  remove     kitcheck down kit-x",
    ]
    assert (ran.status, ran.err) == (0, "starting\\x1b[2J\n")


def test_up_bare(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Without a checkpoint nothing is built, on a free network."""
    kitcheck("up")

    assert simulators.asked == [("up", "kit", "172.16.0.0/20", None)]


def test_up_at_an_unknown_checkpoint(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """An unknown checkpoint is one line and status 4; nothing is started."""
    ran = kitcheck("up", "--at", "checkpoint-7")

    expected = "kitcheck: no checkpoint is called 'checkpoint-7': there are checkpoint-1, checkpoint-2, checkpoint-3\n"
    assert (ran.status, ran.err, simulators.asked) == (4, expected, [])


def test_kits(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Every kit is listed with how it is reached."""
    assert kitcheck("kits").out == "no simulated kit is running\n"

    kitcheck("up", "--name", "a")
    kitcheck("up", "--name", "b")

    assert [line for line in kitcheck("kits").out.splitlines() if not line.startswith(" ")] == ["a", "b"]


def test_down(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """One kit goes, or all do."""
    for name in "abc":
        kitcheck("up", "--name", name)

    assert kitcheck("down", "b").out == "b is gone\n"
    assert kitcheck("down", "--all").out == "gone: a, c\n"
    assert kitcheck("down", "--all").out == "no simulated kit is running\n"


@pytest.mark.parametrize("arguments", [[], ["a", "--all"]])
def test_down_of_what(kitcheck: Kitcheck, simulators: MadeUpSimulators, arguments: list[str]) -> None:
    """It must be clear which kit is meant."""
    ran = kitcheck("down", *arguments)

    expected = "kitcheck: say which kit to remove, or --all; `kitcheck kits` lists them\n"
    assert (ran.status, ran.err, simulators.asked) == (4, expected, [])


def _lab(lab: Lab, kind: str) -> None:
    lab.feature("checkpoint-3", f"@id:one @points:2\nScenario: It is one\n  Then the kit answers {kind}\n")


@pytest.mark.parametrize(("kind", "status"), [("right", 0), ("wrong", 1), ("late", 2), ("interrupt", 130)])
def test_demo(
    kitcheck: Kitcheck, simulators: MadeUpSimulators, lab: Lab, tmp_path: Path, kind: str, status: int
) -> None:
    """A demo builds, grades, writes the result where it says, and always removes the kit."""
    _lab(lab, kind)
    ran = kitcheck("demo")
    written = tmp_path / "home" / "demo.json"

    assert simulators.asked == [("up", "demo", "172.16.0.0/20", "checkpoint-3"), ("down", "demo")]
    assert ran.out.splitlines()[-1] == f"result: {written}"
    assert json.loads(written.read_bytes())["kit"] == "kit-m"
    assert (ran.status, simulators.there) == (status, {})


def test_demo_writes_where_it_is_told(
    kitcheck: Kitcheck, simulators: MadeUpSimulators, lab: Lab, tmp_path: Path
) -> None:
    """--json chooses the file."""
    _lab(lab, "right")
    ran = kitcheck("demo", "--json", tmp_path / "mine.json")

    assert (ran.status, (tmp_path / "mine.json").exists(), (tmp_path / "home").exists()) == (0, True, False)


def test_demo_leaves_a_kit_of_that_name_alone(kitcheck: Kitcheck, simulators: MadeUpSimulators, lab: Lab) -> None:
    """A kit called `demo` that is there already is somebody's."""
    kitcheck("up", "--name", "demo")
    ran = kitcheck("demo")

    assert (ran.status, ran.err) == (4, "kitcheck: there is a kit 'demo' already\n")
    assert list(simulators.there) == ["demo"]


def test_demo_removes_the_kit_when_we_are_at_fault(
    kitcheck: Kitcheck, simulators: MadeUpSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong while grading, the kit goes."""

    def broken(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("kitcheck.demo.grade", broken)

    assert (kitcheck("demo").status, simulators.there) == (2, {})
