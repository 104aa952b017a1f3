"""The signature as another program reads it: by the specifications of DSSE and in-toto alone, without our code."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from harness.verdicts import Verdict
from kitcheck.evidence import bundle
from tests.evidence import bundles

RESOURCE = {"name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations"}
"""The fields of a resource descriptor, in-toto attestation framework v1."""


def opened(files: dict[str, bytes], key: Ed25519PublicKey) -> dict[str, Any]:
    """Return the statement of a bundle, whose signature and digests are verified; InvalidSignature when it is not."""
    envelope = json.loads(files["manifest.dsse.json"])
    payload, kind = base64.b64decode(envelope["payload"], validate=True), envelope["payloadType"]
    # DSSE 1.0.2, protocol.md: SIGN(PAE(UTF8(PAYLOAD_TYPE), SERIALIZED_BODY))
    signed = f"DSSEv1 {len(kind.encode())} {kind} {len(payload)} ".encode() + payload
    for signature in envelope["signatures"]:
        key.verify(base64.b64decode(signature["sig"], validate=True), signed)

    assert kind == "application/vnd.in-toto+json"
    assert len(envelope["signatures"]) == 1
    return json.loads(payload)


def unpacked(path: Path) -> dict[str, bytes]:
    """Return a zip's files."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("verdict", "said", "passed", "failed"),
    [
        (Verdict.PASSED, "PASSED", ["checkpoint-1/first-django-answers"], []),
        (Verdict.FAILED, "FAILED", [], ["checkpoint-1/first-django-answers"]),
        (Verdict.ERROR, "FAILED", [], []),
        (Verdict.SKIPPED, "FAILED", [], []),
    ],
)
def test_another_program_verifies(
    tmp_path: Path, verdict: Verdict, said: str, passed: list[str], failed: list[str]
) -> None:
    """Signature, statement and every digest; the predicate has its fields and no others."""
    bundle.write(bundles.small(verdict=verdict), tmp_path / "b.zip", key=bundles.KEY)
    files = unpacked(tmp_path / "b.zip")
    key = load_pem_public_key(files["signer.pem"])
    assert isinstance(key, Ed25519PublicKey)
    statement = opened(files, key)
    predicate, listed = statement["predicate"], json.loads(files["manifest.json"])["files"]

    assert set(statement) == {"_type", "subject", "predicateType", "predicate"}
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert statement["subject"] == [
        {"name": "manifest.json", "digest": {"sha256": hashlib.sha256(files["manifest.json"]).hexdigest()}}
    ]
    assert set(predicate) == {"result", "configuration", "passedTests", "warnedTests", "failedTests"}
    assert (predicate["result"], predicate["warnedTests"]) == (said, [])
    assert (predicate["passedTests"], predicate["failedTests"]) == (passed, failed)
    assert [set(each) - RESOURCE for each in predicate["configuration"]] == [set()]
    assert all({"uri", "digest", "content"} & set(each) for each in predicate["configuration"])
    assert {each["path"]: each["sha256"] for each in listed} == {
        path: hashlib.sha256(content).hexdigest()
        for path, content in files.items()
        if path not in ("manifest.json", "manifest.dsse.json")
    }


def test_another_program_refuses(tmp_path: Path) -> None:
    """Another key's signature, and a statement that was changed after signing."""
    bundle.write(bundles.small(), tmp_path / "b.zip", key=bundles.KEY)
    files = unpacked(tmp_path / "b.zip")
    envelope = json.loads(files["manifest.dsse.json"])
    payload = base64.b64decode(envelope["payload"]).replace(b'"PASSED"', b'"FAILED"')
    envelope["payload"] = base64.b64encode(payload).decode()

    with pytest.raises(InvalidSignature):
        opened(files, bundles.OTHER_KEY.public_key())
    with pytest.raises(InvalidSignature):
        opened({"manifest.dsse.json": json.dumps(envelope).encode()}, bundles.KEY.public_key())
