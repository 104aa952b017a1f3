"""The command `kitcheck mistakes`: the catalogue, for people and for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from simulators.entry import EVERYTHING
from simulators.mistakes import CATALOGUE

if TYPE_CHECKING:
    from simulators.entry import Entry

WIDTH = 80
"""Columns, whoever reads: a catalogue that is piped looks as it does on a terminal."""


def mistakes(*, as_json: bool = False) -> int:
    """Print the catalogue and return the exit status."""
    if as_json:
        typer.echo(json.dumps([_document(each) for each in CATALOGUE], ensure_ascii=False, indent=2))
        return 0
    for number, each in enumerate(CATALOGUE):
        typer.echo("\n".join(([""] if number else []) + list(_lines(each))))
    return 0


def _lines(each: Entry) -> Iterator[str]:
    yield f"{each.id}  {each.kind}, {each.checkpoint}"
    yield from _wrapped(each.story)
    for word, named in (("must fail", each.fails), ("cannot be told", each.errors)):
        if named:
            yield from _wrapped(f"{word}: {', '.join(_checks(named))}")
    if not each.fails and not each.errors:
        yield from _wrapped("must pass everything")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="        ", break_on_hyphens=False)


def _checks(named: Mapping[str, str]) -> list[str]:
    return ["everything"] if EVERYTHING in named else list(named)


def _document(each: Entry) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "checkpoint": each.checkpoint,
        "story": each.story,
        "fails": dict(each.fails),
        "errors": dict(each.errors),
    }
