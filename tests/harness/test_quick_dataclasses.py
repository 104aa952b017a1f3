"""Dataclasses whose methods are written when they are first called behave as all others do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from harness import quick_dataclasses


@pytest.fixture(params=["at once", "later"])
def dataclass(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return Python's decorator, as it is and with methods that are written later."""
    maker = getattr(dataclasses, "_create_fn", None)
    if maker is not None:
        monkeypatch.setattr(dataclasses, "_create_fn", maker)
    if request.param == "later":
        quick_dataclasses.write_methods_later()
    return dataclasses.dataclass


def made(dataclass: Callable[..., Any], **options: Any) -> Any:
    """Return a class of two fields."""

    class Point:
        """Where it is."""

        x: int
        y: int = 2

    made = dataclass(**options)(Point)
    globals()["Point"] = made  # where pickle looks for it
    made.__qualname__ = "Point"
    return made


@pytest.mark.parametrize("slots", [False, True])
def test_frozen(dataclass: Callable[..., Any], slots: bool) -> None:
    """They are equal by their fields, can be keys, say what they are, and cannot be changed."""
    point = made(dataclass, frozen=True, slots=slots)
    one, same, other = point(1), point(x=1, y=2), point(1, 3)

    assert (one == same, one == other, one == (1, 2)) == (True, False, False)
    assert len({one, same, other}) == 2
    assert repr(one) == "Point(x=1, y=2)"
    for change in (lambda: setattr(one, "x", 5), lambda: delattr(one, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError, match="field 'x'"):
            change()
    assert (copy.copy(one), pickle.loads(pickle.dumps(one)), dataclasses.replace(one, y=3)) == (one, one, other)


def test_ordered_and_not_frozen(dataclass: Callable[..., Any]) -> None:
    """Comparing works; what can be changed is no key."""
    point = made(dataclass, order=True)
    one = point(1)
    one.y = 7

    assert (point(1) < point(2), point(2) >= point(3), min(point(2), one).y) == (True, False, 7)
    assert point.__hash__ is None


def test_what_others_read(dataclass: Callable[..., Any]) -> None:
    """The signature is the fields', and methods have their names."""
    point = made(dataclass, frozen=True)

    assert list(inspect.signature(point).parameters) == ["x", "y"]
    assert [getattr(point, name).__name__ for name in ("__init__", "__eq__", "__repr__", "__setattr__")] == [
        "__init__",
        "__eq__",
        "__repr__",
        "__setattr__",
    ]


def test_methods_are_written_when_they_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what it is for; to ask for it twice changes nothing."""
    write = getattr(dataclasses, "_create_fn", None)
    if write is None:
        pytest.skip("this Python compiles a whole class at once")
    written: list[str] = []

    def counted(name: str, *args: Any, **options: Any) -> Any:
        written.append(name)
        return write(name, *args, **options)

    counted.__module__ = dataclasses.__name__
    monkeypatch.setattr(dataclasses, "_create_fn", counted)
    quick_dataclasses.write_methods_later()
    once = getattr(dataclasses, "_create_fn", None)
    quick_dataclasses.write_methods_later()
    twice = getattr(dataclasses, "_create_fn", None)
    point = made(dataclasses.dataclass, frozen=True)
    before = list(written)
    equal = [point(1) == point(1), point(1) == point(1)]

    assert once is twice
    assert (before, written, equal) == (["__init__"], ["__init__", "__eq__"], [True, True])
