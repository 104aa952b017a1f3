"""Logging in with a password, in a browser and for an API key; users and their SSH keys."""

from __future__ import annotations

import requests

from tests.maas.conftest import Maas

WRONG = "Please enter a correct username and password. Note that both fields may be case-sensitive."


def login(maas: Maas, **form: str) -> requests.Response:
    """Log in as a browser does."""
    return requests.post(f"{maas.address}/MAAS/accounts/login/", data=form, timeout=10)


def test_login_gives_cookies_that_read_but_do_not_write(maas: Maas) -> None:
    """A session may read the API; changing needs a signature."""
    answer = login(maas, username="cloud", password="cloud")
    cookies = answer.cookies

    assert (answer.status_code, sorted(cookies.keys())) == (204, ["csrftoken", "sessionid"])
    assert maas.region.session_user(cookies["sessionid"]) is maas.region.users["cloud"]
    assert requests.get(f"{maas.url}users/?op=whoami", cookies=cookies, timeout=10).json()["username"] == "cloud"
    assert requests.post(f"{maas.url}zones/", data={"name": "z"}, cookies=cookies, timeout=10).status_code == 401

    requests.post(f"{maas.address}/MAAS/accounts/logout/", cookies=cookies, timeout=10)

    assert maas.region.session_user(cookies["sessionid"]) is None


def test_wrong_password(maas: Maas) -> None:
    """400 with MAAS' sentence; missing fields are named."""
    wrong, missing = login(maas, username="cloud", password="nope"), login(maas, username="cloud")

    assert (wrong.status_code, wrong.json()) == (400, {"__all__": [WRONG]})
    assert (missing.status_code, missing.json()) == (400, {"password": ["This field is required."]})
    assert maas.region.session_user(None) is None


def test_authenticate_gives_the_same_key_to_the_same_consumer(maas: Maas) -> None:
    """The call that python-libmaas' login makes."""
    url = f"{maas.address}/MAAS/accounts/authenticate/"
    form = {"username": "cloud", "password": "cloud", "consumer": "me@laptop"}
    first, second = (requests.post(url, data=form, timeout=10).json() for _ in range(2))
    refused = requests.post(url, data={**form, "password": "x"}, timeout=10)

    assert sorted(first) == ["consumer_key", "name", "token_key", "token_secret"]
    assert (first, first["name"]) == (second, "me@laptop")
    assert (refused.status_code, refused.text) == (403, "")


def test_users(maas: Maas) -> None:
    """Users are made, found, refused twice with MAAS' odd conflict, and removed."""
    form = {"username": "rui", "email": "rui@maas.test", "password": "secret-enough", "is_superuser": "0"}
    made = maas.post("users/", **form)
    twice = maas.ask("POST", "users/", data=form)
    missing = maas.ask("POST", "users/", data={"username": "eva"})

    assert (made["username"], made["is_superuser"], made["is_local"]) == ("rui", False, True)
    assert (twice.status_code, twice.headers["Retry-After"]) == (409, "5")
    assert twice.headers["Content-Type"].startswith("text/html")
    assert (missing.status_code, missing.json()) == (400, {"email": ["This field is required."]})
    assert "secret-enough" not in maas.ask("GET", "users/").text
    assert maas.ask("DELETE", "users/rui/").status_code == 204
    assert maas.ask("GET", "users/rui/").text == "No User matches the given query."


def test_ssh_keys_reach_machines(maas: Maas) -> None:
    """A key that is added is given to machines that are deployed afterwards."""
    key = "ssh-ed25519 " + "A" * 68 + " me@laptop"
    made = maas.ask("POST", "account/prefs/sshkeys/", data={"key": key})
    refused = maas.ask("POST", "account/prefs/sshkeys/", data={"key": "not a key\nssh-rsa x"})
    maas.do("server2", "deploy")

    assert (made.status_code, made.json()["key"]) == (201, key)
    assert (refused.status_code, refused.json()) == (400, {"key": ["Invalid SSH public key."]})
    assert key in maas.driver.deployments[maas.id("server2")].ssh_keys
    assert maas.ask("DELETE", f"account/prefs/sshkeys/{made.json()['id']}/").status_code == 204
    assert [entry["key"] for entry in maas.get("account/prefs/sshkeys/")] == ["ssh-ed25519 AAAAmain cloud@main"]
