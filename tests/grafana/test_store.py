"""What a Grafana keeps survives a restart, and nobody else reads it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from simulators.grafana.store import Store, StoreError
from tests.grafana.surroundings import PASSWORD, Grafana


def test_in_memory() -> None:
    """A store needs no file; what it writes makes another one of the same content."""
    written: list[str] = []
    grafana = Grafana(Store(write=written.append))
    grafana.add_source(uid="ours")
    grafana.ask("POST", "/api/dashboards/db", {"dashboard": {"title": "a", "uid": "a"}})
    again = Grafana(Store(text=written[-1]))

    assert again.ask("GET", "/api/datasources/uid/ours").status == 200
    assert again.ask("GET", "/api/dashboards/uid/a").json["dashboard"]["title"] == "a"
    assert json.loads(written[-1]) == json.loads(again.store.dump())


def test_in_a_file(tmp_path: Path) -> None:
    """The file is the owner's alone, and is replaced as a whole; the first password counts once."""
    path = tmp_path / "data" / "grafana.json"
    grafana = Grafana(Store.open(path))
    grafana.ask("PUT", "/api/user/password", {"oldPassword": PASSWORD, "newPassword": "another"})
    again = Grafana(Store.open(path))

    assert again.ask("GET", "/api/user").status == 401
    assert again.ask("GET", "/api/user", login=("admin", "another")).status == 200
    assert [each.name for each in path.parent.iterdir()] == ["grafana.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "another" not in path.read_text()


def test_sessions_survive(tmp_path: Path) -> None:
    """Who was logged in is so after a restart; the file does not hold the cookie."""
    path = tmp_path / "grafana.json"
    grafana = Grafana(Store.open(path))
    answer = grafana.ask("POST", "/login", {"user": "admin", "password": PASSWORD}, login=None)
    cookie = answer.headers["set-cookie"][0].partition(";")[0]
    again = Grafana(Store.open(path))

    assert again.ask("GET", "/api/user", login=None, headers={"Cookie": cookie}).status == 200
    assert cookie.partition("=")[2] not in path.read_text()


def test_ids_are_not_given_twice() -> None:
    """After a data source was removed, the next one has the next id, also after a restart."""
    written: list[str] = []
    grafana = Grafana(Store(write=written.append))
    grafana.add_source(uid="first")
    grafana.ask("DELETE", "/api/datasources/uid/first")
    again = Grafana(Store(text=written[-1]))
    again.add_source(uid="second")

    assert again.ask("GET", "/api/datasources/uid/second").json["id"] == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "kitcheck/grafana-store/1"}'])
def test_a_file_that_is_no_store(tmp_path: Path, text: str) -> None:
    """The error names the file and what to do."""
    path = tmp_path / "grafana.json"
    path.write_text(text)

    with pytest.raises(StoreError, match=r"grafana\.json: .*; remove the file to begin anew"):
        Store.open(path)
