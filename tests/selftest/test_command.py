"""`kitcheck selftest`: what it prints and writes, and its status; on made-up kits, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kitcheck import selftest
from simulators.entry import Entry
from simulators.expectation import REFERENCE
from tests.cli.conftest import Kitcheck, kitcheck
from tests.selftest.made_up import MadeUpKits, entry

__all__ = ["kitcheck"]

Catalogue = Callable[..., None]


@pytest.fixture
def catalogue(made_up_kits: MadeUpKits, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Return a function that says which entries there are, besides the reference."""

    @contextmanager
    def kits(kind: str, jobs: int | None, most: int) -> Generator[tuple[MadeUpKits, int]]:
        made_up_kits.made.append(f"{kind}, {jobs} jobs for {most}")
        yield made_up_kits, 1

    def of(*entries: Entry) -> None:
        monkeypatch.setattr(selftest, "CATALOGUE", entries)
        monkeypatch.setattr("simulators.mistakes.CATALOGUE", entries)

    monkeypatch.setattr(selftest, "_kits", kits)
    return of


def test_as_catalogued(kitcheck: Kitcheck, catalogue: Catalogue, made_up_kits: MadeUpKits) -> None:
    """Progress goes to the standard error, the matrix to the output, and the last line says it all: status 0."""
    catalogue(entry("mistake", {"a": "wrong"}, fails={"a": "502"}))
    ran = kitcheck("selftest")

    assert ran.status == 0
    assert [line.split(", ")[0] for line in ran.err.splitlines()] == [
        "[1/2] reference: as catalogued",
        "[2/2] mistake: as catalogued",
    ]
    assert "mistake   F  s  m  .  .  . " in ran.out
    assert ran.out.splitlines()[-1].startswith("selftest: 2 entries, 12 cells, ")
    assert ran.out.splitlines()[-1].endswith("; all as catalogued")
    assert made_up_kits.made[0] == "embedded, None jobs for 2"


def test_not_as_catalogued(kitcheck: Kitcheck, catalogue: Catalogue) -> None:
    """Status 1, and the check is named."""
    catalogue(entry("blind", fails={"f": "502"}))
    ran = kitcheck("selftest")

    assert (ran.status, "blind, f\n    expected: failed\n    seen: passed" in ran.out) == (1, True)
    assert "[2/2] blind: 1 deviation, " in ran.err


def test_could_not_be_run(kitcheck: Kitcheck, catalogue: Catalogue) -> None:
    """Status 2, and why is told."""
    catalogue(entry("dead", {"start": "never"}))
    ran = kitcheck("selftest")

    assert (ran.status, "Unreachable: the kit does not start" in ran.out) == (2, True)
    assert "[2/2] dead: could not be run, " in ran.err


def test_interrupted(kitcheck: Kitcheck, catalogue: Catalogue, made_up_kits: MadeUpKits) -> None:
    """Status 130, and no kit is left."""
    catalogue(entry("stop", {"a": "interrupt"}))

    assert (kitcheck("selftest").status, made_up_kits.there) == (130, [])


@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        (["selftest", "two", "reference"], ["reference", "two"]),
        (["selftest", "two", "--repeat", "3"], ["two"] * 3),
    ],
)
def test_some_of_it(kitcheck: Kitcheck, catalogue: Catalogue, arguments: list[str], heard: list[str]) -> None:
    """Those that are named, as often as is said."""
    catalogue(entry("one"), entry("two"))
    ran = kitcheck(*arguments)

    assert (ran.status, [line.split()[1].rstrip(":") for line in ran.err.splitlines()]) == (0, heard)
    assert ("3 runs, no verdict changed" in ran.out) == ("--repeat" in arguments)


def test_where_and_how_many(kitcheck: Kitcheck, catalogue: Catalogue, made_up_kits: MadeUpKits) -> None:
    """On containers, and with so many kits at once, when that is said."""
    catalogue()
    kitcheck("selftest", "--docker", "--jobs", "3", "--repeat", "2")

    assert made_up_kits.made[0] == "docker, 3 jobs for 2"


def test_json(kitcheck: Kitcheck, catalogue: Catalogue, tmp_path: Path) -> None:
    """Other programs get everything in a file."""
    catalogue(entry("blind", fails={"f": "502"}))
    kitcheck("selftest", "--json", tmp_path / "s.json")
    document = json.loads((tmp_path / "s.json").read_bytes())

    assert (document["schema"], document["as_catalogued"]) == ("kitcheck/selftest/1", False)
    assert [each["id"] for each in document["entries"]] == ["reference", "blind"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["onne"], "there is no mistake 'onne'; did you mean one"),
        (["--json", "no/such/s.json"], "no/such"),
    ],
)
def test_unusable(
    kitcheck: Kitcheck, catalogue: Catalogue, made_up_kits: MadeUpKits, arguments: list[str], complaint: str
) -> None:
    """Status 4, before anything is started."""
    catalogue(entry("one"))
    ran = kitcheck("selftest", *arguments)

    assert (ran.status, complaint in ran.err, made_up_kits.made) == (4, True, [])


def test_reference_is_always_there() -> None:
    """The reference can be named like an entry."""
    assert selftest.chosen(["reference"]) == (REFERENCE,)
