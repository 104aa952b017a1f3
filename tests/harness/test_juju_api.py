"""The second witness: python-libjuju on a controller's API, within bounds, and quiet about it."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

import harness.juju.api as api_module
from harness.errors import AccessRefused, KitError, TimedOut, UnexpectedAnswer
from harness.juju.api import Api
from harness.juju.client_files import Controller, Endpoint
from harness.tunnel import KitSocket
from tests.harness.juju_api import Loopback, controller
from tests.harness.juju_shapes import API_36, CONTROLLER_API

OWN, GROUPS = "11111111-0ed9-4d6d-8f5f-e5b3f6f3a2b1", "22222222-0ed9-4d6d-8f5f-e5b3f6f3a2b1"
MODELS = {
    "user-models": [
        {"model": {"name": "controller", "uuid": OWN, "owner-tag": "user-admin", "type": "iaas"}},
        {"model": {"name": "openstack", "uuid": GROUPS, "owner-tag": "user-admin", "type": "iaas"}},
    ]
}


def answer(what: str, params: Mapping[str, Any]) -> Any:
    """Answer as a controller with the group's model does."""
    match what:
        case "Pinger.Ping":
            return {}
        case "ModelManager.ListModels":
            return MODELS
        case "Client.FullStatus":
            return CONTROLLER_API if OWN in params["path"] else API_36
        case "Action.EnqueueOperation":
            action = params["actions"][0]
            if action["receiver"] != "unit-grafana-1":
                raise LookupError(f'"{action["receiver"]}" not found', "not found")
            return {"operation": "operation-1", "actions": [{"action": {"tag": "action-2", **action}}]}
        case "Action.Actions":
            return {"results": [{"action": {}, "status": "completed", "output": {"password": "s3cret-x"}}]}
        case _:
            raise LookupError(f"unknown {what}", "not implemented")


def api(known: Controller, place: Endpoint) -> Api:
    """Return that controller's API."""
    return Api(Loopback(), known, place)


def test_what_the_controller_shows() -> None:
    """Version, models, its own model and the group's are asked for in one conversation."""
    with controller(answer) as known:
        sight = api(*known).look("openstack")

    assert sight.version == "3.6.8"
    assert sight.models == {"controller": OWN, "openstack": GROUPS}
    assert sight.controller.machines["0"].instance_id == "abc001"
    assert sight.model is not None
    assert set(sight.model.applications) == {"grafana", "prometheus2"}


def test_a_model_that_is_not_there() -> None:
    """The controller is seen all the same."""
    with controller(answer) as known:
        sight = api(*known).look("cloud")

    assert sight.model is None
    assert sight.controller.model == "controller"


def test_an_old_controller_tells_its_version() -> None:
    """A login is all that is asked of it."""
    with controller(answer, version="2.9.51") as known:
        assert api(*known).version() == "2.9.51"


def test_one_model_again() -> None:
    """A model is looked at again by its uuid."""
    with controller(answer) as known:
        status = api(*known).model(GROUPS)

    assert status.applications["grafana"].status == "active"


def test_an_action() -> None:
    """A unit runs an action, and its output comes back."""
    with controller(answer) as known:
        output = api(*known).act(GROUPS, "grafana/1", "get-admin-password")

    assert output == {"password": "s3cret-x"}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"status": "failed", "message": "exit status 1"}, "is 'failed': exit status 1"),
        ({"error": {"message": "action not found"}}, "action not found"),
        ({}, "is ''"),
    ],
)
def test_an_action_that_fails(result: Any, said: str) -> None:
    """What the unit says of it is passed on."""

    def fails(what: str, params: Mapping[str, Any]) -> Any:
        return {"results": [result]} if what == "Action.Actions" else answer(what, params)

    with controller(fails) as known, pytest.raises(UnexpectedAnswer, match=said):
        api(*known).act(GROUPS, "grafana/1", "get-admin-password")


def test_a_unit_that_is_not_there() -> None:
    """The API's refusal is an error, and says what the API said."""
    with controller(answer) as known, pytest.raises(UnexpectedAnswer, match="unit-grafana-7"):
        api(*known).act(GROUPS, "grafana/7", "get-admin-password")


def test_a_refused_login() -> None:
    """A password that was changed elsewhere says nothing about the kit, and does not appear."""
    with controller(answer) as (known, place), pytest.raises(AccessRefused, match="refused the login") as refused:
        api(replace(known, password="another-password"), place).look("openstack")

    assert "another-password" not in f"{refused.value} {refused.value.help}"


def test_a_strange_certificate() -> None:
    """Another controller at the same address is not believed."""
    with (
        controller(answer) as (_, place),
        controller(answer) as (other, _),
        pytest.raises(AccessRefused, match="certificate that its client on main does not trust"),
    ):
        api(other, place).look("openstack")


def test_a_controller_that_hangs() -> None:
    """The library has no deadline of its own; we have."""

    def hangs(what: str, params: Mapping[str, Any]) -> Any:
        return None if what == "Client.FullStatus" else answer(what, params)

    with controller(hangs) as known, pytest.raises(TimedOut, match=r"after 0\.5 s"):
        api(*known).look("openstack", seconds=0.5)


def test_an_action_that_never_ends() -> None:
    """An agent that is gone runs no action."""

    def pending(what: str, params: Mapping[str, Any]) -> Any:
        return {"results": [{"status": "pending"}]} if what == "Action.Actions" else answer(what, params)

    with controller(pending) as known, pytest.raises(TimedOut):
        api(*known).act(GROUPS, "grafana/1", "get-admin-password", seconds=0.5)


@pytest.mark.parametrize("response", [[], {"model": 7}, {}, "active"])
def test_nonsense_is_named(response: Any) -> None:
    """A hostile controller's answer is an error, whatever it is."""

    def nonsense(what: str, params: Mapping[str, Any]) -> Any:
        return response if what == "Client.FullStatus" else answer(what, params)

    with controller(nonsense) as known, pytest.raises(UnexpectedAnswer):
        api(*known).look("openstack")


def test_nothing_is_compressed() -> None:
    """Few bytes could stand for many, and the limit counts what comes over the wire."""
    offered: list[str] = []

    def listens(what: str, params: Mapping[str, Any]) -> Any:
        offered.extend(params["extensions"])
        return answer(what, params)

    with controller(listens) as known:
        api(*known).look("openstack")

    assert offered == []


@pytest.mark.parametrize("uuid", ["../../x", "", "a b", "x" * 80, "\ud800"])
def test_what_is_no_uuid_is_not_asked_for(uuid: str) -> None:
    """A model's uuid becomes part of an address."""

    def strange(what: str, params: Mapping[str, Any]) -> Any:
        told = {"user-models": [{"model": {"name": "controller", "uuid": uuid}}]}
        return told if what == "ModelManager.ListModels" else answer(what, params)

    with controller(strange) as known, pytest.raises(UnexpectedAnswer, match="that is none"):
        api(*known).look("openstack")


@pytest.mark.parametrize("embedded", [True, False])
def test_redirections_lead_nowhere(embedded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller may send its clients elsewhere; we go where its client on main goes, and no further."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        place = {"value": "127.0.0.1", "port": elsewhere.getsockname()[1], "scope": "public"}
        info = {"servers": [[place]], "ca-cert": ""}

        def redirects(*_: object) -> Any:
            raise LookupError("go", "redirection required", {"error-info": info} if embedded else {})

        def answers(what: str, params: Mapping[str, Any]) -> Any:
            return info if what == "Admin.RedirectInfo" else answer(what, params)

        monkeypatch.setattr("tests.harness.juju_api._Server._login", redirects)
        with controller(answers) as known, pytest.raises(UnexpectedAnswer, match="did not answer as Juju's API does"):
            api(*known).look("openstack")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


class Unspeakable(Exception):
    """Cannot be written, as an answer of thousands of lists in lists."""

    def __str__(self) -> str:
        raise RecursionError


@pytest.mark.parametrize("error", [Unspeakable(), asyncio.CancelledError(), RecursionError()])
def test_whatever_the_library_raises(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the controller's doing, and no fault of ours."""

    def raises(*_: object, **__: object) -> KitSocket:
        raise error

    monkeypatch.setattr(Loopback, "open", raises)
    with controller(answer) as known, pytest.raises(UnexpectedAnswer, match="did not answer as Juju's API does"):
        api(*known).look("openstack")


def test_what_survives_its_cancellation_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has such tasks: whoever grades does not wait for them."""
    monkeypatch.setattr(api_module, "LEAVING_SECONDS", 0.05)

    async def stubborn() -> None:
        for _ in range(100):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    async def work() -> tuple[int, asyncio.Task[None]]:
        task = asyncio.ensure_future(stubborn())
        await asyncio.sleep(0)
        return 7, task

    result, task = api_module._run(work())  # pyright: ignore[reportPrivateUsage] - nothing public is as stubborn

    assert (result, task.done()) == (7, False)


def test_no_api_at_all() -> None:
    """Something else that listens there is no controller."""
    with socket.create_server(("127.0.0.1", 0)) as server, controller(answer) as (known, _):
        place = Endpoint("127.0.0.1", server.getsockname()[1])
        server.listen()
        with pytest.raises(KitError):
            api(known, place).look("openstack", seconds=0.5)


def test_a_connection_that_is_cut() -> None:
    """It is not tried again: python-libjuju would wait ten seconds first."""
    with socket.create_server(("127.0.0.1", 0)) as server, controller(answer) as (known, _):
        place = Endpoint("127.0.0.1", server.getsockname()[1])
        cutting = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
        cutting.start()
        with pytest.raises(UnexpectedAnswer, match="did not answer as Juju's API does"):
            api(known, place).look("openstack", seconds=5)
        cutting.join(5)


def test_it_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody sees the library's warnings, and everybody's settings are as before."""
    before = [logging.getLogger(name).level for name in ("juju", "websockets")]
    filters = list(warnings.filters)
    with controller(answer) as known:
        api(*known).look("openstack")

    assert [record.message for record in caplog.records if record.name.startswith("juju")] == []
    assert [logging.getLogger(name).level for name in ("juju", "websockets")] == before
    assert list(warnings.filters) == filters


def test_the_rest_of_the_library_still_works() -> None:
    """What was put off is there for whoever asks: python-libjuju's own logins without a password."""
    import harness.quick_juju as _  # noqa: F401 - it puts them off

    library, bakery = (importlib.import_module(name) for name in ("juju.client.connection", "macaroonbakery.bakery"))

    assert library.bakery.Macaroon is bakery.Macaroon
    assert library.httpbakery.Client is importlib.import_module("macaroonbakery.httpbakery").Client
