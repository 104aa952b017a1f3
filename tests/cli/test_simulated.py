"""`kitcheck grade --simulate` and `kitcheck demo`, with made-up kits behind them."""

from __future__ import annotations

import gc
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import pytest

from harness.errors import KitError, UsageError
from harness.result import read
from kitcheck import cli
from simulators.embedded import spawning
from simulators.plan import Plan
from tests.cli.conftest import Kitcheck
from tests.grading.made_up import Lab

ALL = ("demo", "checkpoint-3", (), "checkpoint-4", "checkpoint-5", "cleanup")
"""What a demonstration asks for: a kit of each part of the lab."""


class MadeUpPlayed:
    """A process that plays nothing; remembers what it was asked, and whether it was ended."""

    kit_yaml: Path
    last_words: str | None = None
    fails: Exception | None = None

    def __init__(self, *, name: str, at: str | None, mistakes: Sequence[str] = (), then: Sequence[str] = ()) -> None:
        self.asked.append((name, at, tuple(mistakes), *then))

    asked: ClassVar[list[object]]

    def ready(self, number: int = 0) -> Any:
        """Return where the kit is."""
        if self.fails:
            raise self.fails
        return SimpleNamespace(kit_yaml=self.kit_yaml)

    def begin(self, process: object = None) -> Self:
        """Begin."""
        self.asked.append("begun")
        return self

    def go_on(self) -> None:
        """Be told to build one kit more."""

    def dismiss(self) -> None:
        """Be let go: nothing is played."""

    def close(self) -> None:
        """End."""
        self.asked.append("ended")


@pytest.fixture
def played(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[MadeUpPlayed]:
    """Return what plays kits: the one of the made-up lab."""

    class Played(MadeUpPlayed):
        kit_yaml = lab.kit
        asked: ClassVar[list[object]] = []

    monkeypatch.setattr("simulators.embedded.process.Played", Played)
    monkeypatch.setattr(spawning, "spawn", str)  # nothing is started
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "home"))
    return Played


def _feature(lab: Lab, kind: str, checkpoint: str = "checkpoint-3") -> None:
    lab.feature(checkpoint, f"@id:{checkpoint} @points:2\nScenario: It is one\n  Then the kit answers {kind}\n")


@pytest.mark.parametrize(("kind", "status"), [("right", 0), ("wrong", 1), ("late", 2), ("interrupt", 130)])
def test_simulate(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, kind: str, status: int) -> None:
    """A kit is played, graded and ended, whatever the verdict."""
    _feature(lab, kind)
    ran = kitcheck("grade", "--simulate")

    assert (ran.status, ran.err) == (status, "")
    assert played.asked == [("simulated", "checkpoint-3", ()), "begun", "ended"]


def test_simulate_at_with_mistakes(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, tmp_path: Path) -> None:
    """The stage and the mistakes are the kit's; what to grade, and where to write, are as with --kit."""
    _feature(lab, "right", "checkpoint-1")
    _feature(lab, "wrong", "checkpoint-2")
    options = ["--at", "2", "--mistake", "wrong-port", "--mistake", "started-by-hand", "--checkpoint", "1"]
    ran = kitcheck("grade", "--simulate", *options, "--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml")

    assert (ran.status, played.asked[0]) == (0, ("simulated", "checkpoint-2", ("wrong-port", "started-by-hand")))
    assert [check.id for check in read(tmp_path / "r.json").checks] == ["checkpoint-1"]
    assert (tmp_path / "r.xml").exists()


def test_stage_of_a_mistake(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab) -> None:
    """Without --at, a mistake is played where it can be seen: in its half of the lab, at the end."""
    _feature(lab, "right")
    kitcheck("grade", "--simulate", "--mistake", "not-integrated")

    assert played.asked[0] == ("simulated", "checkpoint-4", ("not-integrated",))


def test_way_to_the_kit(
    kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kit is reached as the plan wants it, and the way ends when the plan's check is done."""
    lab.feature("checkpoint-2", "@id:both-django-answer\nScenario: It is one\n  Then the kit answers right\n")
    _feature(lab, "right")
    ways: list[object] = []

    @contextmanager
    def travelled(path: Path, plan: Plan) -> Generator[tuple[Path, Any]]:
        ways.append((path, plan.road_ends_after))
        yield path, SimpleNamespace(end=lambda: ways.append("ended"))

    monkeypatch.setattr("simulators.road.travelled", travelled)
    ran = kitcheck("grade", "--simulate", "--mistake", "connection-lost-half-way")

    assert (ran.status, ways) == (0, [(lab.kit, "both-django-answer"), "ended"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "say which kit to grade: --kit FILE, or --simulate"),
        (["--kit", "k.yaml", "--simulate"], "say which kit to grade: --kit FILE, or --simulate"),
        (["--kit", "k.yaml", "--at", "3"], "--at and --mistake are about a kit that is made for the grading"),
        (["--kit", "k.yaml", "--mistake", "sticky"], "--at and --mistake are about a kit"),
        (["--simulate", "--at", "9"], "no checkpoint is called '9'"),
        (["--simulate", "--mistake", "stickyy"], "there is no mistake 'stickyy'; did you mean sticky"),
        (["--simulate", "--at", "1", "--mistake", "sticky"], "sticky cannot be seen at checkpoint-1"),
    ],
)
def test_unusable(kitcheck: Kitcheck, played: type[MadeUpPlayed], arguments: list[str], complaint: str) -> None:
    """What cannot be is one line and status 4; what was begun is ended."""
    ran = kitcheck("grade", *arguments)

    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith(f"kitcheck: {complaint}")
    assert played.asked[-1:] in ([], ["ended"])


@pytest.mark.parametrize(
    ("error", "status"), [(UsageError("the name cannot be used"), 4), (KitError("the kit does not start"), 2)]
)
def test_kit_that_cannot_be_played(
    kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, error: Exception, status: int
) -> None:
    """Why is said in one line, and the process is ended."""
    _feature(lab, "right")
    played.fails = error
    ran = kitcheck("grade", "--simulate")

    assert (ran.status, ran.err, played.asked[-1]) == (status, f"kitcheck: {error}\n", "ended")


def test_kit_that_ends_too_early(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab) -> None:
    """Verdicts on a kit that broke meanwhile are nobody's fault but ours: its last words are told, status 2."""
    _feature(lab, "late")
    played.last_words = "out of memory"
    ran = kitcheck("grade", "--simulate")

    assert (ran.status, ran.err) == (2, "kitcheck: the kit ended while it was graded: out of memory\n")


@pytest.mark.parametrize(("kind", "status"), [("right", 0), ("wrong", 1), ("late", 2), ("interrupt", 130)])
def test_demo(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, tmp_path: Path, kind: str, status: int) -> None:
    """A demo plays a kit, grades it, writes the result and says where, and always ends the kit."""
    _feature(lab, kind)
    ran = kitcheck("demo")
    written = tmp_path / "home" / "demo.json"

    assert (ran.status, played.asked) == (status, [ALL, "begun", "ended"])
    assert ran.out.splitlines()[-1] == f"report: {written}"
    said = json.loads(written.read_bytes())

    assert said["kit"] == "kit-m"
    assert len(said["checkpoints"]) == (1 if kind == "interrupt" else 4)


def test_demo_writes_where_it_is_told(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, tmp_path: Path) -> None:
    """--json and --junit choose the files."""
    _feature(lab, "right")
    ran = kitcheck("demo", "--json", tmp_path / "mine.json", "--junit", tmp_path / "mine.xml")

    assert (ran.status, (tmp_path / "home").exists()) == (0, False)
    assert ran.out.splitlines()[-1] == f"report: {tmp_path / 'mine.json'}"
    assert [(tmp_path / name).exists() for name in ("mine.json", "mine.xml")] == [True, True]


def test_demo_that_cannot_write(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, tmp_path: Path) -> None:
    """A place that cannot be written to is one line and status 4, and nothing is claimed to be there."""
    _feature(lab, "right")
    ran = kitcheck("demo", "--json", tmp_path / "no" / "r.json")

    assert (ran.status, ran.out, len(ran.err.splitlines())) == (4, "", 1)


# A head start


def test_without_a_head_start(
    kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing was begun before the program was loaded, the command begins it, with the same outcome."""
    _feature(lab, "right")
    monkeypatch.setattr("tests.cli.conftest.main", cli.main)
    ran = kitcheck("demo")

    assert (ran.status, played.asked) == (0, [ALL, "begun", "ended"])
    assert ran.out.splitlines()[-1].startswith("report: ")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["demo", "--nonsense"], ALL),
        (["demo", "--json", "no/such/r.json"], ALL),
        (["grade", "--simulate", "--nonsense"], ("simulated", "checkpoint-3", ())),
    ],
)
def test_head_start_in_vain(
    kitcheck: Kitcheck, played: type[MadeUpPlayed], arguments: list[str], asked: tuple[object, ...]
) -> None:
    """What was begun for a command that is refused is ended."""
    ran = kitcheck(*arguments)

    assert (ran.status, played.asked) == (4, [asked, "begun", "ended"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["demo", "--help"],
        ["kits"],
        ["down", "demo"],
        ["mistakes"],
        ["demo", "--docker", "-h"],
        ["grade", "-h"],
        ["grade", "--kit", "kit.yaml"],
        ["grade", "--simulate", "--at=nowhere"],
        ["grade", "--simulate", "--mistake", "nonsense"],
    ],
)
def test_no_head_start_for_others(kitcheck: Kitcheck, played: type[MadeUpPlayed], arguments: list[str]) -> None:
    """Nothing is begun that is not needed."""
    kitcheck(*arguments)

    assert played.asked == []


def test_garbage_is_collected_again(kitcheck: Kitcheck, played: type[MadeUpPlayed], lab: Lab) -> None:
    """Collecting garbage is put off only while modules are imported."""
    _feature(lab, "right")
    kitcheck("demo")

    assert gc.isenabled()


# On containers


class MadeUpDocker:
    """Kits of containers that are only names."""

    def __init__(self, kit_yaml: Path) -> None:
        self._kit_yaml = kit_yaml
        self.asked: list[object] = []

    def up(self, name: str, *, plan: Plan, say: object) -> Any:
        """Start one."""
        self.asked.append(("up", name, plan))
        return SimpleNamespace(kit_yaml=self._kit_yaml)

    def down(self, name: str, *, say: object) -> None:
        """Remove one."""
        self.asked.append(("down", name))


@pytest.mark.parametrize(("kind", "status"), [("right", 0), ("wrong", 1), ("interrupt", 130), ("bug", 2)])
def test_demo_on_containers(
    kitcheck: Kitcheck, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    """With --docker they are kits of containers, one after the other, each removed whatever happens."""
    docker = MadeUpDocker(lab.kit)
    monkeypatch.setattr("simulators.docker.kits.up", docker.up)
    monkeypatch.setattr("simulators.docker.kits.down", docker.down)
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "home"))
    _feature(lab, kind)
    if kind == "bug":
        monkeypatch.setattr("harness.grading._carry_out", None)
    ran = kitcheck("demo", "--docker")

    parts = ALL[1:2] if kind in ("interrupt", "bug") else ("checkpoint-3", "checkpoint-4", "checkpoint-5", "cleanup")
    each = [[("up", "demo", Plan.at(part)), ("down", "demo")] for part in parts]

    assert docker.asked == [step for steps in each for step in steps]
    assert ran.status == status
    assert (f"report: {tmp_path / 'home' / 'demo.json'}" in ran.out) == (kind != "bug")
