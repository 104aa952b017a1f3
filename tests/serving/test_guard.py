"""Who gets in, with what, and what browsers are told about every answer."""

from __future__ import annotations

from http import HTTPStatus

import pytest
import requests

from harness.errors import UsageError
from kitcheck.course.serving.guard import HEADERS, checked_token, new_token
from tests.serving.made_class import TOKEN, Served

EVERYWHERE = ("", "groups/kit-a", "groups/kit-a/checkpoint-1/1", "changes", "style.css", "follow.js", "nothing")


def stranger(site: Served, path: str, **options: object) -> requests.Response:
    """Return what somebody gets who has no cookie."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(site.url + path, timeout=20, allow_redirects=False, **options)  # type: ignore[arg-type] -- requests' own


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "given", ["", "?token=", "?token=wrong", f"?token={TOKEN[:-1]}", f"?token={TOKEN}x", "?token=é"]
)
def test_nobody_gets_in_without_the_token(site: Served, path: str, given: str) -> None:
    """Not to pages, styles or changes; what is not there looks the same."""
    answer = stranger(site, path + given)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "kit-a" not in answer.text
    assert not answer.cookies


def test_a_wrong_cookie_is_no_token(site: Served) -> None:
    """Neither is that of another class."""
    name = site.browser.cookies.keys()[0]

    assert stranger(site, "", cookies={name: "wrong"}).status_code == HTTPStatus.FORBIDDEN
    assert stranger(site, "", cookies={"kitcheck-class-1": TOKEN}).status_code == HTTPStatus.FORBIDDEN


def test_the_link_becomes_a_cookie(site: Served) -> None:
    """It leads to the same page without the token, and the cookie is for this server alone, out of scripts' reach."""
    answer = stranger(site, f"groups/kit-a?token={TOKEN}")
    cookie = answer.headers["set-cookie"]

    assert (answer.status_code, answer.headers["location"]) == (HTTPStatus.SEE_OTHER, "/groups/kit-a")
    assert cookie.startswith("kitcheck-class-")
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "domain" not in cookie.lower()


@pytest.mark.parametrize("path", ["/example.org", "/example.org/..", "%2Fexample.org", "\\example.org"])
def test_the_link_leads_nowhere_else(site: Served, path: str) -> None:
    """An address that begins with two slashes would be another server's."""
    answer = stranger(site, f"{path}?token={TOKEN}")

    assert answer.headers["location"].startswith("/")
    assert answer.headers["location"][1:2] not in ("/", "\\")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "SOMETHING"])
@pytest.mark.parametrize("path", EVERYWHERE[:-1])
def test_nothing_can_be_changed(site: Served, method: str, path: str) -> None:
    """GET and HEAD are all there is."""
    assert site.browser.request(method, site.url + path, timeout=20).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("path", EVERYWHERE)
def test_head_has_no_body(site: Served, path: str) -> None:
    """And ends, also where GET would wait for changes."""
    answer = site.browser.head(site.url + path, timeout=20)

    assert answer.status_code == (HTTPStatus.NOT_FOUND if path == "nothing" else HTTPStatus.OK)
    assert answer.content == b""


@pytest.mark.parametrize("path", [*EVERYWHERE[:3], *EVERYWHERE[4:]])
def test_every_answer_carries_the_policy(site: Served, path: str) -> None:
    """Also refusals; and nobody is told what serves it."""
    for answer in (site.get(path), stranger(site, path), site.browser.post(site.url + path, timeout=20)):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "server" not in answer.headers


def test_the_policy_lets_nothing_in_that_pages_do_not_need() -> None:
    """No inline scripts or styles, no other servers, no frames."""
    policy = HEADERS["content-security-policy"]

    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_tokens() -> None:
    """Random ones fit; chosen ones must be long, and need no other spelling in links and cookies."""
    assert checked_token(new_token()) != checked_token(new_token())
    for wrong in ("", "short", "with blank in the middle", "a" * 16 + "\n", "é" * 20, "a;b=c" * 5):
        with pytest.raises(UsageError, match="--token: expected 16 to 200"):
            checked_token(wrong)
