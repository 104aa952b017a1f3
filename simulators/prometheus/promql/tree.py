"""What a PromQL expression is made of, once it was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "instant vector", "range vector", "string"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    value: str


@dataclass(frozen=True, slots=True)
class Matcher:
    """What a label has to be."""

    name: str
    operator: Literal["=", "!=", "=~", "!~"]
    value: str

    def fits(self, text: str) -> bool:
        """Return whether a label's value fits; a label that is not there is empty."""
        if self.operator in {"=", "!="}:
            return (text == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, text, re.DOTALL) is not None) is (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Selector:
    """Series, chosen by matchers; over a range when `seconds` is given."""

    matchers: tuple[Matcher, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`sum by (job) (up)`."""

    operator: str
    inner: Expression
    labels: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """`rate(up[1m])`."""

    function: str
    argument: Expression


@dataclass(frozen=True, slots=True)
class Negation:
    """`-up`."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """`up == 1`; with `bool` a comparison gives 0 or 1 instead of choosing."""

    operator: str
    left: Expression
    right: Expression
    as_bool: bool = False


Expression = Number | Text | Selector | Aggregation | Call | Negation | Operation


def kind_of(expression: Expression) -> Kind:
    """Return what an expression results in."""
    match expression:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Selector(seconds=seconds):
            return "instant vector" if seconds is None else "range vector"
        case Aggregation() | Call():
            return "instant vector"
        case Negation(inner=inner):
            return kind_of(inner)
        case Operation(left=left, right=right):
            return "scalar" if kind_of(left) == kind_of(right) == "scalar" else "instant vector"
