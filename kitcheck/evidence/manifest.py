"""What stands in a bundle's manifest: the digest of every file, which kit it was, what was found, by which version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harness.result import Result, document

NAME = "manifest.json"
SIGNATURE = "manifest.dsse.json"
"""The signature over the manifest; the only file that the manifest cannot list, but itself."""
SIGNER = "signer.pem"
"""The signer's public key: tells a damaged signature from a whole one, and not whose it is."""
RESULT = "result.json"
SCHEMA = "kitcheck/evidence/1"


def about(result: Result) -> dict[str, Any]:
    """Return what a manifest says of a result, apart from the files."""
    told = document(result)
    return {
        "schema": SCHEMA,
        **{key: told[key] for key in ("kit", "identity", "verdict", "points", "started_at", "finished_at")},
        "checkpoints": [
            {key: checkpoint[key] for key in ("id", "verdict", "points")} for checkpoint in told["checkpoints"]
        ],
        "versions": {"kitcheck": told["kitcheck_version"], "result": told["schema"]},
    }


def of(result: Result, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a bundle: one entry for each file, in the order of their names."""
    listed = [
        {"path": path, "size": len(content), "sha256": digest(content)} for path, content in sorted(files.items())
    ]
    return dumped({**about(result), "files": listed})


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def dumped(value: object) -> bytes:
    """Return JSON as a bundle has it: readable, and the same for the same value."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return text.encode("utf-8", "backslashreplace") + b"\n"
