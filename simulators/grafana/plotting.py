"""Lines over time, laid out for an SVG picture: where each point, tick and label stands."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.grafana.times import Span

COLUMN, HEIGHT = 53, 240
"""Width of each of the 24 columns that a picture may take, and its height, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 10, 26
"""Of its margins."""
COLOURS = 8
"""Lines of different colour; then they begin anew."""
LARGEST = 1e300
"""Values beyond are plotted at the edge."""
GAP = 3
"""A line breaks where this many times the usual distance lies between two points."""
TIMES = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
"""Seconds between labels of the time axis."""

Points = Sequence[tuple[float, float]]
"""Seconds since 1970, and a value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series."""

    name: str
    colour: int
    paths: tuple[str, ...]
    """Each one the `points` of a polyline."""
    dots: tuple[tuple[float, float], ...]
    """Points that stand alone."""
    last: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label beside an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture."""

    width: int
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    """Along the time axis."""
    up: tuple[Tick, ...]
    """Along the value axis."""


def plot(series: Sequence[tuple[str, Points]], span: Span, columns: int = 12) -> Plot:
    """Return the picture of series with their names, so many columns wide; each series has a point at least."""
    width = max(columns, 6) * COLUMN
    values = [value for _, points in series for _, value in points]
    low, high, step = scale(min(values), max(values))
    length = max(span.end - span.start, 1e-3)

    def x(at: float) -> float:
        share = (at - span.start) / length
        return round(LEFT + min(max(share, 0.0), 1.0) * (width - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(TOP + (high - min(max(value, low), high)) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    lines: list[Line] = []
    for index, (name, points) in enumerate(series):
        pieces = _pieces(points)
        paths = tuple(" ".join(f"{x(at)},{y(value)}" for at, value in piece) for piece in pieces if len(piece) > 1)
        dots = tuple((x(piece[0][0]), y(piece[0][1])) for piece in pieces if len(piece) == 1)
        lines.append(Line(name, index % COLOURS, paths, dots, number(points[-1][1])))
    up = tuple(
        Tick(y(low + count * step), number(low + count * step)) for count in range(round((high - low) / step) + 1)
    )
    return Plot(width, tuple(lines), tuple(_times(span, x, width // 100)), up)


def _pieces(points: Points) -> list[list[tuple[float, float]]]:
    """Return points without what lies beyond gaps joined to them."""
    distances = sorted(after[0] - before[0] for before, after in itertools.pairwise(points))
    usual = distances[len(distances) // 2] if distances else 0.0
    found: list[list[tuple[float, float]]] = []
    for point in points:
        if not found or point[0] - found[-1][-1][0] > GAP * usual:
            found.append([])
        found[-1].append(point)
    return found


def scale(low: float, high: float) -> tuple[float, float, float]:
    """Return lowest and highest value of an axis and the step between its ticks: round numbers around both."""
    low, high = (min(max(each, -LARGEST), LARGEST) for each in (low, high))
    if high - low <= max(abs(low), abs(high), 1e-300) * 1e-9:
        low, high = (low - abs(low) / 2, low + abs(low) / 2) if abs(low) > 1e-300 else (-1.0, 1.0)
    rough = (high - low) / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _times(span: Span, place: Callable[[float], float], most: int) -> list[Tick]:
    length = span.end - span.start
    every = next((each for each in TIMES if length / each <= most), max(TIMES[-1], math.ceil(length / most)))
    pattern = "%H:%M:%S" if every < 60 else "%H:%M" if every < 86_400 else "%d %b"
    first = math.ceil(span.start / every) * every
    return [
        Tick(place(at), datetime.fromtimestamp(at, UTC).strftime(pattern))
        for at in (first + count * every for count in range(int((span.end - first) / every) + 1))
        if at <= span.end
    ]


def number(value: float) -> str:
    """Return a value as people read it: `1`, `0.25`, `1.5 K`, `7.9 G`."""
    if not math.isfinite(value):
        return str(value)
    for suffix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if abs(value) >= size and not (suffix == "K" and abs(value) < 10_000):
            return f"{value / size:.4g} {suffix}"
    if abs(value) < 1e-9:
        return "0"
    return f"{value:.4g}"
