"""A `Connection` is the same over the network and within the process; and how dialling fails."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from simulators.charms.store import archive
from simulators.juju.connection import Connection
from simulators.juju.dialling import dial
from simulators.juju.errors import ApiError, ControllerUnreachableError
from simulators.juju.inside import enter
from tests.juju_api.standing import PASSWORD, SECONDS, Standing, played

Talk = Callable[[Connection], Awaitable[Any]]


@asynccontextmanager
async def closing(connection: Connection) -> AsyncGenerator[Connection]:
    """Close a connection in the end."""
    try:
        yield connection
    finally:
        await connection.close()


def over_the_network(served: Standing, talk: Talk, *, model: str | None = "openstack") -> Any:
    """Talk to the controller over TLS."""

    async def work() -> Any:
        async with closing(await served.dial(model=model)) as connection:
            return await talk(connection)

    return played(work)


def within_the_process(served: Standing, talk: Talk, *, model: str | None = "openstack") -> Any:
    """Talk to the controller on its own loop."""

    async def work() -> Any:
        uuid = None if model is None else served.model_uuid(model)
        async with closing(await enter(served.app, user="admin", password=PASSWORD, model_uuid=uuid)) as connection:
            return await talk(connection)

    return served.there(work())


BOTH = pytest.mark.parametrize("way", [over_the_network, within_the_process])


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out when the answer was made, and when somebody logged in last: to ask is to log in."""
    times = '"(controller-timestamp|last-connection)": ("[^"]*"|null)'
    return json.loads(re.sub(times, r'"\1": 0', json.dumps(answer)))


@pytest.mark.parametrize(
    ("model", "facade", "request_", "params"),
    [
        ("openstack", "Client", "FullStatus", {"patterns": None}),
        ("openstack", "Client", "FullStatus", {"patterns": ["grafana"]}),
        ("openstack", "ModelConfig", "ModelGet", None),
        ("openstack", "ModelConfig", "GetModelConstraints", None),
        ("openstack", "Application", "Get", {"application": "grafana"}),
        ("openstack", "Application", "Leader", {"tag": "application-grafana"}),
        ("openstack", "Charms", "CharmInfo", {"url": "local:focal/grafana-0"}),
        ("openstack", "Charms", "ResolveCharms", {"resolve": [{"reference": "ch:grafana"}, {"reference": "none"}]}),
        ("openstack", "SSHClient", "PublicAddress", {"entities": [{"tag": "unit-grafana-0"}, {"tag": "machine-7"}]}),
        ("openstack", "Action", "ApplicationsCharmsActions", {"entities": [{"tag": "application-grafana"}]}),
        (None, "ModelManager", "ListModels", {"tag": "user-admin"}),
        (None, "ModelManager", "ListModelSummaries", {"user-tag": "user-admin", "all": True}),
        (None, "Controller", "ControllerConfig", None),
        (None, "Controller", "HostedModelConfigs", None),
        (None, "Cloud", "Clouds", None),
        (
            None,
            "Cloud",
            "UserCredentials",
            {"user-clouds": [{"user-tag": "user-admin", "cloud-tag": "cloud-maas-one"}]},
        ),
        (None, "ModelConfig", "ModelGet", None),
    ],
)
def test_answers_are_the_same_both_ways(
    deployed: Standing, model: str | None, facade: str, request_: str, params: dict[str, Any] | None
) -> None:
    """Not only alike: the same documents, made of what JSON can say."""

    async def talk(connection: Connection) -> Any:
        return await connection.call(facade, request_, params)

    over, within = (way(deployed, talk, model=model) for way in (over_the_network, within_the_process))

    assert over
    assert without_time(over) == without_time(within)


def test_logins_are_the_same_both_ways(shared: Standing) -> None:
    """Facades, versions, names."""

    async def talk(connection: Connection) -> Any:
        return dict(connection.login)

    assert over_the_network(shared, talk) == within_the_process(shared, talk)


@BOTH
def test_a_refusal_is_an_error_of_the_api(shared: Standing, way: Callable[..., Any]) -> None:
    """With message and code."""

    async def talk(connection: Connection) -> Any:
        return await connection.call("Application", "Expose", {"application": "nothing"})

    with pytest.raises(ApiError) as refused:
        way(shared, talk)

    assert (refused.value.message, refused.value.code) == ('application "nothing" not found', "not found")


@BOTH
def test_a_facade_of_the_other_kind_of_connection_is_refused(shared: Standing, way: Callable[..., Any]) -> None:
    """Models are asked for their status, the controller for its models."""

    async def talk(connection: Connection) -> Any:
        return await connection.call("ModelManager", "ListModels")

    with pytest.raises(ApiError, match='facade "ModelManager" not supported for model API connection'):
        way(shared, talk)


@BOTH
def test_a_charm_is_stored_deployed_and_watched(served: Standing, way: Callable[..., Any]) -> None:
    """A watcher tells of it until it is stopped."""

    async def talk(connection: Connection) -> Any:
        url = await connection.upload_charm(archive("ubuntu"), name="ubuntu", series="jammy")
        watcher = (await connection.call("Client", "WatchAll"))["watcher-id"]
        before = await connection.call("AllWatcher", "Next", id=watcher)
        one = {"application": "ubuntu", "charm-url": url, "num-units": 1}
        answer = await connection.call("Application", "Deploy", {"applications": [one]})
        told: dict[str, Any] = {}
        while told.get("ubuntu/0", {}).get("agent-status", {}).get("current") != "idle":
            for kind, _, entity in (await connection.call("AllWatcher", "Next", id=watcher))["deltas"]:
                if kind == "unit":
                    told[entity["name"]] = entity
        await connection.call("AllWatcher", "Stop", id=watcher)
        return url, [each[0] for each in before["deltas"]], answer, told["ubuntu/0"]["machine-id"]

    assert way(served, talk) == ("local:jammy/ubuntu-0", ["model", "charm"], {"results": [{}]}, "0")


@BOTH
def test_what_is_no_charm_is_not_stored(shared: Standing, way: Callable[..., Any]) -> None:
    """The refusal says what was expected."""

    async def talk(connection: Connection) -> Any:
        return await connection.upload_charm(b"nothing", name="nothing", series="jammy")

    with pytest.raises(ApiError, match="not a valid zip file"):
        way(shared, talk)


@BOTH
def test_the_log_can_be_replayed(served: Standing, way: Callable[..., Any]) -> None:
    """What is wanted of it: by entity, level, and how many of the last."""
    model = served.world.model
    for number in range(5):
        served.world.controller.log(
            model, "unit-grafana-0", "INFO", "unit.grafana/0.install", "x.go:1", f"line {number}"
        )
    served.world.controller.log(model, "machine-1", "ERROR", "juju.worker", "x.go:1", "broken")
    served.world.controller.log(model, "unit-grafana-0", "DEBUG", "unit.grafana/0.start", "x.go:1", "detail")

    async def talk(connection: Connection) -> Any:
        async def messages(**wish: Any) -> list[str]:
            return [each["msg"] async for each in connection.log(no_tail=True, **wish)]

        return (
            await messages(replay=True, include=("unit-grafana-*",), level="INFO"),
            await messages(replay=True, exclude=("unit-grafana-0",)),
            await messages(replay=False, lines=2),
            await messages(replay=False),
        )

    included, excluded, last, none = way(served, talk)

    assert included == [f"line {number}" for number in range(5)]
    assert "broken" in excluded
    assert "detail" not in excluded
    assert (last, none) == (["broken", "detail"], [])


@BOTH
def test_the_log_goes_on(served: Standing, way: Callable[..., Any]) -> None:
    """Without an end, until nobody listens."""

    async def talk(connection: Connection) -> Any:
        found: list[dict[str, str]] = []
        async for each in connection.log(replay=False, no_tail=False, lines=1, include=("unit-grafana-0",)):
            found.append(each)
            if len(found) == 3:
                break
            tell(f"line {len(found)}")
        return found

    def tell(message: str) -> None:
        served.world.controller.log(served.world.model, "unit-grafana-0", "INFO", "unit.grafana/0", "x.go:1", message)

    tell("line 0")
    found = way(served, talk)

    assert [each["msg"] for each in found] == ["line 0", "line 1", "line 2"]
    assert set(found[0]) == {"tag", "ts", "sev", "mod", "loc", "msg"}


@BOTH
def test_a_level_that_there_is_not_is_refused(shared: Standing, way: Callable[..., Any]) -> None:
    """Before any line is told."""

    async def talk(connection: Connection) -> Any:
        return [each async for each in connection.log(replay=True, no_tail=True, level="LOUD")]

    with pytest.raises(ApiError, match='level value "LOUD"'):
        way(shared, talk)


def test_a_wrong_password_is_refused_both_ways(shared: Standing) -> None:
    """By the API, not by the connection."""

    async def over() -> None:
        await shared.dial(password="guessed")

    with pytest.raises(ApiError, match="invalid entity name or password"):
        played(over)
    with pytest.raises(ApiError, match="invalid entity name or password"):
        shared.there(enter(shared.app, user="admin", password="guessed"))


def test_the_address_that_answers_wins(shared: Standing) -> None:
    """A controller has several; one that nobody is at, and one that never answers, do not matter."""

    async def work() -> str:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            dead = f"127.0.0.1:{free_port()}"
            addresses = [dead, f"127.0.0.1:{silent.getsockname()[1]}", shared.address]
            connection = await dial(addresses, ca_cert=shared.ca_cert, user="admin", password=PASSWORD, timeout=SECONDS)
            async with closing(connection):
                return connection.login["server-version"]

    assert played(work) == "3.6.8"


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_nobody_there_is_said_of_each_address(shared: Standing) -> None:
    """As Go's net package says it, and no later than asked for."""
    dead = f"127.0.0.1:{free_port()}"

    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            addresses = [dead, f"127.0.0.1:{silent.getsockname()[1]}"]
            await dial(addresses, ca_cert=shared.ca_cert, user="admin", password=PASSWORD, timeout=0.5)

    with pytest.raises(ControllerUnreachableError) as problem:
        played(work)

    assert f"dial tcp {dead}: connect: connection refused; dial tcp 127.0.0.1:" in str(problem.value)
    assert str(problem.value).endswith("i/o timeout")


def test_a_controller_that_stops_loses_its_clients(served: Standing) -> None:
    """Whoever waits is told, and whoever asks later too."""

    async def work() -> list[str]:
        connection = await served.dial()
        watcher = (await connection.call("Client", "WatchAll"))["watcher-id"]
        await connection.call("AllWatcher", "Next", id=watcher)
        served.stop()
        found: list[str] = []
        for request_ in ("Next", "Next"):
            with pytest.raises(ControllerUnreachableError) as lost:
                await connection.call("AllWatcher", request_, id=watcher)
            found.append(str(lost.value))
        await connection.close()
        return found

    assert all("is lost" in each for each in played(work))
