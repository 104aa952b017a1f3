"""Ways to take a directive that only holds a value: once in a block, or several times."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.reader import Handler, Reading

Check = Callable[[Reading, Directive], object]
"""Raises Fault, or NotSimulatedError, when the value is not one."""


def once(check: Check = lambda _reading, _directive: None) -> Handler:
    """Return what takes a directive that may stand once in a block."""

    def take(reading: Reading, level: Level, directive: Directive) -> None:
        if level.own(directive.name):
            raise directive.misused("is duplicate")
        check(reading, directive)
        level.directives[directive.name] = [directive]

    return take


def many(check: Check = lambda _reading, _directive: None) -> Handler:
    """Return what takes a directive that may stand several times in a block."""

    def take(reading: Reading, level: Level, directive: Directive) -> None:
        check(reading, directive)
        level.directives.setdefault(directive.name, []).append(directive)

    return take


def opens(context: str) -> Handler:
    """Return what opens a block that may stand once."""

    def take(_reading: Reading, level: Level, directive: Directive) -> Level:
        if level.own(directive.name):
            raise directive.misused("is duplicate")
        level.directives[directive.name] = [directive]
        inner = Level((*level.context, context), level, directive)
        level.inner.append(inner)
        return inner

    return take


def plain(check: Callable[[Directive], object]) -> Check:
    """Return a check that needs the directive alone."""
    return lambda _reading, directive: check(directive)


def templates(reading: Reading, directive: Directive) -> None:
    """Check every word of a directive as a text with variables."""
    for word in directive.args:
        reading.template(word, directive)


def one_of(*words: str) -> Check:
    """Return a check that the value is one of some words."""

    def check(_reading: Reading, directive: Directive) -> None:
        for word in directive.args:
            if word not in words:
                raise directive.fault(f'invalid value "{word}"')

    return check


def pattern(reading: Reading, written: str, directive: Directive, *, ignores_case: bool = False) -> re.Pattern[str]:
    """Return a regular expression; its named groups are variables. Raises NotSimulatedError for what Python has not."""
    try:
        found = re.compile(python_pattern(written), re.ASCII | (re.IGNORECASE if ignores_case else re.NOFLAG))
    except re.error:
        raise directive.refusal(f'the regular expression "{written}"') from None
    reading.defined |= set(found.groupindex)
    return found


def python_pattern(written: str) -> str:
    """Return a regular expression of PCRE as Python writes it: named groups differ."""
    return re.sub(r"\(\?<(?![=!])", "(?P<", written)
