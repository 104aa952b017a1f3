"""Tells a person, or a program, what an examination found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.doctor.examination import QUESTIONS, first_broken
from harness.doctor.step import State, Step

SCHEMA = "kitcheck/doctor/1"
_STATES = max(len(state) for state in State)
_TITLES = max(len(question.title) for question in QUESTIONS)


def lines(step: Step) -> list[str]:
    """Return a step as lines: state, title, what was seen and the seconds; below them what to try.

    There are none for a step that was left out because of another one: `untold` tells those together.
    """
    if step.because:
        return []
    indent = " " * (_STATES + 2 + _TITLES + 2)
    said = [f"{step.state:<{_STATES}}  {step.title:<{_TITLES}}  {step.seen}  ({step.seconds:.1f} s)"]
    if step.state is State.BROKEN and step.tried:
        said.append(f"{indent}tried: {step.tried}")
    if step.advice:
        said.append(f"{indent}{'try' if step.state is State.BROKEN else 'note'}: {step.advice}")
    return said


def untold(steps: Sequence[Step]) -> list[str]:
    """Return the steps that were not tried, a line for each broken step that they need."""
    titles = {step.id: step.title for step in steps}
    waiting: dict[str, list[str]] = {}
    for step in steps:
        if step.state is State.NOT_TRIED:
            waiting.setdefault(step.because, []).append(step.title)
    return [
        f"{State.NOT_TRIED:<{_STATES}}  because of {titles[cause]}: {', '.join(left)}"
        for cause, left in waiting.items()
    ]


def conclusion(steps: Sequence[Step]) -> str:
    """Return the last line: that all can be reached, or the first broken step and what to try."""
    step = first_broken(steps)
    if step is None:
        return "everything that is needed can be reached"
    advice = f"; try: {step.advice}" if step.advice else ""
    return f"first broken step: {step.title}: {step.seen}{advice}"


def document(kit: str, begun: datetime, steps: Sequence[Step]) -> dict[str, object]:
    """Return an examination as JSON is made of; the shape is described in docs/doctor.md."""
    step = first_broken(steps)
    return {
        "schema": SCHEMA,
        "kit": kit,
        "started_at": begun.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reachable": step is None,
        "first_broken": None if step is None else step.id,
        "steps": [
            {
                "id": each.id,
                "title": each.title,
                "state": each.state.value,
                "tried": each.tried,
                "seen": each.seen,
                "advice": each.advice,
                "because": each.because or None,
                "seconds": each.seconds,
            }
            for each in steps
        ],
    }
