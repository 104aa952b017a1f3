"""The text format in which metrics are exposed: read and written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
"""Sorted pairs; the metric's name is the value of `__name__`."""

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)')
_VALUE = re.compile(r"\s+(\S+)(?:\s+-?\d+)?\s*")
"""With a timestamp after it, which does not count: samples get the time of the scrape."""
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
SAMPLES = 50_000
"""That one target may expose."""


class ExpositionError(Exception):
    """A target exposes something else than metrics; the message says what."""


@dataclass(frozen=True, slots=True)
class Help:
    """What a target says about a metric."""

    type: str
    """`counter`, `gauge`, `histogram`, `summary` or `unknown`."""
    help: str


def labels_of(values: Mapping[str, str]) -> Labels:
    """Return labels in their one order; empty ones are none."""
    return tuple(sorted((name, value) for name, value in values.items() if value))


def parse_metrics(text: str) -> tuple[dict[Labels, float], dict[str, Help]]:
    """Return the samples that a text exposes, and what it says about them. Raises ExpositionError."""
    samples, types, helps = dict[Labels, float](), dict[str, str](), dict[str, str]()
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            words = stripped.split(maxsplit=3)
            if len(words) >= 3 and words[1] == "TYPE":
                types[words[2]] = words[3] if len(words) > 3 else "unknown"
            elif len(words) >= 3 and words[1] == "HELP":
                helps[words[2]] = words[3].replace("\\n", "\n").replace("\\\\", "\\") if len(words) > 3 else ""
        elif stripped:
            labels, value = _sample(stripped, number)
            samples[labels] = value
            if len(samples) > SAMPLES:
                raise ExpositionError(f"more than {SAMPLES} samples")
    known = {
        name: Help("unknown" if types.get(name) == "untyped" else types.get(name, "unknown"), helps.get(name, ""))
        for name in {*types, *helps}
    }
    return samples, known


def _sample(line: str, number: int) -> tuple[Labels, float]:
    """Return one line's labels and value."""
    name = _NAME.match(line)
    if name is None:
        raise ExpositionError(f"line {number}: expected a metric, got {line[:40]!r}")
    labels, at = {"__name__": name[0]}, name.end()
    if line[at : at + 1] == "{":
        at += 1
        while line[at:].lstrip()[:1] != "}":
            label = _LABEL.match(line, at)
            if label is None:
                raise ExpositionError(f"line {number}: expected a label, got {line[at : at + 40]!r}")
            labels[label[1]] = re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0]), label[2])
            at = label.end()
        at = line.index("}", at) + 1
    value = _VALUE.fullmatch(line, at)
    try:
        return labels_of(labels), float(value[1] if value else "")
    except ValueError:
        raise ExpositionError(f"line {number}: expected a value, got {line[at : at + 40]!r}") from None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric to be exposed."""

    name: str
    type: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]
    """Labels and value of each."""


def written(metrics: Iterable[Metric]) -> str:
    """Return metrics as text."""
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.type}"]
        for labels, value in metric.samples:
            inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines.append(f"{metric.name}{f'{{{inner}}}' if inner else ''} {number_text(value)}")
    return "\n".join(lines) + "\n"


def number_text(value: float) -> str:
    """Return a number as Prometheus writes it: `1`, `0.25`, `+Inf`, `NaN`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e21 else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
