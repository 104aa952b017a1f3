"""What goes back over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from simulators.maas.refusals import BARE_TEXT, JSON, Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict[str, str])


class JsonText(str):
    """Text that is JSON already."""

    __slots__ = ()


DELETED = Answer(204, b"", BARE_TEXT)


def answer_from(value: object) -> Answer:
    """Return what an operation returned as an answer: an Answer as it is, anything else as JSON, indented by 4."""
    if isinstance(value, Answer):
        return value
    if isinstance(value, JsonText):
        return Answer(body=value.encode())
    return Answer(body=json.dumps(value, indent=4).encode())


def answer_to(refusal: Refusal) -> Answer:
    """Return a refusal as an answer."""
    return Answer(refusal.status, refusal.body.encode(), refusal.content_type, refusal.headers)


def listed(items: list[str]) -> JsonText:
    """Return a JSON list of texts that are JSON objects, indented as `json.dumps` would."""
    if not items:
        return JsonText("[]")
    return JsonText("[\n    " + ",\n    ".join(item.replace("\n", "\n    ") for item in items) + "\n]")
