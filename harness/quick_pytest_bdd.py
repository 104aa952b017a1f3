"""pytest-bdd's plugin, imported without the lexers that Mako loads to colour errors in templates.

The plugin imports Mako for `--generate-missing`, which grading never uses, and Mako imports Pygments' lexers for Ruby
and JavaScript if it can: 35 ms of a grading's start. Without Pygments Mako does the same in one colour.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

COLOURS = "mako.ext.pygmentplugin"


@contextmanager
def _without_colours() -> Generator[None]:
    if COLOURS in sys.modules:
        yield
        return
    modules: dict[str, object] = sys.modules  # type: ignore[assignment] -- None means: cannot be imported
    modules[COLOURS] = None
    try:
        yield
    finally:
        del modules[COLOURS]


with _without_colours():
    import pytest_bdd.plugin

plugin = pytest_bdd.plugin

__all__ = ["plugin"]
