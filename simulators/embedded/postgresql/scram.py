"""SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL's server speaks it, without channel binding."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

MECHANISM = "SCRAM-SHA-256"
ITERATIONS = 4096
"""PostgreSQL's own number (scram_iterations)."""


class ScramError(Exception):
    """The client did not prove that it knows the password, or does not speak SCRAM."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is kept of a password."""

    salt: bytes
    stored_key: bytes
    server_key: bytes

    def fits(self, password: str) -> bool:
        """Return whether it was made from `password`."""
        return hmac.compare_digest(verifier(password, self.salt).stored_key, self.stored_key)


def verifier(password: str, salt: bytes | None = None) -> Verifier:
    """Return what to keep of a password."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client_key = _hmac(salted, b"Client Key")
    return Verifier(salt, hashlib.sha256(client_key).digest(), _hmac(salted, b"Server Key"))


class Exchange:
    """One login. With no verifier (no such role, or no password) it goes on to its end, and fails there."""

    def __init__(self, kept: Verifier | None) -> None:
        self._kept = kept
        self._nonce = base64.b64encode(secrets.token_bytes(18)).decode()
        self._messages = ""

    def challenge(self, client_first: bytes) -> bytes:
        """Return the server's first message. Raises ScramError."""
        text = _text(client_first)
        binding, _, rest = text.partition(",")
        _, _, bare = rest.partition(",")
        fields = _fields(bare)
        if binding not in ("n", "y") or "r" not in fields:
            raise ScramError("malformed SCRAM message")
        self._nonce = fields["r"] + self._nonce
        salt = base64.b64encode(self._kept.salt if self._kept else secrets.token_bytes(16)).decode()
        first = f"r={self._nonce},s={salt},i={ITERATIONS}"
        self._messages = f"{bare},{first}"
        return first.encode()

    def verdict(self, client_final: bytes) -> bytes:
        """Return the server's final message. Raises ScramError when the proof is wrong."""
        text = _text(client_final)
        without_proof, _, proof = text.rpartition(",p=")
        if _fields(without_proof).get("r") != self._nonce:
            raise ScramError("invalid SCRAM response")
        if self._kept is None:
            raise ScramError("no password")
        signed = f"{self._messages},{without_proof}".encode()
        signature = _hmac(self._kept.stored_key, signed)
        try:
            sent = base64.b64decode(proof, validate=True)
        except ValueError as error:
            raise ScramError("malformed SCRAM message") from error
        client_key = bytes(a ^ b for a, b in zip(sent, signature, strict=False))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._kept.stored_key):
            raise ScramError("wrong password")
        return b"v=" + base64.b64encode(_hmac(self._kept.server_key, signed))


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise ScramError("malformed SCRAM message") from error


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def _fields(message: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in message.split(","))}
