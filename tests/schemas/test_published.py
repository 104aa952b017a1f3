"""Every JSON that Kitcheck writes for others has a schema in docs/, which says of each field what it is, and holds."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import result, rubric
from harness.doctor import told
from harness.doctor.examination import QUESTIONS
from harness.doctor.step import State, Step
from harness.verdicts import Verdict
from kitcheck import mistakes, replay, report
from kitcheck.evidence import manifest
from kitcheck.trial import Graded, Outcome
from simulators.expectation import REFERENCE, Deviation
from simulators.handouts import loading, replaying
from tests.evidence.bundles import small
from tests.grading.results import every_verdict
from tests.selftest import made_up
from tests.selftest.conftest import CHECKS

DOCS = Path(__file__).parents[2] / "docs"
NAMED = {
    "doctor": told.SCHEMA,
    "evidence": manifest.SCHEMA,
    "replay": replay.SCHEMA,
    "result": result.SCHEMA,
    "selftest": report.SCHEMA,
}
PUBLISHED = [*NAMED, "mistakes"]


def examined() -> Mapping[str, Any]:
    """Return what the doctor says of a kit of which every step ended somehow."""
    steps = [
        Step(each.id, each.title, state, "connect", "refused", "is it on?", 0.25, because)
        for each, (state, because) in zip(
            QUESTIONS, [(State.OK, ""), (State.BROKEN, ""), *[(State.NOT_TRIED, QUESTIONS[1].id)] * 40], strict=False
        )
    ]
    return told.document("kit-j", datetime(2025, 3, 1, tzinfo=UTC), steps)


def replayed() -> Mapping[str, Any]:
    """Return what a replay saw: one line of each kind, graded once."""
    said = replay.Report(loading.edition("A"), io.StringIO())
    said.done(replaying.Outcome("a", "printed", 3, "main", "ls", "as listed", 0.5, "", "tasks"))
    said.done(replaying.Outcome("b", "asked", None, "server2", "ls", "differs", 0.5, "expected x", "y", verbatim=False))
    said.done(replaying.Outcome("c", "corrected", None, "outside", "ls", "not simulated", 0.5))
    said.done(replaying.Outcome("d", "browser", None, "main", "open /", "could not tell", 0.5))
    said.graded(every_verdict())
    return said.as_json("embedded")


def self_tested(folder: Path) -> Mapping[str, Any]:
    """Return what a self-test found in which nothing is as catalogued, two runs differ, and a third did not happen."""
    entry = made_up.entry("one-backend", fails={"a": "never answers"})
    deviations = (
        Deviation(entry.id, "a", Verdict.FAILED, Verdict.FAILED, "it answers 502", "never answers"),
        Deviation(entry.id, "b", Verdict.PASSED, None, ""),
    )
    outcomes = [
        Outcome(REFERENCE.id, Graded({"a": Verdict.PASSED}, {}, ()), 1.25),
        Outcome(entry.id, Graded({"a": Verdict.FAILED}, {"a": "it answers 502"}, deviations), 1.25),
        Outcome(entry.id, Graded({"a": Verdict.PASSED}, {}, ()), 1.25),
        Outcome(entry.id, Graded({}, {}, ()), 1.25, "the kit cannot be built"),
    ]
    read = rubric.read(made_up.features(folder, CHECKS))
    return report.Report("docker", read, report.rows([REFERENCE, entry], outcomes), 3, 12.345).document()


def bundled() -> Mapping[str, Any]:
    """Return the manifest of a small bundle."""
    return json.loads(manifest.of(result.document(small()), {"result.json": b"{}", "pictures/a.png": b"x"}))


def catalogued(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """Return what `kitcheck mistakes --json` prints."""
    mistakes.mistakes(as_json=True)
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Callable[[], Any]]:
    """Return what writes a document of each format."""
    return {
        "doctor": examined,
        "evidence": bundled,
        "mistakes": lambda: catalogued(capsys),
        "replay": replayed,
        "result": lambda: result.document(every_verdict()),
        "selftest": lambda: self_tested(tmp_path),
    }


def schema_of(name: str) -> dict[str, Any]:
    """Return a published schema."""
    return json.loads((DOCS / f"{name}.schema.json").read_bytes())


def test_all_are_looked_at() -> None:
    """No schema lies in docs/ that nothing is held against; each is named as its documents name it."""
    assert sorted(path.name for path in DOCS.glob("*.schema.json")) == sorted(
        f"{name}.schema.json" for name in PUBLISHED
    )
    assert {name: schema_of(name)["properties"]["schema"]["const"] for name in NAMED} == NAMED
    assert {name: schema_of(name)["$id"] for name in NAMED} == NAMED


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_written_is_valid(name: str, documents: dict[str, Callable[[], Any]]) -> None:
    """It satisfies its schema as a program reads it from the file."""
    schema = schema_of(name)
    document = json.loads(json.dumps(documents[name]()))

    jsonschema.Draft202012Validator.check_schema(schema)
    assert _faults(document, schema) == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_schemas_are_strict(name: str, documents: dict[str, Callable[[], Any]]) -> None:
    """A field that nobody described is refused wherever there are fields, and so is one that is missing."""
    schema = schema_of(name)
    written = json.dumps(documents[name]())
    places = list(_objects(schema, ()))
    accepted: list[object] = []
    for place in places:
        more, less = json.loads(written), json.loads(written)
        for each in _at(more, place):
            each["bonus"] = 1
        if not _faults(more, schema):
            accepted.append(("more", place))
        for each in _at(less, place):
            each.clear()
        if _required(schema, place) and not _faults(less, schema):
            accepted.append(("less", place))

    assert places
    assert accepted == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_field_is_described(name: str) -> None:
    """In words that say more than its name."""
    short = [path for path, field in _fields(schema_of(name)) if len(field.get("description", "")) < 8]

    assert short == []


def test_the_doctors_steps() -> None:
    """The schema has every step that the doctor takes, and no other."""
    steps = schema_of("doctor")["properties"]["steps"]["items"]["properties"]

    assert steps["id"]["enum"] == [each.id for each in QUESTIONS]
    assert steps["state"]["enum"] == [state.value for state in State]


def _faults(document: Any, schema: dict[str, Any]) -> list[str]:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)  # pyright: ignore[reportUnknownMemberType] - the stubs leave part of the type open
    return [error.message for error in errors]


def _inside(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the parts of a schema, each with the step that leads there: a name, `[]`, or `{}` for every value."""
    yield from schema.get("properties", {}).items()
    if "items" in schema:
        yield "[]", schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield "{}", schema["additionalProperties"]


def _fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for step, part in _inside(schema):
        if step not in ("[]", "{}"):
            yield f"{path}{step}", part
        yield from _fields(part, f"{path}{step}.")


def _objects(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the way to every object with fields of its own."""
    if "properties" in schema:
        yield path
    for step, part in _inside(schema):
        yield from _objects(part, (*path, step))


def _required(schema: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    for step in path:
        schema = dict(_inside(schema))[step]
    return schema.get("required", [])


def _at(document: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the objects of a document at the end of a way."""
    there = [document]
    for step in path:
        if step == "[]":
            there = [each for several in there for each in several]
        elif step == "{}":
            there = [each for several in there for each in several.values()]
        else:
            there = [each[step] for each in there if step in each]
    return there
