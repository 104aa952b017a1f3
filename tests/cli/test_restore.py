"""`kitcheck up` on a kit that exists: put back, or refused with what to do instead; and one command at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from simulators.docker import kits
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.like_live import like_live
from simulators.plan import Plan
from tests.cli.conftest import Kitcheck


@pytest.fixture
def grupo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KitFolder:
    """Return the folder of a kit of containers at checkpoint 1; no engine answers."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = KitFolder("grupo")
    folder.make()
    folder.write(Whereabouts("172.16.32.0/20", "checkpoint-1", 2201, 5201), kit_yaml={}, private_key=b"key")
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Plan]]:
    """Put kits back by writing down what was asked for."""
    asked: list[tuple[str, Plan]] = []

    def restore(name: str, *, plan: Plan, say: Callable[[str], None]) -> None:
        say(f"putting {name} back")
        asked.append((name, plan))

    monkeypatch.setattr("simulators.docker.kits.restore", restore)
    return asked


@pytest.mark.parametrize("network", [(), ("--network", "172.16.32.0/20")])
def test_put_back(
    kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]], network: tuple[str, ...]
) -> None:
    """In its own network, whether that is named or not; how it is reached is printed as for a new one."""
    ran = kitcheck("up", "--docker", "--name", "grupo", "--at", "2", *network)

    assert asked == [("grupo", Plan(stage="checkpoint-2"))]
    assert (ran.status, ran.err, ran.out.splitlines()[0]) == (0, "putting grupo back\n", "grupo is up")
    assert f"  kit.yaml   {grupo.kit_yaml}" in ran.out.splitlines()


def test_put_back_with_a_mistake(kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]]) -> None:
    """As for a new kit."""
    assert kitcheck("up", "--name", grupo.kit, "--at", "3", "--mistake", "lab-path").status == 0
    assert [plan.path for _, plan in asked] == ["/tasks/"]


def test_a_kit_like_a_live_one_stays_so(kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]]) -> None:
    """Its names, its roles, its login, whether that is said again or not; but no mistake can be put into it."""
    was = Whereabouts("172.16.32.0/20", "checkpoint-2", 2201, 5201, password="of-the-group", like_live=True)
    grupo.write_whereabouts(was)
    again = kitcheck("up", "--docker", "--name", "grupo", "--at", "3")
    said = kitcheck("up", "--docker", "--name", "grupo", "--at", "3", "--like-live")
    refused = kitcheck("up", "--docker", "--name", "grupo", "--at", "3", "--mistake", "lab-path")

    assert (again.status, said.status) == (0, 0)
    complaint = "grupo was started with --like-live, which cannot go with --mistake: `kitcheck down grupo` first, or"
    assert asked == [("grupo", like_live("checkpoint-3"))] * 2
    assert (refused.status, refused.err) == (4, f"kitcheck: {complaint} choose another name with --name\n")


def test_an_embedded_kit_of_that_name_is_no_such_kit(
    kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]]
) -> None:
    """It is refused for its name, not for what the other one is."""
    grupo.write_whereabouts(Whereabouts("172.16.32.0/20", "checkpoint-2", 2201, 5201, like_live=True))
    ran = kitcheck("up", "--embedded", "--name", "grupo", "--at", "3")

    assert (ran.status, asked) == (4, [])
    assert "there is a kit 'grupo' already" in ran.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "grupo is up already: say --at CHECKPOINT to put it back, or `kitcheck down grupo`"),
        (["--at", "2", "--network", "172.16.0.0/20"], "grupo is on network 172.16.32.0/20, and a kit that is put back"),
        (["--at", "2", "--network", "nonsense"], "network 'nonsense' cannot be used"),
        (["--at", "9"], "no checkpoint is called '9'"),
    ],
)
def test_refused(
    kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]], arguments: list[str], complaint: str
) -> None:
    """One line, status 4, and the kit is as it was."""
    ran = kitcheck("up", "--docker", "--name", grupo.kit, *arguments)

    assert (ran.status, asked, ran.err.count("\n")) == (4, [], 1)
    assert complaint in ran.err


def test_embedded(kitcheck: Kitcheck, grupo: KitFolder, asked: list[tuple[str, Plan]]) -> None:
    """Whoever plays an embedded kit cannot put it back: it says what to do instead."""
    grupo.write_whereabouts(Whereabouts("172.16.0.0/20", None, 1, 1, "embedded"))
    ran = kitcheck("up", "--docker", "--name", "grupo", "--at", "2")

    assert (ran.status, asked) == (4, [])
    assert "grupo is an embedded kit" in ran.err
    assert "`kitcheck up --embedded --name grupo --at checkpoint-2` begins a new one" in ran.err


def test_kits_shows_one_that_is_not_ready(kitcheck: Kitcheck, grupo: KitFolder) -> None:
    """With the line that finishes it."""
    grupo.write_whereabouts(Whereabouts("172.16.32.0/20", "checkpoint-2", 2201, 5201, ready=False))
    said = next(line for line in kitcheck("kits").out.splitlines() if line.startswith("  network"))

    assert said.startswith("  network    172.16.32.0/20, not ready: ")
    assert "`kitcheck up --docker --at checkpoint-2 --name grupo`" in said


def test_one_at_a_time(grupo: KitFolder) -> None:
    """Two commands about one kit at once: the second is refused with the first one's process, and changes nothing."""
    pytest.importorskip("fcntl", reason="Windows has no advisory locks")
    with (
        grupo.held(),
        pytest.raises(UsageError, match=r"kit 'grupo' is being started, put back or removed .* process \d"),
    ):
        kits.restore("grupo", plan=Plan(), say=lambda _: None)
    with grupo.held():
        pass

    assert grupo.whereabouts() == Whereabouts("172.16.32.0/20", "checkpoint-1", 2201, 5201)


def test_a_kit_that_went_meanwhile(grupo: KitFolder) -> None:
    """Whoever waited at the door of a folder that is gone does not go on in it."""
    grupo.remove()

    with pytest.raises(UsageError, match="there is no kit 'grupo'"):
        kits.restore("grupo", plan=Plan(), say=lambda _: None)
