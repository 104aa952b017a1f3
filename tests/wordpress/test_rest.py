"""The REST API as it is read without a login."""

from __future__ import annotations

import json

import pytest

from tests.wordpress.sites import HOST, installed
from tests.wordpress.test_front import POST

POSTS = "/?rest_route=/wp/v2/posts"


def test_the_index() -> None:
    """Name, addresses and namespaces; only the fields that are asked for."""
    world = installed()

    index = world.json("/?rest_route=/")
    assert (index["name"], index["url"], index["home"]) == ("Our <kit>", f"http://{HOST}", f"http://{HOST}")
    assert {"oembed/1.0", "wp/v2"} <= set(index["namespaces"])
    assert world.json("/index.php?rest_route=/&_fields=name,url") == {"name": "Our <kit>", "url": f"http://{HOST}"}
    said = world.ask("/?rest_route=/")
    assert said.kind == "application/json; charset=UTF-8"


def test_posts() -> None:
    """Published ones, the newest first, by search, by slug, some at a time."""
    world = installed()
    for name in ("token_1", "token-2"):
        world.sql(POST.format(name, "publish"))
    world.sql(POST.format("draft", "draft"))

    assert [each["slug"] for each in world.json(POSTS)] == ["hello-world", "token-2", "token_1"]
    assert world.json(f"{POSTS}&slug=token_1&_fields=id,title.rendered,status,link") == [
        {"id": 4, "title": {"rendered": "token_1"}, "status": "publish", "link": f"http://{HOST}/?p=4"}
    ]
    assert [each["id"] for each in world.json(f"{POSTS}&search=TOKEN_&_fields=id")] == [4]
    assert [each["id"] for each in world.json(f"{POSTS}&search=text+of&per_page=1&page=2")] == [4]
    assert ("X-WP-Total", "3") in world.ask(f"{POSTS}&per_page=2").headers
    assert ("X-WP-TotalPages", "2") in world.ask(f"{POSTS}&per_page=2").headers
    assert world.json(f"{POSTS}&slug=draft") == []
    assert world.json("/?rest_route=/wp/v2/pages&_fields=slug") == [{"slug": "sample-page"}]


def test_a_post_that_is_inserted_and_removed_is_seen_at_once() -> None:
    """The proof that the content is in the database."""
    world = installed()
    world.sql(POST.format("token", "publish"))
    assert world.json(f"{POSTS}&slug=token")[0]["title"] == {"rendered": "token"}
    world.sql("DELETE FROM blog.wp_posts WHERE post_name = 'token'")
    assert world.json(f"{POSTS}&slug=token") == []


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        ("/wp/v2/posts/99", 404, "rest_post_invalid_id"),
        ("/wp/v2/posts/2", 404, "rest_post_invalid_id"),
        ("/wp/v2/pages/3", 401, "rest_forbidden"),
        ("/wp/v3", 404, "rest_no_route"),
        ("/wp/v2/posts&per_page=0", 400, "rest_invalid_param"),
        ("/wp/v2/posts&per_page=101", 400, "rest_invalid_param"),
        ("/wp/v2/posts&status=draft", 400, "rest_invalid_param"),
        ("/wp/v2/posts&page=2", 400, "rest_post_invalid_page_number"),
    ],
)
def test_errors(route: str, status: int, code: str) -> None:
    """In WordPress' form, with its codes."""
    said = installed().ask(f"/?rest_route={route}")

    assert said.status == status
    assert json.loads(said.body)["code"] == code
    assert json.loads(said.body)["data"]["status"] == status


def test_writing_needs_a_login() -> None:
    """Nobody can make a post from outside."""
    said = installed().ask(POSTS, {"title": "x"})

    assert (said.status, json.loads(said.body)["code"]) == (401, "rest_cannot_create")


@pytest.mark.parametrize("route", ["/wp/v2/users", "/wp/v2/media", "/wp/v2", "/wp/v2/posts&order=asc"])
def test_what_nobody_plays(route: str) -> None:
    """Other routes and parameters of a real site are refused by name."""
    said = installed().ask(f"/?rest_route={route}")

    assert said.status == 501
    assert said.body.startswith("not simulated: ")
