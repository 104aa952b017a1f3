"""The site as everybody sees it."""

from __future__ import annotations

import pytest

from tests.wordpress.sites import CONFIGURATION, HOST, PATH, installed, location, title

POST = (
    "INSERT INTO blog.wp_posts (post_title, post_name, post_content, post_status, post_date, post_excerpt, to_ping, "
    "pinged, post_content_filtered) VALUES ('{0}', '{0}', 'text of {0}', '{1}', '2020-01-02 03:04:05', '', '', '', '')"
)


def test_the_front_page() -> None:
    """It has the site's title as text, the published posts, and says where its API is."""
    world = installed()
    world.sql(POST.format("second", "publish"))
    world.sql(POST.format("unseen", "draft"))

    said = world.ask("/")

    assert said.status == 200
    assert title(said) == "Our <kit>"
    assert "Hello world!" in said.body
    assert "text of second" in said.body
    assert "unseen" not in said.body
    assert '<meta name="generator" content="WordPress 6.1' in said.body
    assert f"http://{HOST}/wp-content/" in said.body
    assert ("Link", f'<http://{HOST}/index.php?rest_route=/>; rel="https://api.w.org/"') in said.headers


def test_what_the_database_says_is_shown_at_once() -> None:
    """Nothing is kept from one request to the next."""
    world = installed()
    world.sql("UPDATE blog.wp_options SET option_value = 'Renamed' WHERE option_name = 'blogname'")

    assert title(world.ask("/")) == "Renamed"


def test_the_address_is_that_of_whoever_asks() -> None:
    """Through a tunnel, links lead through the tunnel."""
    assert "http://localhost:8001/?p=1" in installed().ask("/", host="localhost:8001").body


@pytest.mark.parametrize(
    ("home", "host", "leads_to"),
    [
        ("localhost:8080", "172.16.0.12", "172.16.0.12:8080"),
        ("172.16.9.9", "172.16.0.12:8001", "172.16.0.12"),
        ("www.blog.org", "blog.org", "www.blog.org"),
        ("172.16.9.9", "172.16.0.12", None),
        ("localhost:8080", "localhost:8080", None),
    ],
)
def test_a_site_that_has_an_address_of_its_own(home: str, host: str, leads_to: str | None) -> None:
    """Who asks on another port is sent to the site's, under the name that was asked; but for the API."""
    world = installed()
    world.files[PATH] = CONFIGURATION.replace("'http://' . $kit_host", f"'http://{home}'")

    for uri in ("/", "/?p=1", "/any/where?x=1"):
        said = world.ask(uri, host=host)
        assert (said.status, said.status == 301 and location(said)) == (
            (301, f"http://{leads_to}{uri}") if leads_to else (200, False)
        )
    assert world.json("/?rest_route=/")["home"] == f"http://{home}"
    assert f'action="http://{home}/wp-login.php"' in world.ask("/wp-login.php", host=host).body
    assert location(world.ask("/wp-admin/", host=host)).startswith(f"http://{home}/wp-login.php?redirect_to=http%3A")


def test_single_posts() -> None:
    """By number; one that is not there, or not published, is missing."""
    world = installed()

    assert "Hello world!" in title(world.ask("/?p=1"))
    assert ("X-Pingback", f"http://{HOST}/xmlrpc.php") in world.ask("/?p=1").headers
    assert "Sample Page" in title(world.ask("/?page_id=2"))
    assert world.ask("/?page_id=3").status == 404
    assert world.ask("/?p=99").status == 404


def test_plain_addresses_know_no_paths() -> None:
    """Without pretty permalinks WordPress shows its front page under every path, and no API."""
    world = installed()

    assert title(world.ask("/wp-json/")) == title(world.ask("/any/where")) == "Our <kit>"


def test_pretty_addresses() -> None:
    """Posts by date and name, pages by name, the API under `/wp-json/`; numbers lead there."""
    world = installed(reachable=True)
    world.sql(POST.format("second", "publish"))

    assert "second" in title(world.ask("/2020/01/02/second/"))
    assert "Sample Page" in title(world.ask("/sample-page/"))
    assert world.json("/wp-json/")["name"] == "Our <kit>"
    said = world.ask("/?p=4")
    assert (said.status, location(said)) == (301, f"http://{HOST}/2020/01/02/second/")
    assert world.ask("/2020/01/02/third/").status == 404
    assert world.ask("/some/where/else/").status == 404


def test_searching() -> None:
    """`?s=` finds words in titles and texts."""
    world = installed()

    assert "Hello world!" in world.ask("/?s=WORLD").body
    assert "Hello world!" not in world.ask("/?s=nothing").body


@pytest.mark.parametrize("uri", ["/?feed=rss2", "/?author=1", "/wp-admin/edit.php"])
def test_what_nobody_plays(uri: str) -> None:
    """It is refused by name; what is for administrators leads to the login first."""
    said = installed().ask(uri)

    assert said.status == (302 if "admin" in uri else 501)
    assert said.status == 302 or said.body.startswith("not simulated: ")


def test_the_other_programs() -> None:
    """xmlrpc.php wants POST; the clock's program says nothing."""
    world = installed()

    assert world.ask("/xmlrpc.php").status == 405
    assert world.ask("/xmlrpc.php", {}).status == 501
    assert (world.ask("/wp-cron.php").status, world.ask("/wp-cron.php").body) == (200, "")
