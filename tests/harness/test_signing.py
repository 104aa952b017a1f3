"""Our signature of requests, beside that of requests-oauthlib."""

from __future__ import annotations

import re
import time

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from harness.signing import Signature

ADDRESS = "http://172.16.0.3:5240/MAAS/api/2.0/machines/?hostname=server1"


def parameters(auth: AuthBase) -> dict[str, str]:
    """Return what is in the header of a signed request."""
    header = requests.Request("GET", ADDRESS, auth=auth).prepare().headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    assert text.startswith("OAuth ")
    return dict(re.findall(r'(\w+)="([^"]*)"', text))


def test_the_same_as_the_library() -> None:
    """Everything but nonce and time is the same, also with characters that are escaped once and twice."""
    parts = ("consumer:~ 1", "t/oken", "s%e&cret+")
    ours = parameters(Signature(*parts))
    theirs = parameters(OAuth1(parts[0], "", *parts[1:], signature_method="PLAINTEXT", realm="MAAS API"))

    changing = {"oauth_nonce", "oauth_timestamp"}
    assert ours.keys() == theirs.keys()
    assert {name: ours[name] for name in ours.keys() - changing} == {
        name: theirs[name] for name in ours.keys() - changing
    }


def test_nonce_and_time() -> None:
    """No two requests have the same nonce; the time is now."""
    signature = Signature("c", "t", "s")
    first, second = parameters(signature), parameters(signature)

    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert abs(int(first["oauth_timestamp"]) - time.time()) < 60
