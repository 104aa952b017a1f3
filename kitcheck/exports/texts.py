"""Texts of a kit and of a class as other systems may show them: bounded, without control codes, never a formula."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from harness.outcome import BY_HAND
from harness.printable import one_line, printable
from harness.result import Result, points
from harness.verdicts import CheckResult, Points, Verdict
from kitcheck.exports.withheld import Withheld

LINE = 300
"""Characters of a name or title that are exported; the rest is counted."""
BLOCK = 2_000
"""Characters of an explanation that are exported, when there is room for it."""
_SHORTER = (BLOCK, 400, 80, 0)
_FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
"""What a spreadsheet takes for the beginning of a formula.

OWASP (CSV injection): these, also in their full width, and tab, carriage return and line feed, which `line` takes away.
"""


def line(text: str) -> str:
    """Return `text` in one bounded line without control codes."""
    return one_line(text, limit=LINE)


def cell(text: str) -> str:
    """Return `text` as `line` does; what a spreadsheet would calculate gets an apostrophe before it."""
    return neutral(line(text))


def neutral(text: str) -> str:
    """Return `text` with an apostrophe before it, if a spreadsheet would calculate it."""
    return f"'{text}" if is_formula(text) else text


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would calculate `text`, which is one line."""
    return text.startswith(_FORMULA)


def number(value: float) -> str:
    """Return points with at most two decimals, halves rounded up, and a point for the decimal sign: `7.5`."""
    exact = Decimal(str(round(value, 6))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    # adding 0 takes the sign off a zero
    return f"{exact + 0:f}".rstrip("0").rstrip(".")


def plain(value: float) -> float:
    """Return points without the noise of binary fractions, a whole number as such."""
    return int(value) if value == int(value) else round(value, 6)


def told(check: CheckResult, limit: int = BLOCK) -> str:
    """Return why a check said what it did, as a student reads it: never the evidence. Each part has `limit` characters.

    Empty for a check that passed.
    """
    if check.verdict is Verdict.PASSED:
        return ""
    lead = {
        Verdict.ERROR: "Could not be told, and counts neither for nor against you. It is to be graded again.",
        Verdict.MANUAL: "Graded by a person.",
    }.get(check.verdict, "")
    parts = (
        ("", lead),
        ("", check.rationale if check.rationale != BY_HAND else ""),
        ("expected: ", check.expected),
        ("observed: ", check.observed),
        ("what to try: ", check.help),
    )
    return "\n".join(f"{name}{shown}" for name, text in parts if (shown := printable(text, limit=limit).strip()))


def undecided(result: Result) -> str:
    """Return what is still open about a result, in one or two sentences; empty when everything is decided."""
    errors = [check for check in result.checks if check.verdict is Verdict.ERROR]
    manual = [check for check in result.checks if check.verdict is Verdict.MANUAL]
    said: list[str] = []
    if errors:
        said.append(f"{_checks(errors)} could not be told and {_are(errors)} to be graded again.")
    if manual:
        said.append(f"{_checks(manual)} {_are(manual)} graded by a person.")
    return " ".join(said)


def anything_decided(result: Result) -> bool:
    """Tell whether at least one check said that the kit is right or wrong."""
    return any(check.verdict in (Verdict.PASSED, Verdict.FAILED) for check in result.checks)


def json_bytes(document: dict[str, Any]) -> bytes:
    """Return a JSON document in UTF-8."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"


def fitting(build: Callable[[int], bytes], most: int) -> bytes:
    """Return what `build` makes of the most characters of each explanation with which it has at most `most` bytes.

    Withheld when it is too long without any explanation.
    """
    for limit in _SHORTER:
        content = build(limit)
        if len(content) <= most:
            return content
    raise Withheld(f"the result has too many checks for the {most} bytes that are allowed")


def _checks(checks: list[CheckResult]) -> str:
    worth = sum(map(points, checks), Points())
    many = f"{len(checks)} checks" if len(checks) > 1 else "1 check"
    return f"{many} ({number(worth.undecided)} {'point' if worth.undecided == 1 else 'points'})"


def _are(checks: list[CheckResult]) -> str:
    return "are" if len(checks) > 1 else "is"
