"""Dataclasses, made in half of their time: most of their methods are written when they are first called.

For each class Python 3.11 and 3.12 write `__init__`, `__repr__`, `__eq__`, `__hash__`, `__setattr__` and `__delattr__`
as texts and compile them one by one: 0.5 ms a class, of which a kit and its grading load some hundreds, and nobody
calls most of what was written. Here all but `__init__`, whose signature others read, are compiled when they are first
called. Later Pythons compile a whole class at once: there nothing is changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, cast

_MAKER = "_create_fn"
"""Writes one method; of Python 3.11 and 3.12."""

Method = Callable[..., Any]


def _later(write: Callable[..., Method]) -> Callable[..., Method]:
    def written_later(name: str, *args: Any, **options: Any) -> Method:
        if name == "__init__":
            return write(name, *args, **options)
        written: Method | None = None

        def method(*given: Any) -> Any:
            nonlocal written
            if written is None:
                written = write(name, *args, **options)
            return written(*given)

        method.__name__ = name
        return method

    return written_later


def write_methods_later() -> None:
    """Let every dataclass that this process makes from now on have its methods compiled when they are first called."""
    write = getattr(dataclasses, _MAKER, None)
    if write is not None and write.__module__ == dataclasses.__name__:
        setattr(cast("Any", dataclasses), _MAKER, _later(write))
