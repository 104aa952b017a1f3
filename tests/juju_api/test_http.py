"""Charms over HTTP, and the log without a login: what other clients than ours send."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from http.client import HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import connect

from simulators.charms.store import archive
from tests.juju_api.standing import PASSWORD, Standing, played


def header(password: str = PASSWORD) -> dict[str, str]:
    """Return the password as a header."""
    return {"Authorization": "Basic " + base64.b64encode(f"user-admin:{password}".encode()).decode()}


def sent(
    served: Standing, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    """Ask over HTTPS."""
    context = ssl.create_default_context(cadata=served.ca_cert)
    context.check_hostname = False
    connection = HTTPSConnection(served.address, context=context, timeout=10)
    try:
        connection.request(method, path, body, header() if headers is None else headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_a_charm_is_posted_and_fetched_again(served: Standing) -> None:
    """As python-libjuju and older clients send it; without a series the charm's first counts."""
    content, path = archive("grafana"), f"/model/{served.model_uuid()}/charms"

    response, answer = sent(served, "POST", f"{path}?schema=local", content)
    again, _ = sent(served, "POST", f"{path}?series=focal", content)
    fetched, stored = sent(served, "GET", f"{path}?{urlencode({'url': 'local:focal/grafana-1', 'file': '*'})}")

    assert (response.status, json.loads(answer)) == (200, {"charm-url": "local:focal/grafana-0"})
    assert again.getheader("Juju-Curl") == "local:focal/grafana-1"
    assert (fetched.status, stored) == (200, content)


@pytest.mark.parametrize("curl", ["local:focal/grafana-0", "local:grafana-0", "local:amd64/focal/grafana-0"])
def test_a_charm_is_put_under_its_checksum(served: Standing, curl: str) -> None:
    """As Juju 3.6's own client sends it; the header of the answer has the URL that counts."""
    content = archive("grafana")
    path = f"/model-{served.model_uuid()}/charms/grafana-{hashlib.sha256(content).hexdigest()[:7]}"

    response, _ = sent(served, "PUT", path, content, {**header(), "Juju-Curl": curl})

    assert (response.status, response.getheader("Juju-Curl")) == (200, "local:focal/grafana-0")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("POST", "/model/{uuid}/charms?series=focal", header("guessed"), 401, "unauthorized access"),
        ("POST", "/model/{uuid}/charms?series=focal", {}, 401, "unauthorized access"),
        ("POST", "/model/{uuid}/charms?series=focal", {"Authorization": "Basic ?"}, 401, "unauthorized access"),
        ("POST", "/model/{uuid}/charms?schema=cs", header(), 400, "bad request"),
        ("POST", "/model/11111111-1111-4111-8111-111111111111/charms", header(), 404, "model not found"),
        ("POST", "/model/{uuid}/charms?series=focal", header(), 400, "bad request"),
        ("PUT", "/model-{uuid}/charms/grafana-abcdef0", {**header(), "Juju-Curl": "local:x-0"}, 400, "bad request"),
        ("PUT", "/model-{uuid}/charms/grafana-abcdef0", header(), 400, "bad request"),
        ("GET", "/model/{uuid}/charms?url=local:focal/none-0", header(), 404, "not found"),
        ("GET", "/model/{uuid}/charms?url=local:focal/none-0&file=icon.svg", header(), 501, "not implemented"),
    ],
)
def test_what_is_wrong_with_a_charm_is_said(
    shared: Standing, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    """With a status, and a code for Juju's client."""
    response, answer = sent(shared, method, path.format(uuid=shared.model_uuid()), b"no zip", headers)
    document = json.loads(answer)

    assert (response.status, document["error-code"]) == (status, code)
    assert document["error"]


def test_a_charm_has_a_limit(shared: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that does not say beforehand how long it is."""
    monkeypatch.setattr("simulators.juju.api.uploads.CHARM_LIMIT", 1000)
    path = f"/model/{shared.model_uuid()}/charms?series=focal"

    response, answer = sent(shared, "POST", path, b"x" * 1001)

    assert (response.status, json.loads(answer)["error-code"]) == (413, "too large")


def test_the_dashboard_of_2_9_is_not_simulated(shared: Standing) -> None:
    """Whoever follows the link that `juju gui` prints is told."""
    response, answer = sent(shared, "GET", "/dashboard/", None, {})

    assert (response.status, b"not simulated" in answer) == (501, True)


def test_a_charm_that_is_too_big_is_not_read_to_its_end(shared: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes while there is more to send."""
    monkeypatch.setattr("simulators.juju.api.uploads.CHARM_LIMIT", 1000)
    context = ssl.create_default_context(cadata=shared.ca_cert)
    context.check_hostname = False
    connection = HTTPSConnection(shared.address, context=context, timeout=10)

    connection.putrequest("POST", f"/model/{shared.model_uuid()}/charms?series=focal")
    for name, value in {**header(), "Content-Length": "1000000"}.items():
        connection.putheader(name, value)
    connection.endheaders(b"x" * 2000)
    response = connection.getresponse()
    connection.close()

    assert response.status == 413


def test_a_charm_under_the_wrong_checksum_is_refused(shared: Standing) -> None:
    """What arrives is not what was sent."""
    path = f"/model-{shared.model_uuid()}/charms/grafana-0000000"

    response, answer = sent(shared, "PUT", path, archive("grafana"), {**header(), "Juju-Curl": "local:grafana-0"})

    assert (response.status, json.loads(answer)["error-code"]) == (400, "bad request")
    assert "checksum" in json.loads(answer)["error"]


async def first_frame(shared: Standing, path: str, headers: dict[str, str]) -> Any:
    """Return the first message of a log."""
    context = ssl.create_default_context(cadata=shared.ca_cert)
    async with connect(
        f"wss://{shared.address}{path}", ssl=context, server_hostname="juju-apiserver", additional_headers=headers
    ) as socket:
        return await socket.recv()


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/model/{uuid}/log", header("guessed"), "unauthorized access"),
        ("/model/{uuid}/log", {}, "unauthorized access"),
        ("/model/11111111-1111-4111-8111-111111111111/log", header(), "model not found"),
        ("/model/{uuid}/log?maxLines=many", header(), "bad request"),
        ("/model/{uuid}/log?replay=perhaps", header(), "bad request"),
        ("/model/{uuid}/log?startTime=yesterday", header(), "bad request"),
    ],
)
def test_a_log_that_is_refused_says_so_first(shared: Standing, path: str, headers: dict[str, str], code: str) -> None:
    """The first message carries the error."""
    frame = played(lambda: first_frame(shared, path.format(uuid=shared.model_uuid()), headers))

    assert json.loads(frame)["error"]["code"] == code


def test_a_log_begins_with_an_empty_answer(shared: Standing) -> None:
    """Clients read exactly this before the first record."""
    path = f"/model/{shared.model_uuid()}/log?replay=true&noTail=true"

    assert played(lambda: first_frame(shared, path, header())) == "{}\n"
