"""`kitcheck up`, `kits` and `down`, with made-up simulators behind them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import UsageError
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.mistakes import planned
from simulators.plan import Plan
from tests.cli.conftest import Kitcheck

NO_ENGINE = "no Docker engine answers; see `make engine`"


@dataclass
class Made:
    """A made-up kit that plays until it is closed."""

    name: str
    closed: threading.Event


class MadeUpSimulators:
    """Kits that are only a folder; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.engine = True
        self.plays: Callable[[Made], None] = lambda kit: kit.closed.set()
        """What happens while an embedded kit is played."""

    # As simulators.docker.kits

    def up(self, name: str, *, network: str | None, plan: Plan, say: Callable[[str], None]) -> None:
        """Start a kit of a name that is free."""
        self.asked.append(("up", name, network, plan))
        say("starting\x1b[2J")
        self._fill(KitFolder(name), Whereabouts(network or "172.16.0.0/20", plan.stage, 2201, 5201))

    def down(self, name: str, *, say: Callable[[str], None]) -> None:
        """Remove a kit."""
        self.asked.append(("down", name))
        KitFolder(name).remove()

    def down_all(self, *, say: Callable[[str], None]) -> list[str]:
        """Remove all kits of containers."""
        if not self.engine:
            raise UsageError(NO_ENGINE)
        names = [path.name for path in sorted(KitFolder("x").path.parent.glob("*"))]
        for name in names:
            KitFolder(name).remove()
        return names

    # As simulators.embedded.kit

    @contextmanager
    def start(self, plan: Plan, *, name: str, network: str, register: bool, dashboard: bool) -> Generator[Made]:
        """Play a kit."""
        self.asked.append(("start", name, network, plan, register, dashboard))
        self._fill(KitFolder(name), Whereabouts(network, plan.stage, 2202, 5202, "embedded"))
        try:
            kit = Made(name, threading.Event())
            self.plays(kit)
            yield kit
        finally:
            KitFolder(name).remove()

    def _fill(self, folder: KitFolder, whereabouts: Whereabouts) -> None:
        folder.make()
        folder.write(whereabouts, kit_yaml={"kit": folder.kit}, private_key=b"key")


@pytest.fixture
def simulators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpSimulators:
    """Return made-up simulators, which are what the program uses."""
    made_up = MadeUpSimulators()
    for name in ("up", "down", "down_all"):
        monkeypatch.setattr(f"simulators.docker.kits.{name}", getattr(made_up, name))
    monkeypatch.setattr("simulators.embedded.kit.start", made_up.start)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")  # kits of a real one are somebody's
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return made_up


def _ssh(folder: KitFolder, port: int) -> str:
    return (
        f"ssh -p {port} -i {folder.identity} -o IdentitiesOnly=yes "
        f"-o UserKnownHostsFile={folder.known_hosts} -o StrictHostKeyChecking=accept-new cloud@127.0.0.1"
    )


def test_up(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """A kit of containers is started, and how to use it is printed; progress stays out of the output."""
    ran = kitcheck("up", "--docker", "--name", "kit-x", "--at", "3", "--network", "172.16.32.0/20")
    folder = KitFolder("kit-x")

    assert simulators.asked == [("up", "kit-x", "172.16.32.0/20", Plan())]
    assert ran.out.splitlines() == [
        "kit-x is up",
        f"  kit.yaml   {folder.kit_yaml}",
        "  network    172.16.32.0/20, checkpoint-3",
        f"  main       {_ssh(folder, 2201)}",
        "  dashboard  http://127.0.0.1:5201/MAAS/r/machines",
        "  login      cloud / cloud",
        f"  grade      kitcheck grade --kit {folder.kit_yaml}",
        "  remove     kitcheck down kit-x",
    ]
    assert (ran.status, ran.err) == (0, "starting\\x1b[2J\n")


def test_up_bare(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Without a checkpoint nothing is built, of containers, on whichever network is free then."""
    kitcheck("up")

    assert simulators.asked == [("up", "kit", None, Plan(stage=None))]


@pytest.mark.parametrize("kind", ["--docker", "--embedded"])
def test_up_with_mistakes(kitcheck: Kitcheck, simulators: MadeUpSimulators, kind: str) -> None:
    """Every mistake that is named changes the plan, in that order."""
    kitcheck("up", kind, "--at", "3", "--mistake", "sticky", "--mistake", "lab-path")

    (asked,) = simulators.asked
    assert isinstance(asked, tuple)
    assert asked[3] == planned(["sticky", "lab-path"], Plan())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--at", "checkpoint-7"], "no checkpoint is called 'checkpoint-7': there are checkpoint-1, checkpoint-2,"),
        (["--docker", "--embedded"], "--docker and --embedded exclude each other"),
        (["--at", "3", "--mistake", "stickyy"], "there is no mistake 'stickyy'; did you mean sticky"),
        (["--mistake", "sticky"], "sticky cannot be seen on a kit on which nothing is built: say --at checkpoint-3"),
        (["--at", "2", "--mistake", "sticky"], "sticky cannot be seen at checkpoint-2: say --at checkpoint-3"),
        (["--at", "3", "--mistake", "slow-kit"], "slow-kit: this is about the way to a kit"),
        (["--at", "3", "--mistake", "connection-lost-half-way"], "this is about the way to a kit"),
    ],
)
@pytest.mark.parametrize("kind", ["--docker", "--embedded"])
def test_up_unusable(
    kitcheck: Kitcheck, simulators: MadeUpSimulators, kind: str, arguments: list[str], complaint: str
) -> None:
    """What cannot be had is one line and status 4; nothing is started."""
    ran = kitcheck("up", kind, *arguments)

    assert (ran.status, simulators.asked) == (4, [])
    assert ran.err.startswith("kitcheck: ")
    assert complaint in ran.err


def test_up_embedded(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """An embedded kit is introduced in the same way, runs until it is over, and leaves nothing."""
    ran = kitcheck("up", "--embedded", "--name", "kit-e", "--at", "1")
    folder = KitFolder("kit-e")

    assert simulators.asked == [("start", "kit-e", "172.16.0.0/20", Plan(stage="checkpoint-1"), True, True)]
    assert ran.out.splitlines() == [
        "kit-e is up",
        f"  kit.yaml   {folder.kit_yaml}",
        "  network    172.16.0.0/20, checkpoint-1",
        f"  main       {_ssh(folder, 2202)}",
        "  dashboard  http://127.0.0.1:5202/MAAS/r/machines",
        "  login      cloud / cloud",
        f"  grade      kitcheck grade --kit {folder.kit_yaml}",
        "  remove     kitcheck down kit-e, or Ctrl-C here",
        "kit-e is gone",
    ]
    assert (ran.status, ran.err, folder.path.exists()) == (0, "", False)


def test_up_embedded_until_interrupted(
    kitcheck: Kitcheck, simulators: MadeUpSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is how it ends: no complaint, nothing left."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    simulators.plays = lambda _: None
    ran = kitcheck("up", "--embedded")

    assert (ran.status, ran.out.splitlines()[-1], KitFolder("kit").path.exists()) == (0, "kit is gone", False)


def test_kits(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Every kit is listed with how it is reached, embedded ones too; one whose program was killed is told."""
    assert kitcheck("kits").out == "no simulated kit is running\n"

    kitcheck("up", "--name", "a")
    with (
        socket.create_server(("127.0.0.1", 0)) as answering,
        socket.socket() as silent,
    ):
        silent.bind(("127.0.0.1", 0))
        for name, port in (("b", answering.getsockname()[1]), ("c", silent.getsockname()[1])):
            folder = KitFolder(name)
            folder.make()
            where = Whereabouts("172.16.0.0/20", None, port, 1, "embedded")
            folder.write(where, kit_yaml={}, private_key=b"")
        said = kitcheck("kits").out.splitlines()

    assert [line for line in said if not line.startswith("  ")] == ["a", "b", "c"]
    assert [line for line in said if line.startswith("  gone")] == [
        "  gone       the program that played it has ended; `kitcheck down c` removes the rest"
    ]
    assert said[-1].startswith("  gone")


def test_down(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """One kit goes, or all do."""
    for name in "abc":
        kitcheck("up", "--name", name)

    assert kitcheck("down", "b").out == "b is gone\n"
    assert kitcheck("down", "--all").out == "gone: a, c\n"
    assert kitcheck("down", "--all").out == "no simulated kit is running\n"


def _embedded(name: str) -> KitFolder:
    folder = KitFolder(name)
    folder.make()
    folder.write(Whereabouts("172.16.0.0/20", None, 1, 1, "embedded"), kit_yaml={}, private_key=b"")
    return folder


def test_down_of_embedded_kits(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Their folder goes, which is how the program that plays them learns of it; no engine is asked."""
    simulators.engine = False
    one, other = _embedded("one"), _embedded("other")

    assert kitcheck("down", "one").out == "one is gone\n"
    assert (one.path.exists(), other.path.exists()) == (False, True)
    assert kitcheck("down", "--all").out == "gone: other\n"
    assert (other.path.exists(), simulators.asked) == (False, [])


def test_down_all_where_the_engine_is_off(kitcheck: Kitcheck, simulators: MadeUpSimulators) -> None:
    """Kits of containers that cannot be removed now are not passed over in silence."""
    kitcheck("up", "--name", "a")
    _embedded("e")
    simulators.engine = False
    ran = kitcheck("down", "--all")

    assert (ran.status, ran.err) == (4, f"kitcheck: {NO_ENGINE}\n")
    assert (KitFolder("a").path.exists(), KitFolder("e").path.exists()) == (True, False)


@pytest.mark.parametrize("arguments", [[], ["a", "--all"]])
def test_down_of_what(kitcheck: Kitcheck, simulators: MadeUpSimulators, arguments: list[str]) -> None:
    """It must be clear which kit is meant."""
    ran = kitcheck("down", *arguments)

    expected = "kitcheck: say which kit to remove, or --all; `kitcheck kits` lists them\n"
    assert (ran.status, ran.err, simulators.asked) == (4, expected, [])


@pytest.mark.parametrize("arguments", [["kits"], ["down", "e"], ["up", "--embedded", "--mistake", "x"], ["mistakes"]])
def test_no_docker_package(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands about embedded kits do not even load what speaks to an engine."""
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path))
    _embedded("e")
    program = (
        f"import sys; sys.modules['docker'] = None; sys.argv[1:] = {arguments!r};"
        "from kitcheck.cli import main; status = main();"
        "print([name for name in sys.modules if name.startswith('simulators.docker')], status)"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines()[-1].startswith("[] ")
    assert "a fault of Kitcheck itself" not in ran.stderr
