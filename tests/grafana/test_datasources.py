"""Data sources over the API."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.grafana.surroundings import SOURCE, Grafana

NAME = str(SOURCE["name"])


def test_made_and_read(grafana: Grafana) -> None:
    """What was made is read by uid, id and name, and stands in the list."""
    added = grafana.ask("POST", "/api/datasources", {**SOURCE, "isDefault": True}).json
    uid = added["datasource"]["uid"]
    ways = [f"uid/{uid}", "1", f"name/{quote(NAME)}"]
    found = [grafana.ask("GET", f"/api/datasources/{way}").json for way in ways]
    listed = grafana.ask("GET", "/api/datasources").json

    assert (added["message"], added["id"], added["name"]) == ("Datasource added", 1, NAME)
    assert [each["uid"] for each in found] == [uid] * 3
    assert {key: found[0][key] for key in SOURCE} == SOURCE
    assert [(each["name"], each["isDefault"], each["typeName"]) for each in listed] == [(NAME, True, "Prometheus")]
    assert grafana.ask("GET", f"/api/datasources/id/{quote(NAME)}").json == {"id": 1}


def test_names_and_uids_are_given_once(grafana: Grafana) -> None:
    """409 for a name or uid that is taken, when it is made and when it is changed."""
    uid = grafana.add_source(uid="ours")
    other = grafana.add_source(name="other")
    same_name = grafana.ask("POST", "/api/datasources", SOURCE)
    same_uid = grafana.ask("POST", "/api/datasources", {**SOURCE, "name": "third", "uid": "ours"})
    renamed = grafana.ask("PUT", f"/api/datasources/uid/{other}", SOURCE)

    assert uid == "ours"
    assert (same_name.status, same_name.json["message"]) == (409, "data source with the same name already exists")
    assert (same_uid.status, same_uid.json["message"]) == (409, "data source with the same uid already exists")
    assert renamed.status == 409


def test_changed(grafana: Grafana) -> None:
    """A change replaces everything and counts the version up; one of an old version is refused."""
    uid = grafana.add_source()
    answer = grafana.ask("PUT", f"/api/datasources/uid/{uid}", {**SOURCE, "url": "http://elsewhere:9090", "version": 1})
    late = grafana.ask("PUT", "/api/datasources/1", {**SOURCE, "version": 1})

    assert (answer.status, answer.json["message"]) == (200, "Datasource updated")
    assert (answer.json["datasource"]["url"], answer.json["datasource"]["version"]) == ("http://elsewhere:9090", 2)
    assert late.status == 409


def test_one_is_the_default(grafana: Grafana) -> None:
    """Making another one the default takes it from the first."""
    grafana.add_source(isDefault=True)
    grafana.add_source(name="other", isDefault=True)
    listed = grafana.ask("GET", "/api/datasources").json

    assert [(each["name"], each["isDefault"]) for each in listed] == [("other", True), (NAME, False)]


@pytest.mark.parametrize("way", ["uid/ours", "1", f"name/{quote(NAME)}"])
def test_removed(grafana: Grafana, way: str) -> None:
    """By uid, id or name; after that there is none."""
    grafana.add_source(uid="ours")
    answer = grafana.ask("DELETE", f"/api/datasources/{way}")
    again = grafana.ask("DELETE", f"/api/datasources/{way}")

    assert (answer.status, answer.json["message"]) == (200, "Data source deleted")
    assert (again.status, again.json) == (404, {"message": "Data source not found"})
    assert grafana.ask("GET", "/api/datasources").json == []


def test_secrets_stay_inside(grafana: Grafana) -> None:
    """A password is used and kept, and no answer shows it."""
    secret = {"basicAuth": True, "basicAuthUser": "us", "secureJsonData": {"basicAuthPassword": "s3cret"}}
    added = grafana.ask("POST", "/api/datasources", {**SOURCE, **secret, "uid": "ours"})
    changed = grafana.ask("PUT", "/api/datasources/uid/ours", {**SOURCE, "basicAuth": True, "basicAuthUser": "us"})
    answers = [
        grafana.ask("GET", f"/api/{path}") for path in ("datasources", "datasources/uid/ours", "frontend/settings")
    ]
    grafana.ask("GET", "/api/datasources/uid/ours/health")

    assert not [each for each in (added, changed, *answers) if "s3cret" in each.text]
    assert changed.json["datasource"]["secureJsonFields"] == {"basicAuthPassword": True}
    assert grafana.fetched[-1][2]["Authorization"] == "Basic dXM6czNjcmV0"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "a", "type": "prometheus"},
        {"type": "prometheus", "access": "proxy"},
        {"name": 1, "type": "prometheus", "access": "proxy"},
        {**SOURCE, "isDefault": "yes"},
        {**SOURCE, "jsonData": []},
        {**SOURCE, "access": "none"},
        {**SOURCE, "url": "http://:x"},
        {**SOURCE, "url": "http://"},
        {**SOURCE, "uid": "a b"},
        {**SOURCE, "secureJsonData": {"a": 1}},
        {**SOURCE, "name": "\ud800"},
        [],
    ],
)
def test_refused(grafana: Grafana, body: object) -> None:
    """400 for what describes no data source."""
    assert grafana.ask("POST", "/api/datasources", body).status == 400
    assert grafana.store.data_sources == {}


@pytest.mark.parametrize("raw", [b"", b"{", b'{"name": NaN}', b"\xff", b"[" * 100_000])
def test_bodies_that_are_no_json(grafana: Grafana, raw: bytes) -> None:
    """400, in Grafana's words."""
    answer = grafana.ask("POST", "/api/datasources", raw=raw)

    assert (answer.status, answer.json) == (400, {"message": "bad request data"})


def test_a_body_has_bounds(grafana: Grafana) -> None:
    """413 for more than anybody has to say."""
    assert grafana.ask("POST", "/api/datasources", raw=b" " * 5_000_000).status == 413
