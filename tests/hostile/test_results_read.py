"""Results and bundles that a student hands in: `report` and `verify` refuse what is none, and never fail themselves."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import junit, result
from harness.errors import UsageError
from harness.reporting import kit_page
from harness.table import explanations, summary
from kitcheck.evidence import handin, manifest, verify
from kitcheck.evidence.reading import Contents
from tests.grading.results import every_verdict

Place = tuple[str | int, ...]
VALUES: dict[str, Any] = {
    "nothing": None,
    "number": 5,
    "infinite": 1e400,
    "nan": float("nan"),
    "huge": 10**400,
    "negative": -1,
    "list": [],
    "object": {},
    "true": True,
    "first-day": "0001-01-01T00:00:00+14:00",
    "last-day": "9999-12-31T23:59:59-14:00",
    "local": "2026-01-01T00:00:00",
    "deep": json.loads("[" * 800 + "]" * 800),
    "surrogate": "\ud800\x1b[2J",
}
DOCUMENT = json.loads(json.dumps(result.document(every_verdict())))


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where every value of a document is; of a list, the first."""
    if place:
        yield place
    if isinstance(value, dict):
        for key in value:  # pyright: ignore[reportUnknownVariableType] - any document
            yield from places(value[key], (*place, key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list) and value:
        yield from places(value[0], (*place, 0))  # pyright: ignore[reportUnknownArgumentType]


def changed(place: Place, value: Any) -> bytes:
    """Return the document with another value at a place."""
    document = copy.deepcopy(DOCUMENT)
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return json.dumps(document).encode()


def bundle(content: bytes) -> Contents:
    """Return a bundle with that result, whose manifest lists it rightly."""
    listed = [{"path": manifest.RESULT, "size": len(content), "sha256": manifest.digest(content)}]
    return Contents(
        {manifest.RESULT: content, manifest.NAME: manifest.dumped({"schema": manifest.SCHEMA, "files": listed})}
    )


@pytest.mark.parametrize("value", [each for each in VALUES if each != "surrogate"])
def test_values_of_another_kind(value: str) -> None:
    """Whatever stands where something else should: it is refused, or can be shown and written."""
    troubles: list[str] = []
    for place in places(DOCUMENT):
        content = changed(place, VALUES[value])
        try:
            read = result.loaded(content, "r.json")
        except UsageError:
            continue
        try:
            junit.document(read)
            kit_page.render(read)
            handin.render(read, [], lang="en")
            explanations(read)
            summary(read)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            troubles.append(f"{'.'.join(map(str, place))}: {type(error).__name__}")

    assert troubles == []


@pytest.mark.parametrize("value", VALUES)
def test_bundles_of_another_kind(value: str) -> None:
    """`verify` says what is wrong with each."""
    whole = [place for place in places(DOCUMENT) if not verify.problems(bundle(changed(place, VALUES[value])))]

    assert whole == []


def test_texts_of_an_enemy() -> None:
    """Any text is a text: it is shown, escaped."""
    for place in places(DOCUMENT):
        try:
            read = result.loaded(changed(place, VALUES["surrogate"]), "r.json")
        except UsageError:
            continue
        assert "\x1b" not in kit_page.render(read)
        assert b"\x1b" not in junit.document(read)
        assert "\x1b" not in "\n".join(line for _, line in explanations(read)) + "\n".join(summary(read)[-1:])


def test_a_file_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read of a file than results have."""
    monkeypatch.setattr(result, "SIZE_LIMIT", 1_000, raising=False)
    (tmp_path / "r.json").write_bytes(b"[" * 2_000)

    with pytest.raises(UsageError, match="larger than any result"):
        result.read(tmp_path / "r.json")
