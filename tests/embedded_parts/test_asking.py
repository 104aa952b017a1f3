"""HTTP between hosts of a kit without bytes on a wire: by programs of the simulator, and by curl."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.embedded.asking import ANSWER_LIMIT, NoWebError, UnresolvedError, ask
from simulators.embedded.host import Host
from simulators.embedded.network import HostUnreachableError, Listener
from simulators.embedded.web import http_listener
from tests.embedded_parts.kit import Kit, on_loop
from tests.embedded_shell.machines import no_protocol, run


async def tells(scope: Any, receive: Any, send: Any) -> None:
    """Tell what was asked."""
    message = await receive()
    told = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "client": scope["client"][0],
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "body": message["body"].decode(),
    }
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"1")]})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """Say nothing."""


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """Say too much."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": bytes(ANSWER_LIMIT), "more_body": True})


def two() -> tuple[Host, Host]:
    """Return a host that asks, and one that tells on port 80, says nothing on 81 and too much on 82."""
    kit = Kit()
    asking, telling = kit.host("server1", 11), kit.host("server2", 12)
    for port, app in ((80, tells), (81, silent), (82, endless)):
        telling.listen(http_listener(app, port))
    telling.listen(Listener("0.0.0.0", 22, no_protocol))
    return asking, telling


@on_loop
async def test_a_request_arrives_as_it_was_made() -> None:
    """Method, path, query, headers and body are seen on the other side, and who asked."""
    asking, _ = two()

    answer = await ask(asking, "put", "http://server2/a%20b?c=%20d", headers=[("X-Y", "z")], body=b"said")

    assert (answer.status, answer.headers) == (201, (("x-a", "1"),))
    told = json.loads(answer.body)
    assert (told["method"], told["path"], told["query"], told["body"]) == ("PUT", "/a b", "c=%20d", "said")
    assert told["headers"] == {"host": "server2", "x-y": "z", "content-length": "4"}
    assert told["client"] == "172.16.0.11"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://nobody/", UnresolvedError),
        ("http://172.16.0.99/", HostUnreachableError),
        ("http://server2:83/", ConnectionRefusedError),
        ("http://server2:22/", NoWebError),
        ("https://server2:80/", NoWebError),
        ("http://server2:81/", ConnectionResetError),
        ("http://server2:82/", ConnectionResetError),
    ],
)
def test_why_there_is_no_answer(url: str, error: type[Exception]) -> None:
    """Each way in which nobody answers has its own error."""

    @on_loop
    async def scenario() -> None:
        with pytest.raises(error):
            await ask(two()[0], "GET", url)

    scenario()


@on_loop
async def test_curl_sends_what_it_is_told() -> None:
    """A method, headers, a login and data, as a person types them to an API."""
    asking, _ = two()
    asking.commands.clear()

    done = await run(
        asking, "curl -s -X PUT -u admin:secret -H 'Content-Type: application/json' -d '{\"a\": 1}' http://server2/api"
    )

    told = json.loads(done.out)
    assert (told["method"], told["path"], told["body"]) == ("PUT", "/api", '{"a": 1}')
    assert told["headers"]["authorization"] == "Basic YWRtaW46c2VjcmV0"
    assert told["headers"]["content-type"] == "application/json"

    told = json.loads((await run(asking, "curl -s -d a=1 -d b=2 http://server2/")).out)

    assert (told["method"], told["body"]) == ("POST", "a=1&b=2")
    assert told["headers"]["content-type"] == "application/x-www-form-urlencoded"
