"""Logging in, the dashboard, logging out."""

from __future__ import annotations

import re
from html import unescape

import pytest

from simulators.wordpress.passwords import fits, hashed
from tests.wordpress.sites import HOST, World, cookies_of, installed, location, title

RIGHT = {"log": "cloud", "pwd": "of the kit", "wp-submit": "Log In", "testcookie": "1"}
TEST = {"wordpress_test_cookie": "WP%20Cookie%20check"}
ADMIN = f"http://{HOST}/wp-admin/"


def logged_in(world: World) -> dict[str, str]:
    """Return the cookies of somebody who has logged in."""
    said = world.ask("/wp-login.php", {**RIGHT, "redirect_to": ADMIN}, cookies=TEST)
    assert (said.status, location(said)) == (302, ADMIN)
    return cookies_of(said)


def test_the_dashboard() -> None:
    """Who has logged in sees it, with the site's name in its title."""
    world = installed()

    said = world.ask("/wp-admin/", cookies=logged_in(world))

    assert said.status == 200
    assert title(said) == "Dashboard \u2039 Our <kit> \u2014 WordPress"
    assert 'class="wp-admin' in said.body
    assert 'id="wpadminbar"' in said.body


def test_who_has_not_logged_in_is_led_to_the_login() -> None:
    """And from there back."""
    said = installed().ask("/wp-admin/")

    assert said.status == 302
    assert location(said) == (f"http://{HOST}/wp-login.php?redirect_to=http%3A%2F%2F172.16.0.12%2Fwp-admin%2F&reauth=1")


def test_the_form() -> None:
    """It has the fields that browsers send, and sets the cookie that shows that there are cookies."""
    said = installed().ask("/wp-login.php")

    assert said.status == 200
    for name in ("log", "pwd", "wp-submit", "redirect_to", "testcookie"):
        assert f'name="{name}"' in said.body
    assert "wordpress_test_cookie" in cookies_of(said)
    assert "login_error" not in said.body


@pytest.mark.parametrize(
    ("different", "reason"),
    [
        ({"pwd": "another"}, "is incorrect"),
        ({"log": "nobody"}, "is not registered"),
        ({"log": "<b>"}, "&lt;b&gt;"),
        ({"pwd": ""}, "password field is empty"),
        ({"log": ""}, "username field is empty"),
    ],
)
def test_refusals(different: dict[str, str], reason: str) -> None:
    """The form comes back with the reason, status 200, and no cookie that opens anything."""
    world = installed()

    said = world.ask("/wp-login.php", {**RIGHT, **different}, cookies=TEST)

    assert said.status == 200
    assert '<div id="login_error"' in said.body
    assert "Error:" in said.body
    assert reason in said.body
    assert set(cookies_of(said)) == {"wordpress_test_cookie"}


def test_a_browser_without_cookies_is_told_so() -> None:
    """Who says that the test cookie was set, and does not send it, does not get in."""
    for different in ({}, {"pwd": "another"}):
        said = installed().ask("/wp-login.php", {**RIGHT, **different})

        assert said.status == 200
        assert "Cookies are blocked" in said.body


def test_an_address_instead_of_the_name() -> None:
    """The user's e-mail address does as well."""
    world = installed()

    assert world.ask("/wp-login.php", {"log": "group@example.com", "pwd": "of the kit"}).status == 302


def test_nobody_is_led_elsewhere_by_the_login() -> None:
    """Other sites are no place to go to."""
    world = installed()

    for target in ("http://example.com/", "//example.com", f"http://{HOST}.example.com/"):
        said = world.ask("/wp-login.php", {**RIGHT, "redirect_to": target}, cookies=TEST)
        assert location(said) == ADMIN


def test_cookies_that_prove_nothing() -> None:
    """A changed one, one that is too old, one of before the password was changed, one under another name."""
    world = installed()
    cookies = logged_in(world)
    [name] = [each for each in cookies if re.fullmatch(r"wordpress_[0-9a-f]{32}", each)]

    assert world.ask("/wp-admin/", cookies={name: cookies[name][:-1] + "x"}).status == 302
    assert world.ask("/wp-admin/", cookies=cookies, host="localhost:8001").status == 302
    world.time += 3 * 86_400
    assert world.ask("/wp-admin/", cookies=cookies).status == 302
    world.time -= 3 * 86_400
    assert world.ask("/wp-admin/", cookies=cookies).status == 200
    world.sql(f"UPDATE blog.wp_users SET user_pass = '{hashed('new')}'")
    assert world.ask("/wp-admin/", cookies=cookies).status == 302


def test_a_user_without_a_role() -> None:
    """The login leads to the front page instead, and the dashboard is closed; a subscriber gets to the own profile."""
    world = installed()
    subscriber = 'a:1:{s:10:"subscriber";b:1;}'
    world.sql(f"UPDATE blog.wp_usermeta SET meta_value = '{subscriber}' WHERE meta_key = 'wp_capabilities'")
    assert location(world.ask("/wp-login.php", RIGHT, cookies=TEST)) == f"{ADMIN}profile.php"
    world.sql("DELETE FROM blog.wp_usermeta WHERE meta_key = 'wp_capabilities'")

    said = world.ask("/wp-login.php", {**RIGHT, "redirect_to": ADMIN}, cookies=TEST)

    assert (said.status, location(said)) == (302, f"http://{HOST}/")
    said = world.ask("/wp-admin/", cookies=cookies_of(said))
    assert said.status == 403
    assert "Sorry, you are not allowed to access this page." in said.body


def test_logging_out() -> None:
    """By the link of the dashboard; afterwards the same cookies open nothing."""
    world = installed()
    cookies = logged_in(world)
    page = world.ask("/wp-admin/", cookies=cookies).body
    found = re.search(r'href="http://[^/"]+(/wp-login\.php\?action=logout[^"]+)"', page)
    assert found is not None

    assert world.ask("/wp-login.php?action=logout&_wpnonce=wrong", cookies=cookies).status == 403
    assert world.ask("/wp-login.php?action=logout").status == 403
    assert world.ask("/wp-admin/", cookies=cookies).status == 200
    said = world.ask(unescape(found[1]), cookies=cookies)

    assert said.status == 302
    assert "loggedout=true" in location(said)
    assert world.ask("/wp-admin/", cookies=cookies).status == 302


def test_two_logins_do_not_end_each_other() -> None:
    """Each has a session of its own."""
    world = installed()
    first, second = logged_in(world), logged_in(world)

    assert {world.ask("/wp-admin/", cookies=each).status for each in (first, second)} == {200}


def test_hashes_of_passwords() -> None:
    """phpass' own example, an old MD5, and what is no hash at all."""
    assert fits("test12345", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0")
    assert fits("secret", hashed("secret"))
    assert not fits("Secret", hashed("secret"))
    assert fits("a", "0cc175b9c0f1b6a831c399e269772661")
    assert not fits("", "")


def test_what_nobody_plays() -> None:
    """Lost passwords and other pages of the dashboard are refused by name."""
    world = installed()

    assert world.ask("/wp-login.php?action=lostpassword").status == 501
    assert world.ask("/wp-admin/edit.php", cookies=logged_in(world)).status == 501
