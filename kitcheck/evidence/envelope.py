"""Signs bytes, and checks signatures: DSSE envelopes with Ed25519 keys in PEM files.

Field names and what is signed: DSSE 1.0.2, https://github.com/secure-systems-lab/dsse (envelope.md, protocol.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from harness.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""What the payload is: an in-toto statement."""
KEY_LIMIT = 65_536
"""Bytes read of a key file."""
SIGNATURES_LIMIT = 20
"""Signatures of one envelope that are looked at."""


class BadEnvelopeError(Exception):
    """No such signature: the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope holds, before anybody checked who signed it."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]
    keyids: tuple[str, ...]
    """Hints only: nobody signed them."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding, with lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the envelope of an in-toto statement, signed."""
    return rendered(payload, key.sign(pae(PAYLOAD_TYPE, payload)), key.public_key())


def rendered(payload: bytes, signature: bytes, key: Ed25519PublicKey) -> bytes:
    """Return an envelope as we write it: the same bytes for the same signature."""
    envelope = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id(key), "sig": base64.b64encode(signature).decode("ascii")}],
    }
    return json.dumps(envelope, indent=2).encode("ascii") + b"\n"


def opened(content: bytes) -> Opened:
    """Return what an envelope holds. Raises BadEnvelopeError when it is none."""
    try:
        told = _object(json.loads(content))
        kind, signatures = told["payloadType"], told["signatures"]
        if not isinstance(kind, str) or not isinstance(signatures, list):
            raise TypeError  # noqa: TRY301 - told as every other wrong shape below
        several = [_object(each) for each in cast("list[object]", signatures)[:SIGNATURES_LIMIT]]
        return Opened(
            kind,
            _bytes(told["payload"]),
            tuple(_bytes(each["sig"]) for each in several),
            tuple(str(each.get("keyid") or "")[:100] for each in several),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadEnvelopeError("it is no DSSE envelope") from None


def check(envelope: Opened, key: Ed25519PublicKey) -> bytes:
    """Return the signature when this key made it, over an in-toto statement. Raises BadEnvelopeError.

    DSSE: key ids are no proof, so every signature is tried; the type of the payload is signed with it.
    """
    from cryptography.exceptions import InvalidSignature

    if envelope.payload_type != PAYLOAD_TYPE:
        raise BadEnvelopeError(f"it holds something else than {PAYLOAD_TYPE}")
    for signature in envelope.signatures:
        try:
            key.verify(signature, pae(envelope.payload_type, envelope.payload))
        except InvalidSignature:
            continue
        return signature
    named = [keyid for keyid in envelope.keyids if keyid.isalnum()]
    if key_id(key) in named:
        raise BadEnvelopeError(f"changed: the key {key_id(key)} signed something else")
    raise BadEnvelopeError(f"signed by another key: expected {key_id(key)}, it names {', '.join(named) or 'none'}")


def key_id(key: Ed25519PublicKey) -> str:
    """Return what a public key is called: the SHA-256 of its DER form (SubjectPublicKeyInfo), hexadecimal."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def pem(key: Ed25519PublicKey) -> bytes:
    """Return a public key as a PEM file."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file; UsageError when there is none that can sign."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), password=None)
    except TypeError:
        raise UsageError(f"{path}: the key is encrypted; expected one without a passphrase") from None
    except UsageError:
        raise
    except Exception:  # noqa: BLE001 - whatever the library makes of a file that is none
        raise UsageError(f"{path}: {_EXPECTED_PRIVATE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: {_EXPECTED_PRIVATE}")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file; UsageError when there is none of the kind."""
    key = public_key_of(_read(path))
    if key is None:
        raise UsageError(f"{path}: {_EXPECTED_PUBLIC}")
    return key


def public_key_of(content: bytes) -> Ed25519PublicKey | None:
    """Return the public key that a PEM file holds; None when it holds no Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content[:KEY_LIMIT])
    except Exception:  # noqa: BLE001 - as above
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


_EXPECTED_PRIVATE = (
    "expected an Ed25519 private key in PEM; `openssl genpkey -algorithm ed25519 -out key.pem` makes one"
)
_EXPECTED_PUBLIC = "expected an Ed25519 public key in PEM; `openssl pkey -in key.pem -pubout -out public.pem` writes it"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(KEY_LIMIT)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    return cast("dict[str, object]", value)


def _bytes(value: object) -> bytes:
    """Return what base64 stands for; DSSE: consumers take the standard and the URL-safe alphabet."""
    if not isinstance(value, str):
        raise TypeError
    try:
        return base64.b64decode(value.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError from None
