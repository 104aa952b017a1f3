"""Reads a YAML file and remembers the line of every value, so that whatever is wrong with one can be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.errors import UsageError

FILE_LIMIT = 1_048_576
"""Bytes of a file."""
KEY_LIMIT, PLAIN_LIMIT = 200, 100
"""Characters of a key, and of a value that may be a number or a date: reading a longer number takes the square of its
length."""
DEPTH_LIMIT = 10
"""Levels of nesting; kit.yaml has three."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VARIABLE = re.compile(r"\$\{([^}]*)\}")

Keys = tuple[str | int, ...]
"""Where a value is: keys and list positions from the top."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file."""

    line: int
    keys: Keys
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {dotted(self.keys)}: {self.text}" if self.keys else f"line {self.line}: {self.text}"


@dataclass(slots=True)
class Marked:
    """A file's values, variables filled in, with what is known about each."""

    values: Any = None
    lines: dict[Keys, int] = field(default_factory=dict[Keys, int])
    """The line of each key (of each item in a list)."""
    written: dict[Keys, str] = field(default_factory=dict[Keys, str])
    """Each plain value as it stands in the file."""
    problems: list[Problem] = field(default_factory=list[Problem])

    def line(self, keys: Keys) -> int:
        """Return the line of a value, or of the nearest thing around it that is there."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


def dotted(keys: Keys) -> str:
    """Return a place as people write it: `roles.django[1]`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def read(path: Path, environ: Mapping[str, str], *, limit: int = FILE_LIMIT) -> Marked:
    """Read a file whose top level is a mapping; `${NAME}` in text becomes the variable's value.

    Problems with single values are collected. Raises UsageError when there is nothing to read values from, or more
    than `limit` bytes.
    """
    text = _text(path, limit)
    try:
        _refuse_cleverness(path, text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"{path}{where}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path}: not YAML: {str(error).splitlines()[0] or 'nested too deeply'}") from None
    marked = Marked()
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{path} line 1: expected keys with values, as `name: value`, found none")
    marked.values = _value(node, (), marked, environ)
    return marked


def _text(path: Path, limit: int) -> str:
    try:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise UsageError(f"{path}: larger than {limit} bytes: expected a description of some lines")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path} line {line}: not UTF-8 text") from None


def _refuse_cleverness(path: Path, text: str) -> None:
    """Refuse what can make a small file enormous, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise UsageError(
                f"{path} line {line}: anchors and aliases (`&`, `*`) are not supported: write the value out"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT:
                raise UsageError(f"{path} line {line}: nested more than {DEPTH_LIMIT} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: yaml.Node, keys: Keys, marked: Marked, environ: Mapping[str, str]) -> Any:
    marked.lines.setdefault(keys, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, keys, marked, environ)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*keys, number), marked, environ) for number, item in enumerate(node.value)]
    written = str(node.value)
    marked.written[keys] = written
    if node.tag != "tag:yaml.org,2002:str":
        return _plain(node)
    return _filled(written, keys, marked, environ)


def _mapping(node: yaml.MappingNode, keys: Keys, marked: Marked, environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            marked.problems.append(Problem(line, keys, "a key must be a plain word"))
            continue
        key = str(key_node.value)
        if len(key) > KEY_LIMIT:
            marked.problems.append(Problem(line, keys, f"a key of {len(key)} characters"))
            continue
        inner = (*keys, key)
        if key in values:
            marked.problems.append(Problem(line, inner, f"given twice; the first is in line {marked.line(inner)}"))
            continue
        marked.lines[inner] = line
        values[key] = _value(value_node, inner, marked, environ)
    return values


def _plain(node: yaml.Node) -> Any:
    """Return what YAML 1.1 makes of a value that is not quoted: `on` is True, `1:30` is 90.

    Only of the value itself: a tag may call anything a number, also a text that would be a document of its own.
    """
    written = str(node.value)
    if len(written) > PLAIN_LIMIT:
        return written
    constructor: Any = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_document(node)
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
        # PyYAML 6 raises whatever a value leads to that is not of the kind which its tag says
        return written


def _filled(written: str, keys: Keys, marked: Marked, environ: Mapping[str, str]) -> str:
    def variable(found: re.Match[str]) -> str:
        name = found.group(1)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            problem = f"${{{name[:60]}}} is not the name of an environment variable"
        elif name not in environ:
            problem = f"environment variable {name[:60]} is not set"
        elif not environ[name]:
            problem = f"environment variable {name} is empty"
        else:
            return environ[name]
        marked.problems.append(Problem(marked.line(keys), keys, problem))
        return ""

    return VARIABLE.sub(variable, written)
