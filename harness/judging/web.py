"""What an HTTP server answered, as far as judging needs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, or the fact that nobody listens there."""

    status: int | None
    """HTTP status; None when no server answered."""
    body: str = ""
    server: str = ""
    """The header `Server`, as `nginx/1.22.1` or `WSGIServer/0.2 CPython/3.11.2`."""
    refused: str = ""
    """Why nobody answered (`connection refused`), when `status` is None."""

    def describe(self) -> str:
        """Return the answer in one line."""
        if self.status is None:
            return self.refused or "no answer"
        text = " ".join(self.body.split())
        return f"{self.status} from {self.server or 'an unnamed server'}: {text[:120] or '(empty)'}"
