"""Who may call: the forms of signatures that clients send, and each way of being refused."""

from __future__ import annotations

import itertools
import time

import pytest
import requests

from tests.maas.conftest import Maas

_numbers = itertools.count()


def header(maas: Maas, **changes: str) -> str:
    """Return a PLAINTEXT header as python-libmaas and the maas command build it, with changes."""
    token = maas.token
    fields = {
        "realm": "OAuth",
        "oauth_nonce": f"nonce{next(_numbers)}-{time.time()}",
        "oauth_timestamp": str(int(time.time())),
        "oauth_consumer_key": token.consumer,
        "oauth_signature_method": "PLAINTEXT",
        "oauth_version": "1.0",
        "oauth_token": token.key,
        "oauth_signature": f"%26{token.secret}",
        **changes,
    }
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in fields.items() if value)


def whoami(maas: Maas, authorization: str) -> requests.Response:
    """Ask who we are, with a header of our own making."""
    return requests.get(
        f"{maas.url}users/?op=whoami", headers={"Authorization": authorization} if authorization else {}, timeout=10
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"realm": ""},
        {"realm": "MAAS+API"},
        {"oauth_version": ""},
        {"oauth_timestamp": str(int(time.time()) + 86_400)},
    ],
    ids=["full", "no-realm", "other-realm", "no-version", "future"],
)
def test_accepted_headers(maas: Maas, changes: dict[str, str]) -> None:
    """Realm and version may be absent, a timestamp may lie in the future."""
    assert whoami(maas, header(maas, **changes)).json()["username"] == "cloud"


def test_unescaped_ampersand_and_any_order(maas: Maas) -> None:
    """gomaasapi sends its parameters in the order of a Go map, some clients do not escape the ampersand."""
    fields = header(maas, oauth_signature=f"&{maas.token.secret}").removeprefix("OAuth ").split(", ")

    answer = whoami(maas, "OAuth " + ",".join(sorted(fields, reverse=True)))

    assert answer.json()["username"] == "cloud"


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA1"])
def test_both_methods_read_and_write(maas: Maas, method: str) -> None:
    """requests-oauthlib's two methods are accepted for queries, forms and multipart bodies."""
    read = requests.get(f"{maas.url}machines/", params={"hostname": "server1"}, auth=maas.auth(method), timeout=10)
    form = requests.post(
        f"{maas.url}tags/",
        data={"name": "a b".replace(" ", "-"), "comment": "é & ="},
        auth=maas.auth(method),
        timeout=10,
    )
    multipart = requests.post(f"{maas.url}zones/", files={"name": (None, "z1")}, auth=maas.auth(method), timeout=10)

    assert [read.status_code, form.status_code, multipart.status_code] == [200, 200, 200]


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA1"])
def test_wrong_secret_does_not_leak_the_right_one(maas: Maas, method: str) -> None:
    """MAAS itself tells the expected PLAINTEXT signature; we do not."""
    answer = requests.get(f"{maas.url}users/?op=whoami", auth=maas.auth(method, secret="x" * 32), timeout=10)

    assert answer.status_code == 401
    assert answer.text.startswith("Authorization Error: 'Invalid signature.")
    assert maas.token.secret not in answer.text


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"oauth_consumer_key": "nobody"}, "Authorization Error: Invalid API key."),
        ({"oauth_token": "stolen"}, "Authorization Error: 'Invalid access token: stolen'"),
        ({"oauth_version": "2.0"}, "Authorization Error: 'OAuth version 2.0 not supported.'"),
        ({"oauth_token": "<script>"}, "Authorization Error: 'Invalid access token: ?script?'"),
    ],
)
def test_refused_headers(maas: Maas, changes: dict[str, str], body: str) -> None:
    """Each refusal is HTML with MAAS' sentence and a challenge."""
    answer = whoami(maas, header(maas, **changes))

    assert (answer.status_code, answer.text) == (401, body)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["WWW-Authenticate"] == 'OAuth realm="OAuth"'


def test_old_timestamp(maas: Maas) -> None:
    """More than 300 seconds ago is too long ago."""
    given = int(time.time()) - 302

    answer = whoami(maas, header(maas, oauth_timestamp=str(given)))

    assert answer.status_code == 401
    assert answer.text.startswith(f"Authorization Error: 'Expired timestamp: given {given} and now ")
    assert answer.text.endswith("has a greater difference than threshold 300'")


def test_nonce_is_used_once(maas: Maas) -> None:
    """What was signed once cannot be sent again."""
    same = header(maas, oauth_nonce="once-only")

    assert [whoami(maas, same).status_code, whoami(maas, same).text] == [
        200,
        "Authorization Error: 'Nonce already used: once-only'",
    ]


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic Y2xvdWQ6Y2xvdWQ=", "OAuth ", 'OAuth oauth_token="x"', "OAuth " + "x" * 10_000],
    ids=["none", "basic", "empty", "incomplete", "long"],
)
def test_anonymous_is_forbidden(maas: Maas, authorization: str) -> None:
    """Without a whole signature nobody is calling: 401 in plain text, without a challenge."""
    answer = whoami(maas, authorization)

    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (401, "Forbidden", "text/plain")
    assert "WWW-Authenticate" not in answer.headers


def test_anonymous_where_maas_has_an_anonymous_side(maas: Maas) -> None:
    """There unknown operations are 400, and the open ones answer."""
    mac = "54:b2:03:00:00:01"

    def read(path: str) -> tuple[int, str]:
        answer = requests.get(maas.url + path, timeout=10)
        return answer.status_code, answer.text

    assert read("machines/") == (400, "Unrecognised signature: method=GET op=None")
    assert requests.post(f"{maas.url}machines/?op=allocate", timeout=10).text == (
        "Unrecognised signature: method=POST op=allocate"
    )
    assert read(f"nodes/?op=is_registered&mac_address={mac}") == (200, "true")
    assert read("files/?op=get_by_key&key=none") == (404, "No FileStorage matches the given query.")
    assert [read("version/")[0], read("describe/")[0]] == [200, 200]


def test_revoked_key_is_refused(maas: Maas) -> None:
    """A key that was deleted opens nothing any more."""
    made = maas.post("account/?op=create_authorisation_token", name="lab")
    key = f"{made['consumer_key']}:{made['token_key']}:{made['token_secret']}"
    listed = [entry["token"] for entry in maas.get("account/?op=list_authorisation_tokens")]

    deleted = maas.ask("POST", "account/?op=delete_authorisation_token", data={"token_key": made["token_key"]})

    assert [len(part) for part in key.split(":")] == [18, 18, 32]
    assert (key in listed, deleted.status_code) == (True, 204)
    stale = header(
        maas,
        oauth_consumer_key=made["consumer_key"],
        oauth_token=made["token_key"],
        oauth_signature=f"%26{made['token_secret']}",
    )
    assert whoami(maas, stale).text == "Authorization Error: Invalid API key."
