"""Signatures: DSSE's encoding, keys in PEM files, and every way in which an envelope is not what it says."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.errors import UsageError
from kitcheck.evidence import envelope
from tests.evidence.bundles import KEY, OTHER_KEY

PLAIN = serialization.NoEncryption()
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def test_pae() -> None:
    """DSSE 1.0: lengths are of bytes, in decimal."""
    assert envelope.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert envelope.pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_sealed() -> None:
    """An envelope has the fields of DSSE, and its own key opens it."""
    sealed = envelope.sealed(b'{"a":1}', KEY)
    told = json.loads(sealed)
    opened = envelope.opened(sealed)

    assert set(told) == {"payload", "payloadType", "signatures"}
    assert told["payloadType"] == "application/vnd.in-toto+json"
    assert set(told["signatures"][0]) == {"keyid", "sig"}
    assert envelope.check(opened, KEY.public_key()) == opened.signatures[0]
    assert opened.payload == b'{"a":1}'


def test_url_safe_base64_is_taken() -> None:
    """DSSE: consumers accept either alphabet, and ignore fields that they do not know."""
    payload = b"\xfb\xff\xbe>?"
    signature = KEY.sign(envelope.pae(envelope.PAYLOAD_TYPE, payload))
    told = {
        "payload": base64.urlsafe_b64encode(payload).decode(),
        "payloadType": envelope.PAYLOAD_TYPE,
        "signatures": [{"sig": base64.urlsafe_b64encode(signature).decode()}],
        "more": 1,
    }

    assert envelope.check(envelope.opened(json.dumps(told).encode()), KEY.public_key()) == signature


@pytest.mark.parametrize(
    "change",
    [
        {"payload": base64.b64encode(b"{}").decode()},
        {"payloadType": "application/json"},
        {"signatures": []},
        {"signatures": [{"keyid": "", "sig": "AAAA"}]},
    ],
    ids=["payload", "type", "no signature", "signature"],
)
def test_changed_envelopes(change: dict[str, object]) -> None:
    """What was changed after signing is refused."""
    told = json.loads(envelope.sealed(b'{"a":1}', KEY)) | change
    with pytest.raises(envelope.BadEnvelopeError):
        envelope.check(envelope.opened(json.dumps(told).encode()), KEY.public_key())


def test_signed_as_something_else() -> None:
    """What our key signed as another type of payload is no statement, whatever it says."""
    told = json.loads(envelope.sealed(b"{}", KEY)) | {
        "payloadType": "text/plain",
        "signatures": [{"sig": base64.b64encode(KEY.sign(envelope.pae("text/plain", b"{}"))).decode()}],
    }
    with pytest.raises(envelope.BadEnvelopeError, match="something else"):
        envelope.check(envelope.opened(json.dumps(told).encode()), KEY.public_key())


def test_wrong_key() -> None:
    """Another key's signature is refused, and the message names both."""
    with pytest.raises(envelope.BadEnvelopeError) as refused:
        envelope.check(envelope.opened(envelope.sealed(b"{}", OTHER_KEY)), KEY.public_key())

    assert envelope.key_id(KEY.public_key()) in str(refused.value)
    assert envelope.key_id(OTHER_KEY.public_key()) in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"payload":1,"payloadType":"x","signatures":[]}', b"[" * 100_000, b"\xff",
     b'{"payload":"","payloadType":"x","signatures":[1]}', b'{"payload":"%","payloadType":"x","signatures":[]}'],
)  # fmt: skip
def test_no_envelopes(content: bytes) -> None:
    """What is no envelope says so, and nothing else happens."""
    with pytest.raises(envelope.BadEnvelopeError, match="no DSSE envelope"):
        envelope.opened(content)


def test_key_files(tmp_path: Path) -> None:
    """Keys are read from PEM files; any other file is one line."""
    secret, public = tmp_path / "key.pem", tmp_path / "public.pem"
    secret.write_bytes(KEY.private_bytes(PEM, PKCS8, PLAIN))
    public.write_bytes(envelope.pem(KEY.public_key()))
    locked, other = tmp_path / "locked.pem", tmp_path / "other.pem"
    locked.write_bytes(KEY.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")))
    other.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, PLAIN))

    assert envelope.key_id(envelope.private_key(secret).public_key()) == envelope.key_id(envelope.public_key(public))
    for path, why in ((public, "Ed25519 private"), (locked, "encrypted"), (other, "Ed25519"), (tmp_path, "be read")):
        with pytest.raises(UsageError, match=why):
            envelope.private_key(path)
    for path in (secret, other):
        with pytest.raises(UsageError, match="Ed25519 public"):
            envelope.public_key(path)
