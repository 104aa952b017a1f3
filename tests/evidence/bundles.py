"""Small results, pictures and keys for the tests of evidence."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Evidence, Verdict
from kitcheck.evidence.picture import Picture
from tests.grading.results import FINISHED, STARTED

AT = "2025-03-01T09:30:01.000Z"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
IDENTITY = Identity("uuid-1", {"server1": "8pchr3"}, {"server1": ("54:b2:03:00:00:01",)}, {"main": "SHA256:abc"}, "c-1")


def small(*, verdict: Verdict = Verdict.PASSED, text: str = "200 OK") -> Result:
    """Return a result of one checkpoint with two checks and two pieces of evidence."""
    pieces = (Evidence("http", "server2", AT, "GET /tasks/", text), Evidence("command", "main", AT, "$ uptime", text))
    checks = (
        CheckResult("checkpoint-1", "first-django-answers", "It answers", verdict, 2, text, evidence=pieces),
        CheckResult("checkpoint-1", "explain-manual-installation", "Explain", Verdict.MANUAL, 2),
    )
    return Result("kit-e", STARTED, FINISHED, (CheckpointResult("checkpoint-1", "By hand", checks),), "0.1.0", IDENTITY)


def everywhere(text: str) -> Result:
    """Return a result that has `text` wherever a kit can bring one."""
    piece = Evidence("sql", text, AT, text, f"before {text} after")
    check = CheckResult(
        "checkpoint-1", "it", text, Verdict.FAILED, 1, text, text, text, f"<{text}>", 0.1, (piece, piece)
    )
    identity = Identity(text, {text: text}, {text: (text,)}, {text: text}, text)
    checkpoints = (CheckpointResult("checkpoint-1", "By hand", (check,)),)
    return replace(small(), kit=text, identity=identity, checkpoints=checkpoints)


def png(width: int = 2, height: int = 2) -> bytes:
    """Return a picture of one colour."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x80\x90\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def picture(name: str = "checkpoint-1-django-1", *, check: str = "first-django-answers") -> Picture:
    """Return a picture of the first checkpoint."""
    caption = "The application on the first Django server, installed by hand."
    return Picture(name, "checkpoint-1", check, "server2", AT, caption, png())
