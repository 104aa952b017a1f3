"""What stands in a bundle's manifest: the digest of every file, which kit it was, what was found, by which version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

NAME = "manifest.json"
SIGNATURE = "manifest.dsse.json"
"""The signature over the manifest; the only file that the manifest cannot list, but itself."""
SIGNER = "signer.pem"
"""The signer's public key: tells a damaged signature from a whole one, and not whose it is."""
RESULT = "result.json"
FORMAT = "kitcheck/evidence/"
SCHEMA = f"{FORMAT}1"
"""The format of this version."""


def about(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says of a result document, apart from the files; KeyError when it is no such document."""
    return {
        "schema": SCHEMA,
        **{key: told[key] for key in ("kit", "identity", "verdict", "points", "started_at", "finished_at")},
        "checkpoints": [
            {key: checkpoint[key] for key in ("id", "verdict", "points")} for checkpoint in told["checkpoints"]
        ],
        "versions": {"kitcheck": told["kitcheck_version"], "result": told["schema"]},
    }


def of(told: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a bundle of that result document: one entry for each file, in the order of their names.

    Made of the document as it is written, so that a bundle of another version, with less or more to say of a kit, is
    verified by what it says itself.
    """
    listed = [
        {"path": path, "size": len(content), "sha256": digest(content)} for path, content in sorted(files.items())
    ]
    return dumped({**about(told), "files": listed})


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def dumped(value: object) -> bytes:
    """Return JSON as a bundle has it: readable, and the same for the same value."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return text.encode("utf-8", "backslashreplace") + b"\n"
