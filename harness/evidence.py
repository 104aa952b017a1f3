"""What the harness sees while one check runs, kept so that the verdict can be defended."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.verdicts import Evidence

BODY_LIMIT = 16_384
"""Characters kept of one piece of evidence; the rest is counted, not kept."""
PIECES_LIMIT = 200
"""Pieces kept for one check."""


class EvidenceLog:
    """Collects evidence; secrets that it was told of never get in.

    `record` may be called from several threads.
    """

    def __init__(self) -> None:
        self._pieces: list[Evidence] = []
        self._secrets: set[str] = set()
        self._claims: list[tuple[str, str]] = []

    def hide(self, secret: str) -> None:
        """Never keep `secret` (nothing shorter than 6 characters: replacing those would garble evidence)."""
        if len(secret) >= 6:
            self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """Return `text` without any secret."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "[hidden]")
        return text

    def record(self, kind: str, source: str, summary: str, body: str = "") -> Evidence:
        """Keep one piece of evidence, and return it as it was kept."""
        body = self.redact(body)
        if len(body) > BODY_LIMIT:
            body = f"{body[:BODY_LIMIT]}\n[{len(body) - BODY_LIMIT} more characters not kept]"
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        piece = Evidence(kind, source, at, self.redact(summary)[:500], body)
        if len(self._pieces) < PIECES_LIMIT:
            self._pieces.append(piece)
        return piece

    def keep(self, piece: Evidence) -> None:
        """Keep evidence that was recorded earlier and is used again (an answer shared between checks)."""
        if len(self._pieces) < PIECES_LIMIT and piece not in self._pieces:
            self._pieces.append(piece)

    @property
    def pieces(self) -> tuple[Evidence, ...]:
        """What was collected since the last `take`."""
        return tuple(self._pieces)

    def claim(self, expected: str, observed: str) -> None:
        """Keep what a judged claim expects and what was seen of it."""
        self._claims.append((expected, observed))

    @property
    def claims(self) -> tuple[str, str]:
        """What all claims since the last `take` expected, and what was seen of them, a line each."""
        return "\n".join(e for e, _ in self._claims if e), "\n".join(o for _, o in self._claims if o)

    def take(self) -> tuple[Evidence, ...]:
        """Return what was collected since the last call, and start anew."""
        pieces, self._pieces, self._claims = self._pieces, [], []
        return tuple(pieces)
