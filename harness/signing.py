"""Signs requests to MAAS: OAuth 1.0, PLAINTEXT, which is one header; requests-oauthlib loads all of OAuth 2 for it."""

from __future__ import annotations

import secrets
import time
from urllib.parse import quote

import requests
from requests.auth import AuthBase

REALM = "MAAS API"


class Signature(AuthBase):
    """An API key's signature, with a nonce and the time of each request. RFC 5849, sections 3.4.4 and 3.5.1."""

    def __init__(self, consumer: str, token: str, secret: str) -> None:
        """Sign with the three parts of a key; MAAS' consumers have no secret of their own."""
        self._consumer = consumer
        self._token = token
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        parameters = {
            "oauth_version": "1.0",
            "oauth_signature_method": "PLAINTEXT",
            "oauth_consumer_key": self._consumer,
            "oauth_token": self._token,
            "oauth_nonce": secrets.token_hex(16),
            "oauth_timestamp": str(int(time.time())),
            "oauth_signature": f"&{_escaped(self._secret)}",
        }
        fields = [f'realm="{REALM}"', *(f'{name}="{_escaped(value)}"' for name, value in parameters.items())]
        request.headers["Authorization"] = f"OAuth {', '.join(fields)}"
        return request


def _escaped(text: str) -> str:
    return quote(text, safe="~")
