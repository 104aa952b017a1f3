"""The stand-in answers as a real Prometheus did: Debian 12's 2.42.0, asked the same with the same two targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

import pytest

from tests.prometheus.surroundings import EXPORTER, Surroundings

RECORDED = Path(__file__).with_name("recorded")
EXPRESSIONS = json.loads((RECORDED / "expressions.json").read_text())
ANSWERS = json.loads((RECORDED / "answers.json").read_text())
DOWN = json.loads((RECORDED / "node_exporter_down.json").read_text())

NOT_SIMULATED = {'up{job="x"} or up', "up offset 1m"}
WORDED_OTHERWISE = {'up{job=~"("}'}
"""Refused by both: the words about the pattern are those of Go's library there."""
FIXED = ("/-/", "/nothing", "/api/v1/label", "/api/v1/series", "/api/v1/status/config", "/api/v1/nothing")
"""Paths whose answers hold nothing that varies."""


def in_order(answer: Any) -> Any:
    """Return an answer with its series in one order: Prometheus' own is by chance."""
    data = cast("dict[str, Any]", answer).get("data") if isinstance(answer, dict) else None
    for key in ("result", "activeTargets"):
        found = cast("dict[str, Any]", data).get(key) if isinstance(data, dict) else None
        if isinstance(found, list) and all(isinstance(each, dict) for each in cast("list[Any]", found)):
            cast("list[dict[str, Any]]", found).sort(key=_labels)
    return cast("Any", answer)


def _labels(series: dict[str, Any]) -> str:
    return json.dumps(series.get("metric", series.get("labels")), sort_keys=True)


def shape(value: Any) -> Any:
    """Return keys and types; of lists what the first element looks like."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [shape(each) for each in cast("list[Any]", value)[:1]]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.fixture(scope="module")
def around() -> Surroundings:
    """Return a Prometheus at the moment of the recording, an hour old."""
    return Surroundings(ANSWERS["time"])


@pytest.mark.parametrize("recorded", EXPRESSIONS["expressions"], ids=lambda each: each["query"])
def test_expressions(recorded: dict[str, Any]) -> None:
    """Every expression results in the same, down to the words of its error; or it is refused as not simulated."""
    around = Surroundings(EXPRESSIONS["time"])
    query = recorded["query"]
    status, answer = around.ask(f"/api/v1/query?query={quote(query)}&time={EXPRESSIONS['time']}")

    if query in NOT_SIMULATED:
        assert status == 400
        assert "not simulated" in answer["error"]
    elif query in WORDED_OTHERWISE:
        assert recorded["status"] == status
        assert recorded["answer"]["error"].partition("regexp: ")[0] == answer["error"].partition("regexp: ")[0]
    elif query == "up[10s]":  # scrapes stand at other fractions of a second
        assert shape(recorded["answer"]) == shape(answer)
    else:
        assert (recorded["status"], in_order(recorded["answer"])) == (status, in_order(answer))


@pytest.mark.parametrize("recorded", ANSWERS["answers"], ids=lambda each: f"{each['method']} {each['path']}")
def test_answers(recorded: dict[str, Any], around: Surroundings) -> None:
    """Every endpoint answers with the same status and shape, and the same values where they are no matter of chance."""
    form = urlencode(recorded["form"] or {})
    status, answer = around.ask(recorded["path"], recorded["method"], form)
    expected = recorded["answer"]

    assert recorded["status"] == status
    if status == 405 or recorded["path"] == "/":
        return
    if status >= 400 or recorded["path"].startswith(FIXED) or "query" in recorded["path"]:
        assert in_order(expected) == in_order(answer)
    elif "targets" in recorded["path"]:
        assert shape(expected) == shape(answer)
        assert [each["labels"] for each in in_order(expected)["data"]["activeTargets"]] == [
            each["labels"] for each in in_order(answer)["data"]["activeTargets"]
        ]
    else:
        assert shape(expected) == shape(answer)


@pytest.mark.parametrize("recorded", DOWN["answers"], ids=lambda each: each["path"])
def test_a_target_is_down(recorded: dict[str, Any]) -> None:
    """A target that does not answer is `up` 0, its other series end, and the error says why."""
    around = Surroundings(DOWN["time"])
    del around.apps[EXPORTER]
    status, answer = around.ask(recorded["path"])
    expected = in_order(recorded["answer"])

    assert recorded["status"] == status
    if "targets" not in recorded["path"]:
        assert expected == in_order(answer)
        return
    for there, here in zip(expected["data"]["activeTargets"], in_order(answer)["data"]["activeTargets"], strict=True):
        assert shape(there) == shape(here)
        assert (there["health"], bool(there["lastError"])) == (here["health"], bool(here["lastError"]))
        # The real one resolved the name first.
        assert there["lastError"].replace("127.0.0.1:19100", "127.0.0.1:9100") == here["lastError"]
