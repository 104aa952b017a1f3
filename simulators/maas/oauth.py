"""Who calls? OAuth 1 as MAAS takes it: PLAINTEXT and HMAC-SHA1, with an empty consumer secret."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as signing

from simulators.maas.models import Token, User
from simulators.maas.nonces import THRESHOLD_SECONDS
from simulators.maas.refusals import HTML, Refusal, unauthorised

if TYPE_CHECKING:
    from simulators.maas.region import Region

_REQUIRED = ("consumer_key", "token", "signature", "signature_method", "timestamp", "nonce")
_PARAMETER = re.compile(r'\s*(\w+)="([^"]*)"\s*(?:,|\Z)')
HEADER_LIMIT = 4_096
"""Characters of an Authorization header that are looked at."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers, as it came over the wire."""

    method: str
    uri: str
    """Without the query."""
    query: str
    form: str
    """Body of an urlencoded request; empty for every other one."""
    authorization: str


def _refused(sentence: str) -> Refusal:
    headers = {"WWW-Authenticate": 'OAuth realm="OAuth"'}
    return Refusal(401, f"Authorization Error: {sentence}", HTML, headers)


def parse_header(authorization: str) -> dict[str, str]:
    """Return the parameters of an OAuth header without their prefix `oauth_`, in whatever order they came.

    Empty when the header is absent, not OAuth, or incomplete: MAAS then treats the request as anonymous.
    """
    scheme, _, rest = authorization[:HEADER_LIMIT].strip().partition(" ")
    if scheme.lower() != "oauth":
        return {}
    found = {name.removeprefix("oauth_"): unquote(value) for name, value in _PARAMETER.findall(rest)}
    return found if all(found.get(name) for name in _REQUIRED) else {}


def authenticate(region: Region, signed: Signed) -> tuple[User, Token] | None:
    """Return who signed the request; None when nobody did. Raises a 401 that never tells what was expected."""
    given = parse_header(signed.authorization)
    if not given:
        return None
    version = given.get("version", "1.0")
    if version != "1.0":
        raise _refused(f"'OAuth version {_shown(version)} not supported.'")
    found = region.find_token(given["token"])
    if not any(given["consumer_key"] == token.consumer for user in region.users.values() for token in user.tokens):
        raise _refused("Invalid API key.")
    if found is None or found[1].consumer != given["consumer_key"]:
        raise _refused(f"'Invalid access token: {_shown(given['token'])}'")
    user, token = found
    timestamp = _check_timestamp(region, given["timestamp"])
    if region.nonces.used(token.key, given["nonce"]):
        raise _refused(f"'Nonce already used: {_shown(given['nonce'])}'")
    if not _signature_fits(signed, given, token):
        raise _refused("'Invalid signature. Expected signature base string: (not shown)'")
    region.nonces.use(token.key, given["nonce"], timestamp)
    return user, token


def _check_timestamp(region: Region, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise _refused(f"'Invalid timestamp: {_shown(text)}'")
    timestamp, now = int(text), region.nonces.now()
    if now - timestamp > THRESHOLD_SECONDS:
        raise _refused(
            f"'Expired timestamp: given {timestamp} and now {now} has a greater difference than"
            f" threshold {THRESHOLD_SECONDS}'"
        )
    return timestamp


def _signature_fits(signed: Signed, given: dict[str, str], token: Token) -> bool:
    method = given["signature_method"].upper()
    if method == "PLAINTEXT":
        expected = signing.sign_plaintext("", token.secret)
    elif method == "HMAC-SHA1":
        covered = [
            *parse_qsl(signed.query, keep_blank_values=True),
            *parse_qsl(signed.form, keep_blank_values=True),
            *((f"oauth_{name}", value) for name, value in given.items() if name not in {"signature", "realm"}),
        ]
        try:
            address = signing.base_string_uri(signed.uri)
        except ValueError:
            return False
        # The stubs know fewer forms of these arguments than the functions take.
        normalised = signing.normalize_parameters(cast("Any", covered))
        base = signing.signature_base_string(cast("Any", signed.method), address, normalised)
        client = Client(token.consumer, resource_owner_secret=token.secret)
        expected = str(cast("Any", signing).sign_hmac_sha1_with_client(base, client))
    else:
        raise _refused(f"'Signature method {_shown(method)} not supported.'")
    return hmac.compare_digest(expected.encode(), given["signature"].encode())


def _shown(text: str) -> str:
    """Return what a client sent so that an HTML page may hold it."""
    return re.sub(r"[^\w.:+=/ -]", "?", text[:64], flags=re.ASCII)


def require(identity: tuple[User, Token] | None) -> tuple[User, Token]:
    """Return who signed, or refuse with 401."""
    if identity is None:
        raise unauthorised()
    return identity
