"""What pydantic finds wrong with a YAML file, in our words: the line, the key, what is expected."""

from __future__ import annotations

import difflib
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import UsageError
from harness.marked_yaml import Keys, Marked, Problem
from harness.printable import one_line

TEXT = "expected text"
"""What is said of a value that is none, here and by those who describe a file."""
LONGEST = 60
"""Characters of a value that is shown; a longer one is not."""
TOLD, LONGEST_LINE = 40, 1000
"""Problems that are told at once, a line each, and characters of a line."""


def refusal(lines: Sequence[str]) -> UsageError:
    """Return all that is wrong, a line each, so that it can be mended before the next try; of very many the first."""
    more = [f"and {len(lines) - TOLD} more"] if lines[TOLD:] else []
    return UsageError(*(one_line(line, limit=LONGEST_LINE) for line in lines[:TOLD]), *more)


def misfits_of(
    error: ValidationError,
    marked: Marked,
    model: type[BaseModel],
    *,
    within: Keys = (),
    examples: Mapping[str, str],
    hidden: Collection[str] = (),
) -> Iterator[Problem]:
    """Yield what `error` says about the part of a file that stands at `within` and should fit `model`.

    `examples` show keys as they could be written; values of the keys `hidden` are never shown.
    """
    details = error.errors(include_url=False, include_input=False)
    for detail in details:
        if detail["type"] == "too_short" and any(
            other["loc"][: len(detail["loc"])] == detail["loc"] for other in details if other is not detail
        ):
            continue  # it is so short because what is in it cannot be used
        place = tuple(key for key in detail["loc"] if key != "[key]")
        keys = (*within, *place)
        yield Problem(marked.line(keys), keys, _said(detail, place, keys, marked, model, examples, hidden))


def _said(
    detail: ErrorDetails,
    place: Keys,
    keys: Keys,
    marked: Marked,
    model: type[BaseModel],
    examples: Mapping[str, str],
    hidden: Collection[str],
) -> str:
    example = examples.get(str(place[-1])) if place else None
    shown = f"; expected e.g. {example}" if example else ""
    written = marked.written.get(keys)
    secret = any(key in hidden for key in keys)
    seen = f"; found `{written}`" if written and not secret and len(written) <= LONGEST else ""
    match detail["type"]:
        case "extra_forbidden":
            return "unknown key" + _meant(str(place[-1]), _siblings(model, place))
        case "missing":
            return "missing" + shown
        case "literal_error":
            return f"unknown{seen}; expected {detail.get('ctx', {}).get('expected', '')}"
        case "value_error":
            said = str(detail["msg"]).removeprefix("Value error, ")
            if "password" in said:  # where one does not belong: not to be repeated
                return said
        case "model_type" | "dict_type" | "model_attributes_type":
            return "expected keys and values of its own" + shown
        case "tuple_type" | "list_type":
            return "expected a list" + shown
        case "too_short":
            return "expected at least one" + shown
        case "string_type":
            said = TEXT
        case _:
            said = str(detail["msg"])[:1].lower() + str(detail["msg"])[1:]
    if said == TEXT and written is not None and (taken_for := _misread(keys, marked)):
        return f'{said}; YAML reads it as {taken_for}: put it in quotes ("...")'
    return said + seen


def _misread(keys: Keys, marked: Marked) -> str:
    """Return what YAML 1.1 took a value for that stands where text is expected."""
    value: Any = marked.values
    for key in keys:
        value = value[key]
    if value is None:
        return "nothing"
    kinds: dict[type[Any], str] = {bool: "yes or no", int: "a number", float: "a number"}
    return "" if isinstance(value, str) else kinds.get(cast("type[Any]", type(value)), "a date")


def _siblings(model: type[BaseModel], place: Keys) -> list[str]:
    """Return the keys that are legal beside the last one of `place`."""
    inner: object = model
    for key in place[:-1]:
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            inner = inner.model_fields[str(key)].annotation if str(key) in inner.model_fields else None
        else:
            inner = get_args(inner)[-1 if isinstance(key, str) else 0] if get_args(inner) else None
        inner = _without_none(inner)
    return list(inner.model_fields) if isinstance(inner, type) and issubclass(inner, BaseModel) else []


def _without_none(annotation: object) -> object:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    kinds = get_args(annotation)
    return next(kind for kind in kinds if kind is not type(None))


def _meant(key: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(key.lower(), candidates, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; expected one of {', '.join(candidates)}" if candidates else ""
