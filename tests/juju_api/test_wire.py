"""What goes over the wire: the envelope of a message, logging in, refusals, limits, malformed messages."""

from __future__ import annotations

import json
import ssl
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.juju_api.standing import PASSWORD, Standing, played


async def opened(served: Standing, path: str) -> ClientConnection:
    """Open a websocket."""
    context = ssl.create_default_context(cadata=served.ca_cert)
    return await connect(
        f"wss://{served.address}{path}", ssl=context, server_hostname="juju-apiserver", max_size=2**26, compression=None
    )


async def asked(socket: ClientConnection, message: dict[str, Any]) -> dict[str, Any]:
    """Send a message, and return the next that comes."""
    await socket.send(json.dumps(message))
    return json.loads(await socket.recv())


def login(*, password: str = PASSWORD, number: int = 1, version: int = 3) -> dict[str, Any]:
    """Return the message that logs in."""
    return {
        "request-id": number,
        "type": "Admin",
        "version": version,
        "request": "Login",
        "params": {"auth-tag": "user-admin", "credentials": password},
    }


async def entered(served: Standing, path: str) -> ClientConnection:
    """Open a websocket, and log in."""
    socket = await opened(served, path)
    assert "error" not in await asked(socket, login())
    return socket


def request(facade: str, version: int, name: str, *, number: int = 2, **more: Any) -> dict[str, Any]:
    """Return a message."""
    return {"request-id": number, "type": facade, "version": version, "request": name, "params": {}, **more}


async def shown_out(socket: ClientConnection) -> int:
    """Return the code with which the server ends a connection."""
    with suppress(ConnectionClosed):
        async for _ in socket:
            pass
    assert socket.close_code is not None
    return socket.close_code


def test_login_to_a_model_says_which_and_what_it_serves(shared: Standing) -> None:
    """Facades that belong to the controller are not among them."""
    uuid = shared.model_uuid()

    async def work() -> dict[str, Any]:
        async with await opened(shared, f"/model/{uuid}/api") as socket:
            return await asked(socket, login())

    reply = played(work)
    response = reply["response"]
    facades = {each["name"]: each["versions"] for each in response["facades"]}

    assert reply["request-id"] == 1
    assert response["model-tag"] == f"model-{uuid}"
    assert response["servers"] == [
        [{"value": "172.16.0.21", "type": "ipv4", "scope": "local-cloud", "port": 17070}],
    ]
    assert (facades["Client"], facades["Application"]) == ([6, 7, 8], [15, 16, 17, 18, 19, 20])
    assert "ModelManager" not in facades
    assert response["user-info"]["model-access"] == "admin"


def test_login_to_the_controller_names_no_model(shared: Standing) -> None:
    """Juju's client refuses a model's tag that it did not ask for."""

    async def work() -> dict[str, Any]:
        async with await opened(shared, "/api") as socket:
            return await asked(socket, login())

    response = played(work)["response"]

    assert "model-tag" not in response
    assert {"ModelManager", "Controller", "Cloud", "Pinger", "ModelConfig"} == {
        each["name"] for each in response["facades"]
    }


def test_an_old_controller_serves_other_versions(served_old: Standing) -> None:
    """And what a newer one has not, is answered there."""
    path = f"/model/{served_old.model_uuid()}/api"

    async def work() -> tuple[dict[str, Any], dict[str, Any]]:
        async with await opened(served_old, path) as socket:
            return await asked(socket, login()), await asked(socket, request("Client", 2, "ModelInfo"))

    welcome, info = played(work)
    facades = {each["name"]: each["versions"] for each in welcome["response"]["facades"]}

    assert welcome["response"]["server-version"] == "2.9.51"
    assert (facades["Client"], facades["Action"]) == ([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7])
    assert (info["response"]["name"], info["response"]["agent-version"]) == ("openstack", "2.9.51")


@pytest.mark.parametrize(
    ("message", "error", "code"),
    [
        (login(password="guessed"), "invalid entity name or password", "unauthorized access"),
        (request("Client", 8, "FullStatus"), "not logged in", "unauthorized access"),
        (login(version=2), 'unknown version (2) of interface "Admin"', "not implemented"),
    ],
)
def test_who_is_not_logged_in_gets_nothing(shared: Standing, message: dict[str, Any], error: str, code: str) -> None:
    """The answer says why, and the connection stays."""
    path = f"/model/{shared.model_uuid()}/api"

    async def work() -> tuple[dict[str, Any], dict[str, Any]]:
        async with await opened(shared, path) as socket:
            return await asked(socket, message), await asked(socket, login(number=9))

    refused, accepted = played(work)

    assert (refused["error"], refused["error-code"], refused["response"]) == (error, code, {})
    assert (accepted["request-id"], "error" in accepted) == (9, False)


def test_a_model_that_is_not_there_refuses_the_login(shared: Standing) -> None:
    """With the code that lets clients refresh their list of models."""

    async def work() -> dict[str, Any]:
        async with await opened(shared, "/model/11111111-1111-4111-8111-111111111111/api") as socket:
            return await asked(socket, login())

    assert played(work)["error-code"] == "model not found"


@pytest.mark.parametrize(
    ("message", "error", "code"),
    [
        (request("Toaster", 1, "Toast"), 'unknown facade type "Toaster"', "not implemented"),
        (request("Client", 2, "FullStatus"), 'unknown version (2) of interface "Client"', "not implemented"),
        (
            request("Client", 8, "ModelInfo"),
            "no such request - method Client(8).ModelInfo is not implemented",
            "not implemented",
        ),
        (
            request("ModelManager", 10, "ListModels"),
            'facade "ModelManager" not supported for model API connection',
            "not supported",
        ),
        (
            request("Client", 8, "FullStatus", params={"patterns": "grafana"}),
            'parameter "patterns": expected a list, got str',
            "bad request",
        ),
        (request("AllWatcher", 3, "Next", id="77"), "unknown watcher id", "not found"),
        (
            request("Action", 7, "Run"),
            "running commands on machines through Juju is not simulated; use ssh",
            "not implemented",
        ),
        (login(number=2), "already logged in", ""),
    ],
)
def test_what_cannot_be_answered_is_refused(shared: Standing, message: dict[str, Any], error: str, code: str) -> None:
    """With the codes by which clients tell refusals apart."""
    path = f"/model/{shared.model_uuid()}/api"

    async def work() -> dict[str, Any]:
        async with await entered(shared, path) as socket:
            return await asked(socket, message)

    reply = played(work)

    assert (reply["request-id"], reply["error"], reply["error-code"]) == (2, error, code)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[1, 2]",
        "{}",
        '{"request-id": 0, "type": "Pinger", "request": "Ping"}',
        '{"RequestId": 1, "Type": "Admin", "Request": "Login"}',
        '{"request-id": 1, "type": 5, "request": "Ping"}',
        '{"request-id": 1, "type": "Pinger", "request": "Ping", "params": [1]}',
        "[" * 100_000,
    ],
)
def test_a_message_that_is_no_request_ends_the_connection(shared: Standing, text: str) -> None:
    """Cleanly, with a reason; others are shared as before."""

    async def work() -> tuple[int, dict[str, Any]]:
        async with await opened(shared, "/api") as socket:
            await socket.send(text)
            code = await shown_out(socket)
        async with await opened(shared, "/api") as another:
            return code, await asked(another, login())

    code, welcome = played(work)

    assert (code, "error" in welcome) == (1003, False)


def test_a_message_has_a_limit(shared: Standing) -> None:
    """17 MB are too much for a request."""

    async def work() -> int:
        async with await opened(shared, "/api") as socket:
            with suppress(ConnectionClosed):
                await socket.send("x" * (17 * 1024 * 1024))
            return await shown_out(socket)

    assert played(work) == 1009


def test_connections_have_a_limit(served: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than that is told to come again later; one that leaves makes room."""
    monkeypatch.setattr("simulators.juju.api.websocket.CONNECTIONS", 2)

    async def come_again() -> None:
        try:
            async with await opened(served, "/api") as socket:
                assert "error" not in await asked(socket, login())
        except ConnectionClosed:
            await come_again()

    async def work() -> int:
        first, _second = await entered(served, "/api"), await entered(served, "/api")
        async with await opened(served, "/api") as third:
            code = await shown_out(third)
        await first.close()
        await come_again()
        return code

    assert played(work) == 1013


def test_requests_are_answered_side_by_side(shared: Standing) -> None:
    """A client that waits for news asks other things meanwhile; watchers are named by `Id` or `id`."""
    path = f"/model/{shared.model_uuid()}/api"

    async def work() -> list[Any]:
        async with await entered(shared, path) as socket:
            watcher = (await asked(socket, request("Client", 8, "WatchAll")))["response"]["watcher-id"]
            first = await asked(socket, request("AllWatcher", 3, "Next", number=3, Id=watcher))
            await socket.send(json.dumps(request("AllWatcher", 3, "Next", number=4, id=watcher)))
            ping = await asked(socket, request("Pinger", 1, "Ping", number=5))
            await socket.send(json.dumps(request("AllWatcher", 3, "Stop", number=6, id=watcher)))
            last = [json.loads(await socket.recv()), json.loads(await socket.recv())]
            return [first, ping, *sorted(last, key=lambda reply: reply["request-id"])]

    first, ping, stopped, stop = played(work)

    assert [delta[0] for delta in first["response"]["deltas"]] == ["model"]
    assert ping == {"request-id": 5, "response": {}}
    assert (stopped["request-id"], stopped["error"], stopped["error-code"]) == (4, "watcher was stopped", "stopped")
    assert stop == {"request-id": 6, "response": {}}


def test_a_request_on_which_the_simulator_fails_is_an_error(shared: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client never waits for an answer that does not come."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("nothing can be divided by nothing")

    monkeypatch.setattr("simulators.juju.api.facades.client.full_status", broken)
    path = f"/model/{shared.model_uuid()}/api"

    async def work() -> dict[str, Any]:
        async with await entered(shared, path) as socket:
            return await asked(socket, request("Client", 8, "FullStatus"))

    reply = played(work)

    assert "the simulator failed on Client.FullStatus" in reply["error"]


def test_what_json_has_not_is_text(shared: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date in a charm's file, for example."""

    def dated(*_: object) -> dict[str, Any]:
        return {"built": date(2024, 2, 29)}

    monkeypatch.setattr("simulators.juju.api.facades.client.full_status", dated)
    path = f"/model/{shared.model_uuid()}/api"

    async def work() -> dict[str, Any]:
        async with await entered(shared, path) as socket:
            return await asked(socket, request("Client", 8, "FullStatus"))

    assert played(work)["response"] == {"built": "2024-02-29"}


def test_requests_of_a_connection_have_a_limit(served: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks ever more without waiting is shown out."""
    monkeypatch.setattr("simulators.juju.api.websocket.REQUESTS_AT_ONCE", 3)
    path = f"/model/{served.model_uuid()}/api"

    async def work() -> int:
        async with await entered(served, path) as socket:
            watcher = (await asked(socket, request("Client", 8, "WatchAll")))["response"]["watcher-id"]
            await asked(socket, request("AllWatcher", 3, "Next", number=3, id=watcher))
            for number in range(4, 9):
                await socket.send(json.dumps(request("AllWatcher", 3, "Next", number=number, id=watcher)))
            return await shown_out(socket)

    assert played(work) == 1008
