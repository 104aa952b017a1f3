"""Pictures of series, and times as dashboards say them."""

from __future__ import annotations

import pytest

from simulators.grafana.answers import Refused
from simulators.grafana.plotting import number, plot, scale
from simulators.grafana.times import Span, briefly, moment_of, seconds_of, spelled, step_for

NOW = 1_795_287_323.0


def test_points_stand_where_they_belong() -> None:
    """From the left edge to the right, from the bottom to the top; a gap breaks the line, a lone point is a dot."""
    points = [(0.0, 0.0), (10.0, 4.0), (20.0, 0.0), (90.0, 4.0), (100.0, 0.0)]
    found = plot([("a", points), ("b", [(50.0, 2.0)])], Span(0, 100))

    assert found.lines[0].paths == ("56.0,214.0 112.8,10.0 169.6,214.0", "567.2,10.0 624.0,214.0")
    assert (found.lines[1].paths, found.lines[1].dots) == ((), ((340.0, 112.0),))
    assert [tick.label for tick in found.up] == ["0", "1", "2", "3", "4"]
    assert [tick.label for tick in found.across] == ["00:00:00", "00:00:30", "00:01:00", "00:01:30"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 4, (0, 4, 1)),
        (1, 1, (0.5, 1.5, 0.25)),
        (0, 0, (-1, 1, 0.5)),
        (-3, 8, (-5, 10, 5)),
        (1, 1 + 1e-12, (0.5, 1.5, 0.25)),
    ],
)
def test_scale(low: float, high: float, expected: tuple[float, float, float]) -> None:
    """Round numbers around what is there, also when it is all the same."""
    assert scale(low, high) == pytest.approx(expected)


@pytest.mark.parametrize("values", [(-1e308, 1e308), (5e-324, 0.0), (1e308, 1e308)])
def test_extremes_are_plotted(values: tuple[float, float]) -> None:
    """No number breaks the picture."""
    found = plot([("a", [(0.0, values[0]), (1.0, values[1])])], Span(0, 1))

    assert len(found.lines[0].paths) == 1


def test_numbers() -> None:
    """As people read them."""
    values = (0, 1, 0.25, 1234, 12_345, 8_589_934_592, -2e6, 0.000_678, 1e-12, float("nan"))
    written = ["0", "1", "0.25", "1234", "12.35 K", "8.59 G", "-2 M", "0.000678", "0", "nan"]

    assert [number(value) for value in values] == written


def test_moments() -> None:
    """Relative to now, in milliseconds, in RFC 3339; nothing before 1970 and after 9999."""
    texts = (
        "now",
        "now-1h",
        "now+2d",
        "now-1d/d",
        "1795287323000",
        1_795_287_323_000,
        "2026-11-21T18:55:23Z",
        "now-99y",
    )

    assert [moment_of(each, NOW) for each in texts] == [
        NOW,
        NOW - 3_600,
        NOW + 172_800,
        NOW - 86_400,
        NOW,
        NOW,
        NOW,
        0,
    ]
    with pytest.raises(Refused):
        moment_of("yesterday", NOW)


def test_steps() -> None:
    """Round, about as many points as asked for, never shorter than the shortest nor more than 11 000 points."""
    asked = ((300, 100, 15), (3_600, 100, 15), (21_600, 1_000, 15), (21_600, 100, 15), (8_640_000, 100_000, 0.1))

    assert [step_for(Span(0, length), points, shortest) for length, points, shortest in asked] == [15, 30, 20, 300, 900]


def test_durations() -> None:
    """Read and written."""
    assert [seconds_of(each) for each in ("15s", "1m", ">30s", "100ms", "20", "soon")] == [15, 60, 30, 0.1, 20, None]
    assert [spelled(each) for each in (0.2, 15, 60, 3_600, 5_400)] == ["200ms", "15s", "1m0s", "1h0m0s", "1h30m0s"]
    assert [briefly(each) for each in (0.2, 15, 60, 75, 7_200)] == ["200ms", "15s", "1m", "75s", "2h"]
