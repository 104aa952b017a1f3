"""The page about the simulator of Juju says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from simulators.charms import STORE
from simulators.juju.api import covered
from simulators.juju.api.table import REFUSED
from simulators.juju.api.versions import ON_CONTROLLER, ON_MODEL, Flavour, served

DOCUMENT = (Path(__file__).parents[2] / "docs" / "juju-simulator.md").read_text(encoding="utf-8")
VERSIONS: dict[Flavour, str] = {"3.6": "3.6.8", "2.9": "2.9.51"}


def versions(facade: str, flavour: Flavour) -> str:
    """Return which versions of a facade are served: `15-20`."""
    if facade == "Admin":
        return "3"
    every = served(VERSIONS[flavour], model=True) | served(VERSIONS[flavour], model=False)
    oldest, newest = every[facade]
    return str(oldest) if oldest == newest else f"{oldest}-{newest}"


def where(facade: str) -> str:
    """Return on which connections a facade is."""
    if facade in ON_MODEL["3.6"]:
        return "model"
    return "controller" if facade in ON_CONTROLLER["3.6"] else "both"


def row(facade: str) -> str:
    """Return the line of the table that describes a facade."""
    requests = ", ".join(covered()[facade])
    return f"| `{facade}` | {where(facade)} | {versions(facade, '3.6')} | {versions(facade, '2.9')} | {requests} |"


def test_every_facade_is_listed() -> None:
    """Each has its line, and no line is left over."""
    table = DOCUMENT.partition("## The API")[2].partition("\n## ")[0]
    described = [line for line in table.splitlines() if line.startswith("| `")]

    assert described == [row(facade) for facade in covered()]


def test_every_request_that_is_refused_is_listed() -> None:
    """A reader knows beforehand."""
    assert [
        f"`{each.facade}.{each.request}`" for each in REFUSED if f"`{each.facade}.{each.request}`" not in DOCUMENT
    ] == []


def test_every_charm_of_the_store_is_listed() -> None:
    """With its revision and the releases of Ubuntu for which it is."""
    rows = [f"| `{name}` | {revision} | {', '.join(bases)} |" for name, (revision, _, bases) in STORE.items()]

    assert [each for each in rows if each not in DOCUMENT] == []


def test_the_commands_of_the_handout_are_listed() -> None:
    """Each that a group types, in one edition or the other."""
    typed = (
        "clouds add-cloud add-credential bootstrap controllers models switch add-model status download deploy "
        "integrate relate add-relation run run-action actions config expose ssh debug-log resolved remove-application "
        "destroy-model destroy-controller gui dashboard"
    )
    section = DOCUMENT.partition("## The command")[2].partition("\n## ")[0]
    described = {name for line in section.splitlines() if line.startswith("| `") for name in _names(line)}

    assert set(typed.split()) - described == set()


def _names(line: str) -> list[str]:
    return re.findall(r"`juju ([a-z-]+)", line.split("|")[1])
