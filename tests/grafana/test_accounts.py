"""Who may ask, and what is said to whom may not."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from tests.grafana.surroundings import PASSWORD, Grafana

WRONG = {
    "message": "Invalid username or password",
    "messageId": "password-auth.failed",
    "statusCode": 401,
    "traceID": "",
}


def test_health_needs_no_login(grafana: Grafana) -> None:
    """Anybody may ask whether Grafana runs."""
    answer = grafana.ask("GET", "/api/health", login=None)

    assert (answer.status, sorted(answer.json)) == (200, ["commit", "database", "version"])
    assert answer.json["database"] == "ok"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/api/{each}") for each in ("user", "org", "datasources", "search", "folders", "frontend/settings")),
        *(("GET", f"/api/{each}") for each in ("dashboards/uid/x", "datasources/uid/x/health", "anything")),
        ("GET", "/api/datasources/proxy/uid/x/api/v1/query"),
        ("POST", "/api/ds/query"),
        ("POST", "/api/dashboards/db"),
        ("PUT", "/api/user/password"),
        ("PUT", "/api/admin/users/1/password"),
        ("DELETE", "/api/datasources/uid/x"),
    ],
)
def test_everything_else_needs_one(grafana: Grafana, method: str, path: str) -> None:
    """Without a login 401, whatever is asked; with a wrong password too, in other words."""
    nobody = grafana.ask(method, path, login=None)
    wrong = grafana.ask(method, path, login=("admin", "wrong"))

    assert (nobody.status, nobody.json["message"], nobody.json["messageId"]) == (
        401,
        "Unauthorized",
        "auth.unauthorized",
    )
    assert (wrong.status, wrong.json) == (401, WRONG)


@pytest.mark.parametrize("header", ["Basic !", "Basic /w==", "Bearer glsa_x", "Digest x"])
def test_other_credentials(grafana: Grafana, header: str) -> None:
    """What is no basic authentication is refused, and is no error of ours."""
    assert grafana.ask("GET", "/api/user", login=None, headers={"Authorization": header}).status == 401


def test_login_with_a_session(grafana: Grafana) -> None:
    """The login form's JSON gives a cookie with which one is the user, until logging out."""
    answer = grafana.ask("POST", "/login", {"user": "admin", "password": PASSWORD}, login=None)
    cookie = answer.headers["set-cookie"][0]
    session = {"Cookie": cookie.partition(";")[0]}
    user = grafana.ask("GET", "/api/user", login=None, headers=session)
    grafana.ask("GET", "/logout", login=None, headers=session)

    assert (answer.status, answer.json) == (200, {"message": "Logged in", "redirectUrl": "/"})
    assert cookie.startswith("grafana_session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert (user.status, user.json["login"], user.json["isGrafanaAdmin"]) == (200, "admin", True)
    assert grafana.ask("GET", "/api/user", login=None, headers=session).status == 401


def test_a_session_ends(grafana: Grafana) -> None:
    """After thirty days one has to log in again."""
    answer = grafana.ask("POST", "/login", {"user": "admin", "password": PASSWORD}, login=None)
    session = {"Cookie": answer.headers["set-cookie"][0].partition(";")[0]}
    grafana.network.now += 30 * 86_400 + 1

    assert grafana.ask("GET", "/api/user", login=None, headers=session).status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "admin", "password": "x"}, 401),
        ({"user": "x", "password": PASSWORD}, 401),
        ({"user": 1}, 400),
        ([], 400),
    ],
)
def test_login_refused(grafana: Grafana, body: object, status: int) -> None:
    """A wrong name or password is 401 without a cookie; what is no login is 400."""
    answer = grafana.ask("POST", "/login", body, login=None)

    assert (answer.status, "set-cookie" in answer.headers) == (status, False)


def test_the_password_can_be_changed(grafana: Grafana) -> None:
    """With the old one; from then on the new one counts, and the old one does not."""
    wrong = grafana.ask("PUT", "/api/user/password", {"oldPassword": "x", "newPassword": "another"})
    short = grafana.ask("PUT", "/api/user/password", {"oldPassword": PASSWORD, "newPassword": "abc"})
    answer = grafana.ask("PUT", "/api/user/password", {"oldPassword": PASSWORD, "newPassword": "another"})

    assert (wrong.status, wrong.json["message"]) == (401, "Invalid old password")
    assert (short.status, short.json["message"]) == (400, "New password is too short")
    assert (answer.status, answer.json) == (200, {"message": "User password changed"})
    assert grafana.ask("GET", "/api/user").status == 401
    assert grafana.ask("GET", "/api/user", login=("admin", "another")).status == 200


def test_an_administrator_sets_passwords(grafana: Grafana) -> None:
    """Without the old one, by the user's id: the first user's is 1."""
    answer = grafana.ask("PUT", "/api/admin/users/1/password", {"password": "another"})
    nobody = grafana.ask("PUT", "/api/admin/users/7/password", {"password": "x"}, login=("admin", "another"))

    assert (answer.status, answer.json) == (200, {"message": "User password updated"})
    assert (nobody.status, nobody.json["message"]) == (404, "user not found")


def test_organisation_and_settings(grafana: Grafana) -> None:
    """What Grafana's own page asks first."""
    grafana.add_source(isDefault=True)
    settings = grafana.ask("GET", "/api/frontend/settings").json

    assert grafana.ask("GET", "/api/org").json["name"] == "Main Org."
    assert settings["defaultDatasource"] == "prometheus2 - Juju generated source"
    assert settings["datasources"]["-- Grafana --"]["uid"] == "grafana"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/alerts"), ("POST", "/api/annotations"), ("GET", "/api/users")]
)
def test_not_simulated(grafana: Grafana, method: str, path: str) -> None:
    """What Grafana has and the stand-in has not is refused by name."""
    answer = grafana.ask(method, path)

    assert (answer.status, answer.json) == (501, {"message": f"not simulated: {method} {path}"})


def test_live_updates_are_not_simulated(grafana: Grafana) -> None:
    """A websocket is refused, and is no error of ours."""
    sent: list[str] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/api/live/ws",
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }
    asyncio.run(grafana.app(scope, receive, send))

    assert sent == ["websocket.close"]
