"""Times as dashboards say them: `now-6h`, milliseconds since 1970, and steps between points."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.grafana.answers import Refused

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000}
"""Seconds of each unit."""
STEPS = (
    *(0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30),
    *(60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000),
)
"""Seconds between points that a person finds round."""
POINTS = 11_000
"""More of them in one series Prometheus refuses."""
LATEST = 253_402_300_000.0
"""The end of the year 9999; there is nothing after it, and nothing before 1970."""
_RELATIVE = re.compile(r"now(?:\s*([+-])\s*(\d{1,9})(ms|s|m|h|d|w|M|y))?(?:/[smhdwMy])?")
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d|w|M|y)?")


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in seconds since 1970."""

    start: float
    end: float


def moment_of(value: object, now: float) -> float:
    """Return the time that a text or number means: relative to now, milliseconds, or RFC 3339. Raises Refused (400)."""
    return min(max(_moment(value, now), 0.0), LATEST)


def _moment(value: object, now: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000
    text = str(value).strip()
    relative = _RELATIVE.fullmatch(text)
    if relative:
        sign, number, unit = relative.groups()
        return now if sign is None else now + (1 if sign == "+" else -1) * int(number) * UNITS[unit]
    if re.fullmatch(r"\d{1,16}", text):
        return int(text) / 1000
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"time {text[:40]!r} is not understood") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def moment_text(seconds: float) -> str:
    """Return a time as Grafana writes it: RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span_of(start: object, end: object, now: float) -> Span:
    """Return a time range; an absent start is six hours ago, an absent end is now. Raises Refused (400)."""
    found = Span(moment_of(start or "now-6h", now), moment_of(end or "now", now))
    if found.end < found.start:
        raise Refused(400, "the time range ends before it begins")
    return found


def seconds_of(duration: str) -> float | None:
    """Return the seconds of `15s`, `1m`, or of a number, which are seconds; None when it is nothing of the kind."""
    found = _DURATION.fullmatch(duration.strip().lstrip(">"))
    return float(found[1]) * UNITS[found[2] or "s"] if found else None


def step_for(span: Span, points: int, shortest: float) -> float:
    """Return the seconds between points: a round number that gives about `points`, and never over 11 000."""
    length = max(span.end - span.start, 0.001)
    return max(_rounded(length / max(points, 1)), _rounded(length / POINTS), shortest)


def _rounded(seconds: float) -> float:
    """Return the round number whose neighbours are further away."""
    for lower, upper in itertools.pairwise(STEPS):
        if seconds <= (lower + upper) / 2:
            return lower
    return STEPS[-1]


def spelled(seconds: float) -> str:
    """Return a duration as Go spells it: `15s`, `1m0s`, `1h0m0s`, `200ms`."""
    if 0 < seconds < 1:
        return f"{round(seconds * 1000)}ms"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{left}s"


def briefly(seconds: float) -> str:
    """Return a duration as PromQL takes it: `15s`, `1m`, `200ms`."""
    if seconds < 1 or seconds % 1:
        return f"{round(seconds * 1000)}ms"
    for unit in ("d", "h", "m"):
        if seconds % UNITS[unit] == 0:
            return f"{round(seconds / UNITS[unit])}{unit}"
    return f"{round(seconds)}s"
