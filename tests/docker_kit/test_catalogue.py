"""Entries of the catalogue on one kit of containers, one after another: graded as catalogued, put back as if new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness import grading, rubric
from harness.errors import KitError
from harness.kit import Kit
from harness.kitfile import load
from simulators.docker import changing, kits, starting
from simulators.docker.bench import Bench, bench
from simulators.docker.images import Images
from simulators.docker.kits import RunningKit
from simulators.expectation import expected
from simulators.mistakes import entry
from simulators.plan import STAGES, Plan

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
ENTRIES = (
    "database-local-only",
    "database-not-shared",
    "stock-site-left",
    "machine-released",
    "http-endless-body",
)
"""One for each kind of change that no other test builds; `kitcheck selftest --docker` tries them all."""


def unsaid(_line: str) -> None:
    """Listen to nobody."""


@pytest.fixture(scope="module")
def place(engine: DockerClient, images: Images, at_home: Path) -> Iterator[Bench]:
    """A bench for one kit."""
    assert images
    assert at_home
    made = bench(1, name=f"tried-{os.getpid()}", say=print)
    yield made
    made.close(say=unsaid)


def containers(engine: DockerClient, kit: RunningKit) -> dict[str, str]:
    """Return the ids of a kit's containers by their names in the kit."""
    found = cast("Any", engine.api).containers(all=True, filters={"label": f"kitcheck.kit={kit.name}"})
    return {each["Names"][0].rpartition("-")[2]: each["Id"] for each in found}


def visitors(kit: RunningKit, *, visits: int = 0) -> str:
    """Return what the Django hosts remember of connections to their port, after `visits` through the proxy."""
    with closing(Kit.open(load(kit.kit_yaml, {}))) as opened:
        for _ in range(visits):
            opened.run(opened.role("proxy"), f"wget -qO- http://127.0.0.1{Plan().path}")
        return "".join(opened.run(host, "ss -Htan 'sport = :8080'").text for host in opened.django)


@pytest.mark.parametrize("id_", ENTRIES)
def test_entry_is_graded_as_catalogued(place: Bench, id_: str) -> None:
    """Check by check: what must fail fails, what depends on it is skipped, everything else passes."""
    tried = entry(id_)
    with place.kit(tried.change(Plan()), 0, say=print) as kit:
        result = grading.grade(kit.kit_yaml, checkpoints=STAGES)

    seen = {check.id: check.verdict for check in result.checks}
    assert seen == expected(rubric.read(rubric.FEATURES), tried), {c.id: c.rationale for c in result.checks}


def test_a_kit_is_put_back_as_if_new(place: Bench, engine: DockerClient) -> None:
    """Machines and MAAS are others, and remember nothing; main, router and mirror stay, and so does the way in."""
    with place.kit(entry("maas-busy").change(Plan()), 0, say=print) as kit:
        before, first = containers(engine, kit), load(kit.kit_yaml, {})
        # Either side may close a connection first, and only that one remembers it.
        assert "TIME-WAIT" in visitors(kit, visits=20)
    with place.kit(Plan(), 0, say=print) as kit:
        after, second = containers(engine, kit), load(kit.kit_yaml, {})
        remembered = visitors(kit)
        result = grading.grade(kit.kit_yaml, checkpoints=["checkpoint-3"])

    assert {name for name in before if before[name] == after[name]} == {"main", "router", "mirror"}
    assert before.keys() == after.keys()
    assert "TIME-WAIT" not in remembered
    assert second == first
    assert result.verdict.value == "passed"


def test_a_kit_that_cannot_be_put_back_is_started_anew(
    place: Bench, engine: DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told but those who listen."""
    said: list[str] = []

    def put_back(*_: object) -> None:
        raise KitError("the disk is gone")

    with place.kit(Plan(), 0, say=unsaid) as kit:
        before = containers(engine, kit)
    monkeypatch.setattr(starting, "put_back", put_back)
    with place.kit(Plan(), 0, say=said.append) as kit:
        after = containers(engine, kit)

    assert f"kit {kit.name}: it cannot be put back (the disk is gone); starting it anew" in said
    assert before.keys() == after.keys()
    assert set(before.values()) & set(after.values()) == set()


def test_a_change_that_fails_leaves_no_kit(place: Bench, engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what went wrong."""

    def apply(*_: object) -> None:
        raise KitError("changing server1: no")

    monkeypatch.setattr(changing, "apply", apply)
    tried = entry("started-by-hand").change(Plan())

    with pytest.raises(KitError, match="changing server1: no"), place.kit(tried, 0, say=unsaid):
        pass

    left = cast("Any", engine.api).containers(all=True, filters={"label": f"kitcheck.kit={place.names[0]}"})
    assert left == []
    assert kits.kits() == []
