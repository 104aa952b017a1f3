"""Passwords as WordPress 6.1 keeps them: phpass' portable hashes, `$P$B` and 8192 rounds of MD5."""

from __future__ import annotations

import hashlib
import hmac
import secrets

LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ROUNDS = 13
"""Logarithm of the number of rounds to the base 2; its letter is `B`."""


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    salt = "".join(secrets.choice(LETTERS) for _ in range(8))
    return _hash(password, f"$P${LETTERS[ROUNDS]}{salt}")


def fits(password: str, kept: str) -> bool:
    """Return whether a password is the one of which `kept` is kept; an old MD5 of 32 letters counts as well."""
    if len(kept) == 32:
        made = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    elif kept.startswith(("$P$", "$H$")) and len(kept) == 34 and kept[3] in LETTERS[7:31]:
        made = _hash(password, kept[:12])
    else:
        return False
    return hmac.compare_digest(made.encode(), kept.encode("utf-8", "replace"))


def _hash(password: str, setting: str) -> str:
    secret = password.encode()
    digest = hashlib.md5(setting[4:12].encode() + secret, usedforsecurity=False).digest()
    for _ in range(1 << LETTERS.index(setting[3])):
        digest = hashlib.md5(digest + secret, usedforsecurity=False).digest()
    return setting[:12] + _encoded(digest)


def _encoded(data: bytes) -> str:
    """phpass: three bytes are four letters, the lowest six bits first."""
    letters: list[str] = []
    for at in range(0, len(data), 3):
        piece = data[at : at + 3]
        value = int.from_bytes(piece, "little")
        letters += [LETTERS[value >> 6 * n & 63] for n in range(len(piece) + 1)]
    return "".join(letters)
