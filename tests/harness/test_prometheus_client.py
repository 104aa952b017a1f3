"""Prometheus' answers, and hostile ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.errors import UnexpectedAnswer
from harness.prometheus import Prometheus, Sample, Target, number
from tests.harness.grafana_shapes import Answers, vector

NOTHING: dict[str, str] = {}
QUERY, TARGETS = "GET /api/v1/query", "GET /api/v1/targets"


def prometheus(answers: Mapping[str, object]) -> Prometheus:
    """Return a client of a Prometheus that gives these answers."""
    http: Any = Answers(answers)
    return Prometheus(http, "http://172.16.0.23:9090/")


def test_a_vector() -> None:
    """Values come as texts."""
    assert prometheus({QUERY: vector(({"job": "a"}, 1.5, "2"))}).query("x") == (Sample({"job": "a"}, 1.5, 2.0),)


def test_a_scalar() -> None:
    """A number alone has no labels."""
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}

    assert prometheus({QUERY: answer}).query("1+1") == (Sample({}, 1.0, 2.0),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-22T01:02:03.123456789Z", datetime(2026, 11, 22, 1, 2, 3, 123456, tzinfo=UTC).timestamp()),
        ("2026-11-22T01:02:03+00:00", datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC).timestamp()),
        ("0001-01-01T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_targets(written: str, expected: float | None) -> None:
    """Each with when it was scraped last."""
    labels = {"job": "prometheus", "instance": "localhost:9090"}
    entry = {"labels": labels, "health": "up", "lastError": "", "lastScrape": written}
    answer = {"status": "success", "data": {"activeTargets": [entry]}}

    assert prometheus({TARGETS: answer}).targets() == (Target("prometheus", "localhost:9090", "up", "", expected),)


@pytest.mark.parametrize(
    "answer",
    [
        "<html>",
        [],
        (400, {"status": "error", "error": "parse error"}),
        {"status": "success", "data": {"resultType": "matrix", "result": []}},
        {"status": "success", "data": {"resultType": "vector", "result": [7]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": NOTHING, "value": [1]}]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"a": 1}, "value": [1, "1"]}]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": NOTHING, "value": [1, "one"]}]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": NOTHING, "value": [True, "1"]}]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": NOTHING, "value": [1, [[1]]]}]}},
        vector(*[(NOTHING, 1, "1")] * 501),
    ],
)
def test_hostile_answers(answer: object) -> None:
    """What is no answer of Prometheus is named."""
    with pytest.raises(UnexpectedAnswer):
        prometheus({QUERY: answer}).query("x")


def test_numbers_that_cannot_be_shown() -> None:
    """Lists in lists are named by their kind, whoever could not write them."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(UnexpectedAnswer, match="has list where a number is expected"):
        number(deep, "it")
