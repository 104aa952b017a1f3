"""Answers of Grafana 11 and Prometheus 2, and somebody who gives them over what looks like HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests

from harness.errors import KitError

Json = dict[str, Any]

JUJU_SOURCE: Json = {
    "id": 1,
    "uid": "P1",
    "orgId": 1,
    "name": "prometheus2 - Juju generated source",
    "type": "prometheus",
    "typeName": "Prometheus",
    "access": "proxy",
    "url": "http://172.16.0.23:9090",
    "isDefault": True,
    "jsonData": {},
    "readOnly": False,
}


def frame(labels: Mapping[str, str], points: list[tuple[int, float | None]]) -> Json:
    """Return one series as a data frame; times in milliseconds."""
    fields: list[Json] = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number", "labels": dict(labels)}]
    return {
        "schema": {"refId": "A", "fields": fields},
        "data": {"values": [[at for at, _ in points], [value for _, value in points]]},
    }


def queried(*frames: Json) -> Json:
    """Return the answer to a query."""
    return {"results": {"A": {"status": 200, "frames": list(frames)}}}


def vector(*series: tuple[Mapping[str, str], float, str]) -> Json:
    """Return Prometheus' answer to an instant query."""
    result = [{"metric": dict(labels), "value": [at, value]} for labels, at, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


class Answers:
    """Gives answers by method and path, and remembers what was asked with which login."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, Any, Any]] = []
        self.recorded: list[bool] = []

    def get(self, url: str, *, params: Any = None, auth: Any = None, record: bool = True) -> requests.Response:
        """Answer a GET."""
        self.recorded.append(record)
        return self._answer("GET", url, params, auth)

    def post(self, url: str, *, json: Any = None, auth: Any = None) -> requests.Response:
        """Answer a POST."""
        return self._answer("POST", url, json, auth)

    def _answer(self, method: str, url: str, sent: Any, auth: Any) -> requests.Response:
        path = "/" + url.split("/", 3)[3]
        self.asked.append((f"{method} {path}", sent, auth))
        told = self._answers[f"{method} {path}"]
        if isinstance(told, KitError):
            raise told
        status, body = told if isinstance(told, tuple) else (200, told)  # pyright: ignore[reportUnknownVariableType] - made by tests
        response = requests.Response()
        response.status_code = status  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - see above
        is_text = isinstance(body, str)
        response.headers["Content-Type"] = "text/html" if is_text else "application/json; charset=UTF-8"
        response._content = (body if is_text else json.dumps(body)).encode()  # pyright: ignore[reportPrivateUsage] - as harness.http does
        return response
