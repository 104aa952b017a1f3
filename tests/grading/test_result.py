"""The result document: as the contract has it, described field by field, written whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.errors import UsageError
from harness.result import Result, document, read, writable, write, write_whole
from harness.verdicts import Overall
from tests.grading.results import every_verdict, hostile, result

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "result.schema.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return the published schema."""
    return json.loads(SCHEMA_FILE.read_bytes())


def test_document() -> None:
    """The document is the contract's, to the last field."""
    told = document(every_verdict())
    checks = told["checkpoints"][0].pop("checks")

    assert told["checkpoints"][0] == {
        "id": "checkpoint-1",
        "title": "By hand",
        "verdict": "failed",
        "points": {"earned": 1.5, "possible": 7.5, "undecided": 2},
    }
    assert checks[1] == {
        "id": "it-failed",
        "title": "It failed",
        "verdict": "failed",
        "points": {"earned": 0, "possible": 2},
        "rationale": "it answers 502",
        "help": "look at the upstream",
        "expected": "200",
        "observed": "502",
        "duration_s": 0.25,
        "evidence": [
            {
                "kind": "http",
                "source": "server4",
                "at": "2025-03-01T09:30:01.000Z",
                "summary": "GET / → 502",
                "body": "Bad Gateway",
            }
        ],
    }
    del told["checkpoints"]
    assert told == {
        "schema": "kitcheck/result/1",
        "kit": "kit-r",
        "identity": {"maas_uuid": "uuid-1", "system_ids": {"server1": "8pchr3"}},
        "started_at": "2025-03-01T09:30:00.250Z",
        "finished_at": "2025-03-01T09:30:04.000Z",
        "kitcheck_version": "0.1.0",
        "verdict": "failed",
        "points": {"earned": 1.5, "possible": 9.5, "undecided": 4},
    }


@pytest.mark.parametrize("graded", [every_verdict(), hostile(), result()], ids=["every verdict", "hostile", "empty"])
def test_written_results_are_valid(graded: Result, schema: dict[str, Any], tmp_path: Path) -> None:
    """What is written satisfies the schema, and is UTF-8 whatever the kit said."""
    path = tmp_path / "r.json"
    write(graded, path)
    told = json.loads(path.read_bytes().decode("utf-8"))

    jsonschema.Draft202012Validator.check_schema(schema)
    assert _faults(told, schema) == []


def test_schema_is_strict(schema: dict[str, Any]) -> None:
    """A field that nobody described is refused, and so is one that is missing."""
    more = document(every_verdict())
    more["checkpoints"][0]["checks"][0]["points"]["bonus"] = 1
    less = document(every_verdict())
    del less["checkpoints"][0]["checks"][0]["evidence"]

    assert _faults(more, schema) == ["Additional properties are not allowed ('bonus' was unexpected)"]
    assert _faults(less, schema) == ["'evidence' is a required property"]


def test_every_field_is_described(schema: dict[str, Any]) -> None:
    """Every field of the schema says what it is, and every field of a result is in the schema."""
    fields = dict(_fields(schema))

    assert [name for name, field in fields.items() if len(field.get("description", "")) < 10] == []
    assert set(_paths(document(every_verdict()))) - fields.keys() == {"identity.system_ids.server1"}


def test_whole_numbers_of_points_are_integers() -> None:
    """3 points are written as 3, and three tenths without the noise of binary fractions."""
    text = json.dumps(document(every_verdict())["checkpoints"][1]["points"])

    assert text == '{"earned": 0, "possible": 2, "undecided": 2}'


def test_read_returns_what_was_written(tmp_path: Path) -> None:
    """A result survives the file."""
    path = tmp_path / "r.json"
    write(every_verdict(), path)

    assert read(path) == every_verdict()
    assert read(path).verdict is Overall.FAILED


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a result of `kitcheck grade --json`"),
        ("[]", "not a result of `kitcheck grade --json`"),
        ('{"schema": "kitcheck/result/1"}', "not a result of `kitcheck grade --json`"),
        ("[" * 100_000, "not a result of `kitcheck grade --json`"),
        ('{"schema": "x/2"}', "the format is 'x/2', this program reads 'kitcheck/result/1'"),
    ],
)
def test_read_refuses(tmp_path: Path, text: str, complaint: str) -> None:
    """What is not a result is refused in one line."""
    path = tmp_path / "r.json"
    path.write_text(text)

    with pytest.raises(UsageError) as refused:
        read(path)

    assert str(refused.value) == f"{path}: {complaint}"


def test_read_refuses_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UsageError) as refused:
        read(tmp_path / "no.json")

    assert str(refused.value) == f"{tmp_path / 'no.json'}: cannot be read: No such file or directory"


def test_write_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    """The old file is replaced, no temporary file stays, and the report is an ordinary file."""
    path = tmp_path / "r.json"
    path.write_text("old")
    before = os.umask(0o022)
    write(every_verdict(), path)
    os.umask(before)

    assert list(tmp_path.iterdir()) == [path]
    assert json.loads(path.read_bytes())["kit"] == "kit-r"
    assert oct(path.stat().st_mode & 0o777) == "0o644"


def test_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing breaks off, the old file is untouched and nothing half-written is left."""
    path = tmp_path / "r.json"
    path.write_text("old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError) as refused:
        write_whole(path, b"new")

    assert str(refused.value) == f"{path}: cannot be written: No space left on device"
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("r.json", "old")]


def test_writable(tmp_path: Path) -> None:
    """Outputs that cannot be written are refused before any work."""
    nowhere = tmp_path / "no" / "r.json"
    complaints: list[str] = []
    for path in (nowhere, tmp_path):
        with pytest.raises(UsageError) as refused:
            writable([None, tmp_path / "fine.json", path])
        complaints.append(str(refused.value))

    assert complaints == [
        f"{nowhere}: the folder {nowhere.parent} does not exist",
        f"{tmp_path}: is a folder; name a file to write",
    ]
    assert list(tmp_path.iterdir()) == []


def _faults(told: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(told)  # pyright: ignore[reportUnknownMemberType] - the stubs leave part of the type open
    return [error.message for error in errors]


def _fields(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}", field
        yield from _fields(field, f"{prefix}{name}.")
        yield from _fields(field.get("items", {}), f"{prefix}{name}.")


def _paths(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield f"{prefix}{name}"
            yield from _paths(inner, f"{prefix}{name}.")  # pyright: ignore[reportUnknownArgumentType] - any JSON
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from _paths(inner, prefix)  # pyright: ignore[reportUnknownArgumentType] - any JSON
