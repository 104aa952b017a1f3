"""Dashboards and folders over the API."""

from __future__ import annotations

import pytest

from tests.grafana.surroundings import Grafana


def save(grafana: Grafana, **more: object) -> dict[str, object]:
    """Save a dashboard, and return the answer with its status as `code`."""
    overwrite = more.pop("overwrite", False)
    body = {"dashboard": {"title": "Our kit", "panels": [{"id": 1}], **more}, "overwrite": overwrite}
    answer = grafana.ask("POST", "/api/dashboards/db", body)
    return {"code": answer.status, **answer.json}


def test_saved_and_read(grafana: Grafana) -> None:
    """A dashboard is read as it was saved, with its id, uid and version, and with what is known about it."""
    saved = save(grafana, uid="our-kit", tags=["lab"])
    read = grafana.ask("GET", "/api/dashboards/uid/our-kit").json

    assert saved == {
        "code": 200,
        "folderUid": "",
        "id": 1,
        "slug": "our-kit",
        "status": "success",
        "uid": "our-kit",
        "url": "/d/our-kit/our-kit",
        "version": 1,
    }
    assert read["dashboard"] == {
        "title": "Our kit",
        "uid": "our-kit",
        "id": 1,
        "version": 1,
        "panels": [{"id": 1}],
        "tags": ["lab"],
    }
    assert (read["meta"]["url"], read["meta"]["folderTitle"], read["meta"]["version"]) == (
        "/d/our-kit/our-kit",
        "General",
        1,
    )


def test_saved_again(grafana: Grafana) -> None:
    """The version that was read may be saved over, an older one only by overwriting."""
    save(grafana, uid="ours")
    second = save(grafana, uid="ours", version=1, title="Ours")
    late = save(grafana, uid="ours", version=1)
    overwritten = save(grafana, uid="ours", overwrite=True)

    assert (second["code"], second["version"], second["slug"]) == (200, 2, "ours")
    assert late == {
        "code": 412,
        "status": "version-mismatch",
        "message": "The dashboard has been changed by someone else",
    }
    assert (overwritten["code"], overwritten["version"]) == (200, 3)


def test_uids_are_made(grafana: Grafana) -> None:
    """Without a uid there is a new dashboard each time, also under the same title."""
    first, second = save(grafana), save(grafana)

    assert (first["code"], second["code"], first["uid"] != second["uid"]) == (200, 200, True)


def test_by_id(grafana: Grafana) -> None:
    """An id that is known names the dashboard; one that is not is refused."""
    saved = save(grafana, uid="ours")
    again = save(grafana, id=saved["id"], version=1)
    unknown = save(grafana, id=77)

    assert (again["uid"], again["version"]) == ("ours", 2)
    assert unknown == {"code": 404, "status": "not-found", "message": "Dashboard not found"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "bad request data"),
        ({"dashboard": []}, "bad request data"),
        ({"dashboard": {}}, "Dashboard title cannot be empty"),
        ({"dashboard": {"title": " "}}, "Dashboard title cannot be empty"),
        ({"dashboard": {"title": "a", "uid": "a/b"}}, "uid contains illegal characters"),
        ({"dashboard": {"title": "a", "uid": "a" * 41}}, "uid too long, max 40 characters"),
        ({"dashboard": {"title": "a"}, "folderUid": "none"}, "folder not found"),
        ({"dashboard": {"title": "a"}, "folderId": 9}, "folder not found"),
    ],
)
def test_refused(grafana: Grafana, body: object, message: str) -> None:
    """400 for what cannot be a dashboard."""
    answer = grafana.ask("POST", "/api/dashboards/db", body)

    assert (answer.status, answer.json["message"]) == (400, message)


def test_removed(grafana: Grafana) -> None:
    """It is gone, and cannot be removed twice."""
    save(grafana, uid="ours")
    answer = grafana.ask("DELETE", "/api/dashboards/uid/ours")

    assert (answer.status, answer.json["message"]) == (200, "Dashboard Our kit deleted")
    for method in ("GET", "DELETE"):
        gone = grafana.ask(method, "/api/dashboards/uid/ours")
        assert (gone.status, gone.json) == (404, {"message": "Dashboard not found"})


def test_search(grafana: Grafana) -> None:
    """By type, part of the title, tag and uid; folders come first."""
    grafana.ask("POST", "/api/folders", {"title": "Lab", "uid": "lab"})
    grafana.ask(
        "POST", "/api/dashboards/db", {"dashboard": {"title": "Béta", "uid": "b", "tags": ["x"]}, "folderUid": "lab"}
    )
    save(grafana, uid="a", title="Alpha", tags=["x", "y"])

    def found(query: str) -> list[str]:
        return [each["uid"] for each in grafana.ask("GET", f"/api/search{query}").json]

    assert found("") == ["lab", "a", "b"]
    assert (found("?type=dash-db"), found("?type=dash-folder")) == (["a", "b"], ["lab"])
    assert (found("?query=ALPH"), found("?tag=x&tag=y"), found("?query=none")) == (["a"], ["a"], [])
    assert (found("?type=dash-db&limit=1"), found("?type=dash-db&limit=1&page=2")) == (["a"], ["b"])
    assert found("?dashboardUIDs=b") == ["b"]
    hit = grafana.ask("GET", "/api/search?query=b%C3%A9ta").json[0]
    assert (hit["url"], hit["folderTitle"], hit["folderUid"]) == ("/d/b/beta", "Lab", "lab")


def test_folders(grafana: Grafana) -> None:
    """Made, read, listed, and removed with what is in them."""
    made = grafana.ask("POST", "/api/folders", {"title": "Lab", "uid": "lab"})
    grafana.ask("POST", "/api/dashboards/db", {"dashboard": {"title": "a", "uid": "a"}, "folderUid": "lab"})
    again = grafana.ask("POST", "/api/folders", {"title": "Lab", "uid": "lab"})
    read = grafana.ask("GET", "/api/folders/lab").json
    listed = grafana.ask("GET", "/api/folders").json
    removed = grafana.ask("DELETE", "/api/folders/lab")

    assert (made.status, made.json["url"], again.status) == (200, "/dashboards/f/lab/lab", 409)
    assert (read["title"], listed) == ("Lab", [{"id": 1, "uid": "lab", "title": "Lab"}])
    assert (removed.status, grafana.store.dashboards) == (200, {})
    assert grafana.ask("GET", "/api/folders/lab").status == 404
