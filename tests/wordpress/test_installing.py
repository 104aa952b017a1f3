"""The installation page: where one is led to it, what it wants, and what it makes."""

from __future__ import annotations

import pytest

from tests.wordpress.sites import HOST, World, installed, location, title


@pytest.mark.parametrize("uri", ["/", "/?rest_route=/", "/wp-login.php", "/wp-admin/", "/index.php", "/any/where"])
def test_everything_leads_there_first(uri: str) -> None:
    """Without tables, every program sends to the installation page, under the name that was asked."""
    said = World().ask(uri, host="localhost:8001")

    assert (said.status, location(said)) == (302, "http://localhost:8001/wp-admin/install.php")


def test_the_form() -> None:
    """It has the fields that browsers send."""
    said = World().ask("/wp-admin/install.php")

    assert said.status == 200
    assert title(said) == "WordPress \u203a Installation"
    for name in ("weblog_title", "user_name", "admin_password", "admin_password2", "pw_weak", "admin_email"):
        assert f'name="{name}"' in said.body


@pytest.mark.parametrize(
    ("different", "reason"),
    [
        ({"user_name": ""}, "Please provide a valid username."),
        ({"user_name": "a/b"}, "invalid characters"),
        ({"admin_password2": "else"}, "do not match"),
        ({"admin_email": ""}, "You must provide an email address."),
        ({"admin_email": "nobody"}, "not a valid email address"),
    ],
)
def test_what_is_wrong_in_it(different: dict[str, str], reason: str) -> None:
    """The form comes back with the reason, and nothing is made."""
    world = World()

    said = world.install(**different)

    assert said.status == 200
    assert reason in said.body
    assert world.sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'blog'") == [(0,)]


def test_what_it_makes() -> None:
    """Twelve tables, the administrator with the password's hash only, the options, and first content."""
    world = installed()

    assert world.sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'blog'") == [(12,)]
    [(login, password, email)] = world.sql("SELECT user_login, user_pass, user_email FROM blog.wp_users")
    assert (login, email) == ("cloud", "group@example.com")
    assert password.startswith("$P$B")
    assert len(password) == 34
    options = "SELECT option_value FROM blog.wp_options WHERE option_name IN ('blogname', 'siteurl') ORDER BY option_id"
    assert world.sql(options) == [(f"http://{HOST}",), ("Our <kit>",)]
    assert world.sql("SELECT post_title, post_status FROM blog.wp_posts ORDER BY ID") == [
        ("Hello world!", "publish"),
        ("Sample Page", "publish"),
        ("Privacy Policy", "draft"),
    ]


def test_a_password_is_made_up_for_nobody_s() -> None:
    """Without one, WordPress makes one and shows it once."""
    world = World()

    said = world.install(admin_password="", admin_password2="")

    password = said.body.partition("<code>")[2].partition("</code>")[0]
    assert len(password) == 12
    assert world.ask("/wp-login.php", {"log": "cloud", "pwd": password}).status == 302


def test_it_is_done_once() -> None:
    """The page then says that it is done, and changes nothing."""
    world = installed()

    said = world.install(user_name="another")

    assert said.status == 200
    assert "Already Installed" in said.body
    assert world.sql("SELECT user_login FROM blog.wp_users") == [("cloud",)]


@pytest.mark.parametrize(("reachable", "structure"), [(True, "/%year%/%monthnum%/%day%/%postname%/"), (False, "")])
def test_addresses_without_a_question_mark(reachable: bool, structure: str) -> None:
    """They are turned on when WordPress reaches its own first post under one, which it does not through a tunnel."""
    world = installed(reachable=reachable)

    assert world.sql("SELECT option_value FROM blog.wp_options WHERE option_name = 'permalink_structure'") == [
        (structure,)
    ]


def test_names_are_shown_and_not_obeyed() -> None:
    """What was typed into the form is text in the page."""
    said = World().install(user_name="<b>", weblog_title="<script>")

    assert "<script>" not in said.body.replace("<style>", "")
    assert "&lt;script&gt;" in said.body
