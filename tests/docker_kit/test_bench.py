"""A bench of kits: names and networks of its own, and nothing that is left when somebody is interrupted."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from harness.errors import KitError, UsageError
from simulators.docker import bench as subject
from simulators.docker.bench import Bench, bench
from simulators.docker.kits import RunningKit
from simulators.docker.network import Occupied
from simulators.kit_folder import KitFolder
from simulators.plan import Plan

PLACES = Bench(("b-0", "b-1"), ("172.16.0.0/20", "172.16.32.0/20"))


def unsaid(_line: str) -> None:
    """Listen to nobody."""


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """What is asked of the engine, which has one network in use; nothing is really done."""
    heard: list[tuple[str, ...]] = []

    def renew(name: str, *, network: str, plan: Plan, say: object) -> RunningKit:
        heard.append(("renew", name, network, str(plan.stage)))
        return RunningKit(name, network, plan.stage, tmp_path / "kit.yaml", "ssh", "http")

    def down(name: str, *, say: object) -> None:
        heard.append(("down", name))

    def ensure_images(_client: object, _say: object) -> None:
        """Have them."""

    def occupied(_client: object) -> list[Occupied]:
        return [Occupied(IPv4Network("172.16.16.0/20"), "another kit")]

    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path))
    monkeypatch.setattr(subject.kits, "renew", renew)
    monkeypatch.setattr(subject.kits, "down", down)
    monkeypatch.setattr(subject, "connect", object)
    monkeypatch.setattr(subject, "ensure_images", ensure_images)
    monkeypatch.setattr(subject, "occupied", occupied)
    return heard


def test_places_have_names_and_free_networks_of_their_own() -> None:
    """The first that overlap nothing, so that they are the same the next time."""
    assert bench(2, name="b", say=unsaid) == PLACES


def test_a_name_in_use_is_refused() -> None:
    """It may be somebody else's, who still uses it."""
    KitFolder("b-1").make()

    with pytest.raises(UsageError, match="there is a kit 'b-1' already: `kitcheck down b-1` removes it"):
        bench(2, name="b", say=unsaid)


def test_too_few_networks_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the number that there are."""
    monkeypatch.setattr(subject, "candidates", lambda: iter([IPv4Network("10.0.0.0/20")]))

    with pytest.raises(UsageError, match="2 kits at once need as many networks, and 1 are free"):
        bench(2, name="b", say=unsaid)


def test_a_kit_stays_for_the_next_plan(calls: list[tuple[str, ...]]) -> None:
    """Also when whoever used it failed."""
    with PLACES.kit(Plan(), 0, say=unsaid) as first:
        pass
    with pytest.raises(KitError, match="no answer"), PLACES.kit(Plan(stage="checkpoint-1"), 1, say=unsaid):
        raise KitError("no answer")

    assert first.name == "b-0"
    assert calls == [
        ("renew", "b-0", "172.16.0.0/20", "checkpoint-3"),
        ("renew", "b-1", "172.16.32.0/20", "checkpoint-1"),
    ]


def test_an_interrupt_takes_the_kit_along(calls: list[tuple[str, ...]]) -> None:
    """A worker that is told to stop may have lost its parent."""
    with pytest.raises(KeyboardInterrupt), PLACES.kit(Plan(), 1, say=unsaid):
        raise KeyboardInterrupt

    assert calls[1:] == [("down", "b-1")]


def test_closing_removes_what_is_there(calls: list[tuple[str, ...]]) -> None:
    """And asks for nothing else."""
    KitFolder("b-0").make()

    PLACES.close(say=unsaid)

    assert calls == [("down", "b-0")]
