"""What the harness sees while one check runs, kept so that the verdict can be defended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from harness.errors import KitError, UsageError
from harness.printable import printable
from harness.spellings import SHORTEST, spellings
from harness.verdicts import Evidence

BODY_LIMIT = 16_384
"""Characters kept of one piece of evidence; the rest is counted, not kept."""
PIECES_LIMIT = 200
"""Pieces kept for one check."""
SUMMARY_LIMIT, SOURCE_LIMIT = 500, 200
"""Characters of a piece's summary, and of the name of who said it."""
SPELT_LIMIT = 32
"""Secrets that are looked for in every spelling. A kit's description has fewer; lines of a private key, which come
after them and by the hundred, are hidden as they stand."""
FAILURE_LIMIT = 1_000
"""Characters of each line of a failure that `clear` leaves: a kit may have chosen most of them."""

Failure = TypeVar("Failure", KitError, UsageError)


class EvidenceLog:
    """Collects evidence; secrets that it was told of never get in.

    `record` may be called from several threads.
    """

    def __init__(self) -> None:
        self._pieces: list[Evidence] = []
        self._secrets: set[str] = set()
        self._hidden: list[str] = []
        """Every spelling that is hidden, the longest first."""
        self._claims: list[tuple[str, str]] = []

    def hide(self, secret: str) -> None:
        """Never keep `secret`, nor its spellings in addresses, HTML, JSON, base64 and hexadecimal.

        Nothing shorter than 6 characters: replacing those would garble evidence.
        """
        if len(secret) < SHORTEST or secret in self._secrets:
            return
        self._secrets.add(secret)
        spelt = spellings(secret) if len(self._secrets) <= SPELT_LIMIT else {secret}
        # a new list: another thread may be going through the old one
        self._hidden = sorted({*self._hidden, *spelt}, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return `text` without any secret."""
        for secret in self._hidden:
            text = text.replace(secret, "[hidden]")
        return text

    def clear(self, failure: Failure) -> Failure:
        """Return `failure`, in whose words no secret is left: for what is told where no check takes care of that."""
        failure.args = tuple(self._short(str(each)) for each in failure.args)
        if isinstance(failure, KitError):
            failure.help = self._short(failure.help)
        else:
            failure.lines = failure.args
        return failure

    def _short(self, text: str) -> str:
        return printable(self.redact(text), limit=FAILURE_LIMIT)

    def record(self, kind: str, source: str, summary: str, body: str = "") -> Evidence:
        """Keep one piece of evidence, and return it as it was kept."""
        body = self.redact(body)
        if len(body) > BODY_LIMIT:
            body = f"{body[:BODY_LIMIT]}\n[{len(body) - BODY_LIMIT} more characters not kept]"
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        piece = Evidence(kind, self.redact(source)[:SOURCE_LIMIT], at, self.redact(summary)[:SUMMARY_LIMIT], body)
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
