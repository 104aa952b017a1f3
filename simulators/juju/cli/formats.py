"""Values as text: JSON and YAML as Go writes them, and tables."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any


class Flow(list[str]):
    """A list that YAML shows on one line."""


def json_text(value: Any) -> str:
    """Return JSON on one line, as `--format json` prints it."""
    import json

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"


def yaml_text(value: Any) -> str:
    """Return YAML in the order of the value's keys, texts of several lines as blocks."""
    import yaml

    text = yaml.dump(
        value, Dumper=_dumper(), sort_keys=False, default_flow_style=False, allow_unicode=True, width=10**6
    )
    # PyYAML without its C part has no short form for an empty key
    return re.sub(r'\? ""\n *: ', '"": ', text)


@functools.cache
def _dumper() -> Any:
    """Return what writes YAML as Go does: in C where PyYAML has that, which is ten times as fast."""
    import yaml

    begin: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    resolver: Any = yaml.SafeLoader("")

    def text(dumper: Any, data: str) -> Any:
        # what YAML would take for something else than text, Go puts into double quotes
        plain = resolver.resolve(yaml.ScalarNode, data, (True, False)) == "tag:yaml.org,2002:str"
        style = "|" if "\n" in data else None if plain else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def flow(dumper: Any, data: Flow) -> Any:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)

    made: Any = type("Dumper", (begin,), {"ignore_aliases": lambda _self, _data: True})  # pyright: ignore[reportUnknownLambdaType]  # as PyYAML wants it
    made.add_representer(str, text)
    made.add_representer(Flow, flow)
    return made


def read_yaml(content: bytes | str) -> Any:
    """Return what YAML says. Raises yaml.YAMLError."""
    import yaml

    return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), last_is_bare: bool = True) -> str:
    """Return rows in columns as Go's tabwriter lines them up, with two blanks between columns.

    Every cell but the last of its row ends with a tab, and is filled up to the width of its column: that of the
    longest cell of the consecutive rows that have one. With `last_is_bare` false the last is filled up as well.
    """
    lines = [list(row) for row in rows]
    ended = [len(row) - (1 if last_is_bare else 0) for row in lines]
    widths: list[dict[int, int]] = [{} for _ in lines]
    for column in range(max(ended, default=0)):
        block: list[int] = []
        for index in range(len(lines) + 1):
            if index < len(lines) and ended[index] > column:
                block.append(index)
                continue
            width = max((len(lines[each][column]) for each in block), default=0)
            for each in block:
                widths[each][column] = width + 2
            block = []
    shown: list[str] = []
    for index, row in enumerate(lines):
        cells = [
            cell
            if column not in widths[index]
            else f"{cell.rjust(widths[index][column] - 2)}  "
            if column in right
            else cell.ljust(widths[index][column])
            for column, cell in enumerate(row)
        ]
        shown.append("".join(cells))
    return "".join(f"{line}\n" for line in shown)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `unit/2` before `unit/10`."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name))


def clean(value: Mapping[str, Any], *always: str) -> dict[str, Any]:
    """Return a mapping without what is empty, but with the keys that are always shown."""
    return {key: each for key, each in value.items() if key in always or each not in ("", None, [], {})}
