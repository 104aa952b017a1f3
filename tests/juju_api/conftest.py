"""A served controller for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.juju.worlds import Juju
from tests.juju_api.standing import Standing, standing


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Standing]:
    """Juju 3.6."""
    with standing(tmp_path) as found:
        yield found


@pytest.fixture
def served_old(tmp_path: Path) -> Iterator[Standing]:
    """Juju 2.9."""
    with standing(tmp_path, version="2.9.51") as found:
        yield found


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Juju 3.6, for tests that leave everything as it was."""
    with standing(tmp_path_factory.mktemp("controller")) as found:
        yield found


@pytest.fixture(scope="package")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Juju 3.6 with Grafana related to Prometheus, for tests that leave everything as it was."""
    with standing(tmp_path_factory.mktemp("controller")) as found:
        found.there(both_deployed(found.world))
        yield found


async def both_deployed(world: Juju) -> None:
    """Deploy and relate, and wait until nothing happens any more."""
    world.deploy("grafana")
    world.deploy("prometheus2")
    await world.settled("grafana/0", "prometheus2/0")
    world.controller.add_relation(world.model, "grafana:grafana-source", "prometheus2:grafana-source")
    await world.until(lambda: bool(world.machine("grafana/0").sources))
    await world.settled("grafana/0", "prometheus2/0")
