"""Debian's files in /etc/wordpress, and what is answered when they or the database are wrong."""

from __future__ import annotations

import pytest

from simulators.wordpress.configuration import load
from tests.wordpress.sites import CONFIGURATION, PATH, World, installed


def test_constants() -> None:
    """Strings, escapes, and the name that was asked for, joined by dots."""
    found = load({PATH: CONFIGURATION}.get, "localhost:8001")

    assert found.constants["DB_PASSWORD"] == "it's secret"
    assert found.constants["WP_HOME"] == "http://localhost:8001"
    assert found.server == ("172.16.0.11", 3306)
    assert load({PATH: "define('DB_HOST', 'db:3307');"}.get, "x").server == ("db", 3307)
    assert load({PATH: "define( 'WP_HOME', 'http://' . $_SERVER['HTTP_HOST'] . '/b' );"}.get, "x").constants == {
        "WP_HOME": "http://x/b"
    }


def test_a_file_for_one_name_goes_first() -> None:
    """The name that is asked, without its port, decides; others get the general file."""
    files = {PATH: CONFIGURATION, "/etc/wordpress/config-blog.maas.php": "define('DB_NAME', 'other');"}

    assert load(files.get, "Blog.maas:80").database == "other"
    assert load(files.get, "else").database == "blog"


def test_tables_with_another_prefix() -> None:
    """The site of one prefix is none of another: it is installed beside it, and its user gets in."""
    world = installed()
    world.files[PATH] += "$table_prefix = 'kit_';\n"

    assert world.ask("/").status == 302
    world.install(weblog_title="Second")
    assert world.json("/?rest_route=/")["name"] == "Second"
    assert world.sql("SELECT COUNT(*) FROM blog.kit_posts") == world.sql("SELECT COUNT(*) FROM blog.wp_posts")
    assert world.ask("/wp-login.php", {"log": "cloud", "pwd": "of the kit"}).status == 302


def test_without_a_configuration() -> None:
    """Debian's package answers 404 and names both files."""
    said = World(files={}).ask("/", host="kit:8001")

    assert said.status == 404
    assert "/etc/wordpress/config-kit.php" in said.body
    assert PATH in said.body


@pytest.mark.parametrize(
    ("before", "after"), [("172.16.0.11", "172.16.0.99"), ("it\\'s secret", "another"), ("'writer'", "'reader'")]
)
def test_a_database_that_does_not_let_it_in(before: str, after: str) -> None:
    """Nobody at the address, a wrong password, a wrong user: the same page for all."""
    world = installed()
    world.files[PATH] = CONFIGURATION.replace(before, after)

    said = world.ask("/")

    assert said.status == 500
    assert "<h1>Error establishing a database connection</h1>" in said.body


def test_a_database_that_was_stopped() -> None:
    """Pages, the REST API and the login alike; when it is back, everything is."""
    world = installed()
    world.running = False

    assert {world.ask(uri).status for uri in ("/", "/?rest_route=/", "/wp-login.php", "/wp-admin/")} == {500}

    world.running = True

    assert world.ask("/").status == 200


def test_a_database_that_is_not_there() -> None:
    """The server answers, and has none of that name, or does not give it."""
    world = installed()
    world.files[PATH] = CONFIGURATION.replace("'blog'", "'none'")

    assert world.ask("/").status == 500
    assert "select database" in world.ask("/").body


def test_an_expression_that_nobody_plays() -> None:
    """It is refused, for guessing where a database is would be made up."""
    world = World(files={PATH: "define('DB_HOST', getenv('DB'));"})

    assert world.ask("/").status == 501
    assert "not simulated: DB_HOST" in world.ask("/").body
