"""The list of what is simulated says what the code does."""

from __future__ import annotations

from pathlib import Path

from simulators.maas.catalogue import HANDLERS, NOT_SIMULATED
from simulators.maas.control import routes
from simulators.maas.memory import MemoryDriver
from simulators.maas.region import Region
from simulators.maas.table import CRUD, Handler

DOCUMENT = (Path(__file__).parents[2] / "docs" / "maas-simulator.md").read_text()


def row(handler: Handler) -> str:
    """Return the line of the table that describes a handler."""

    def names(pairs: list[tuple[str, str | None]]) -> str:
        return ", ".join(sorted(op or f"{CRUD[method]}" for method, op in pairs))

    open_to_all = names(list(handler.anonymous))
    return (
        f"| `{handler.path}` | {names(list(handler.operations))} "
        f"| {open_to_all or '–'} | {names(list(handler.missing)) or '–'} |"  # noqa: RUF001 - a dash in a table
    )


def test_every_operation_is_listed() -> None:
    """Each handler has its line, and no line is left over."""
    described = [line for line in DOCUMENT.splitlines() if line.startswith("| `") and line.count("|") == 5]

    assert sorted(described) == sorted(row(handler) for handler in HANDLERS)


def test_every_missing_path_is_listed() -> None:
    """What MAAS has and the simulator does not stands in the document too."""
    assert [pattern for pattern in NOT_SIMULATED if f"`{pattern}`" not in DOCUMENT] == []


def test_every_control_endpoint_is_listed() -> None:
    """As are the simulator's own endpoints."""
    paths = [(next(iter(sorted(route.methods or []))), route.path) for route in routes(Region(MemoryDriver(), seed=1))]
    methods = [("GET" if method in {"GET", "HEAD"} else method, path) for method, path in paths]

    assert [pair for pair in methods if f"`{pair[0]} {pair[1].removeprefix('/MAAS/simulator/')}`" not in DOCUMENT] == []
