"""What a PromQL expression results in at one moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from simulators.prometheus.exposition import Labels
from simulators.prometheus.promql.parsing import COMPARISONS
from simulators.prometheus.promql.tree import (
    Aggregation,
    Call,
    Expression,
    Matcher,
    Negation,
    Number,
    Operation,
    Selector,
    Text,
)
from simulators.prometheus.promql.words import NotSimulatedError

Point = tuple[float, float]
"""Seconds since 1970, and a value."""
Vector = list[tuple[Labels, float]]
Matrix = list[tuple[Labels, list[Point]]]


class Samples(Protocol):
    """Where series come from."""

    def instant(self, matchers: tuple[Matcher, ...], moment: float) -> Vector:
        """Return the last value of every series that fits, before a moment."""
        ...

    def range(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Matrix:
        """Return the points of every series that fits within (start, end]."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One moment, in seconds since 1970, and the samples that were known."""

    samples: Samples
    moment: float

    def result(self, expression: Expression) -> float | str | Vector | Matrix:
        """Return the value: a number, a text, or series."""
        match expression:
            case Text(value=text):
                return text
            case Selector(seconds=float() as seconds):
                return self.samples.range(expression.matchers, self.moment - seconds, self.moment)
            case _:
                return self._value(expression)

    def _value(self, expression: Expression) -> float | Vector:
        match expression:
            case Number(value=value):
                return value
            case Selector(seconds=None):
                return self.samples.instant(expression.matchers, self.moment)
            case Negation(inner=inner):
                value = self._value(inner)
                return [(_nameless(labels), -each) for labels, each in value] if isinstance(value, list) else -value
            case Aggregation():
                return self._aggregated(expression)
            case Call(argument=Selector(seconds=float() as seconds) as argument):
                start = self.moment - seconds
                found = self.samples.range(argument.matchers, start, self.moment)
                rates = ((labels, _rate(points, start, self.moment)) for labels, points in found)
                return [(_nameless(labels), each) for labels, each in rates if each is not None]
            case Operation():
                return self._operated(expression)
            case _:
                raise NotSimulatedError("this expression")

    def _aggregated(self, expression: Aggregation) -> Vector:
        vector = self._value(expression.inner)
        groups: dict[Labels, list[float]] = {}
        for labels, value in vector if isinstance(vector, list) else ():
            key = tuple(
                pair
                for pair in labels
                if (
                    pair[0] not in {*expression.labels, "__name__"}
                    if expression.without
                    else pair[0] in expression.labels
                )
            )
            groups.setdefault(key, []).append(value)
        return [(labels, AGGREGATED[expression.operator](values)) for labels, values in groups.items()]

    def _operated(self, expression: Operation) -> float | Vector:
        left, right = self._value(expression.left), self._value(expression.right)
        operator, compares = expression.operator, expression.operator in COMPARISONS
        if isinstance(left, float) and isinstance(right, float):
            return float(COMPARED[operator](left, right)) if compares else _calculated(operator, left, right)
        if isinstance(left, list) and isinstance(right, list):
            raise NotSimulatedError("operations between two vectors")
        found: Vector = []
        for labels, value in left if isinstance(left, list) else right if isinstance(right, list) else ():
            pair = (value, right) if isinstance(right, float) else (left, value)
            first, second = (each if isinstance(each, float) else math.nan for each in pair)
            if not compares:
                found.append((_nameless(labels), _calculated(operator, first, second)))
            elif expression.as_bool:
                found.append((_nameless(labels), float(COMPARED[operator](first, second))))
            elif COMPARED[operator](first, second):
                found.append((labels, value))
        return found


AGGREGATED: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "count": lambda values: float(len(values)),
    "avg": lambda values: sum(values) / len(values),
    "max": lambda values: _extreme(values, max),
    "min": lambda values: _extreme(values, min),
}
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def _extreme(values: list[float], choose: Callable[[Iterable[float]], float]) -> float:
    """Return the largest or smallest number; NaN when there is nothing else."""
    numbers = [value for value in values if not math.isnan(value)]
    return choose(numbers) if numbers else math.nan


def _nameless(labels: Labels) -> Labels:
    """Return labels without the metric's name: what was calculated is not that metric any more."""
    return tuple(pair for pair in labels if pair[0] != "__name__")


def _calculated(operator: str, left: float, right: float) -> float:
    """Return what an operator gives, as Go calculates: infinities and NaN instead of errors."""
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "%":
                return math.fmod(left, right)
            case _:
                value = left**right
                return value if isinstance(value, float) else math.nan  # pyright: ignore[reportUnnecessaryIsInstance] - complex for (-8) ** 0.5
    except ZeroDivisionError:
        if operator == "/" and left and not math.isnan(left):
            return math.copysign(math.inf, left) * math.copysign(1, right)
        return math.inf if operator == "^" else math.nan
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _rate(points: list[Point], start: float, end: float) -> float | None:
    """Return a counter's increase per second over (start, end], carried on to the edges as Prometheus 2 does."""
    if len(points) < 2:
        return None
    increase, before = 0.0, points[0][1]
    for _, value in points[1:]:
        increase += value - before if value >= before else value  # a smaller value: the counter began anew
        before = value
    sampled = points[-1][0] - points[0][0]
    average = sampled / (len(points) - 1)
    to_start, to_end = points[0][0] - start, end - points[-1][0]
    if increase > 0 and points[0][1] >= 0:
        # A counter is never below zero: it is not carried on beyond where it would have been zero.
        to_start = min(to_start, sampled * points[0][1] / increase)
    limit = average * 1.1
    extended = sampled
    extended += to_start if to_start < limit else average / 2
    extended += to_end if to_end < limit else average / 2
    return increase * (extended / sampled) / (end - start)
