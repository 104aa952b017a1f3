"""How MAAS says no: status, content type and sentence of each kind of refusal (MAAS 3.5, measured)."""

from __future__ import annotations

import json
from collections.abc import Mapping

TEXT = "text/plain; charset=utf-8"
BARE_TEXT = "text/plain"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


class Refusal(Exception):
    """An answer that is not a success; raised anywhere while a call is served."""

    def __init__(
        self, status: int, body: str = "", content_type: str = TEXT, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with `status` and `body`."""
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = dict(headers or {})


def conflict(sentence: str) -> Refusal:
    """409: the machine's state does not allow it. No Retry-After: clients would sleep on an ordinary conflict."""
    return Refusal(409, sentence)


def forbidden() -> Refusal:
    """403 with an empty body: not your machine, or not an administrator."""
    return Refusal(403)


def unauthorised() -> Refusal:
    """401 without a challenge: nothing in the request says who is calling."""
    return Refusal(401, "Forbidden", BARE_TEXT)


def not_found(kind: str) -> Refusal:
    """404: no object of `kind` (`Machine`, `Zone`...) has that name or id."""
    return Refusal(404, f"No {kind} matches the given query.")


def invalid(field: str, *problems: str) -> Refusal:
    """400: a parameter's value cannot be used."""
    return invalid_fields({field: list(problems)})


def invalid_fields(problems: Mapping[str, list[str]]) -> Refusal:
    """400: several parameters cannot be used."""
    return Refusal(400, json.dumps(problems), JSON)


def not_simulated(what: str) -> Refusal:
    """501: the real MAAS does this, the simulator does not."""
    return Refusal(501, f"Not simulated: {what}", BARE_TEXT)
