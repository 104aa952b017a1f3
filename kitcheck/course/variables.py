"""Which of a teacher's environment variables a group's own kit.yaml may name: their values go to the hosts it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from harness.errors import UsageError
from harness.marked_yaml import VARIABLE, read


def prefix(group: str) -> str:
    """Return how the variables of a group begin: `KIT_J_` for kit-j."""
    return re.sub(r"[^A-Z0-9]+", "_", group.upper()).strip("_") + "_"


def strange(path: Path, group: str, groups: Collection[str], shared: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the variables in a kit's own file: those that are neither the group's nor `shared`.

    A variable belongs to the group with the longest prefix that fits, so that `kit` has none of `kit-j`. What cannot
    be read has none: whoever loads the file says what is wrong with it.
    """
    try:
        written = read(path, {}).written
    except UsageError:
        return
    for name in dict.fromkeys(name for text in written.values() for name in VARIABLE.findall(text)):
        fitting = [each for each in groups if name.startswith(prefix(each))]
        owner = max(fitting, key=lambda each: len(prefix(each)), default="")
        if owner != group and name not in shared:
            yield (
                f"{path}: names the variable {name[:60]}, whose value would be sent to the kit: a kit's own file gets"
                f" those that begin with {prefix(group)} only; `variables` in the class file names what every kit may"
                " have"
            )
