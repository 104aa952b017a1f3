"""Writes the tables of docs/mistakes.md: a page that lists the catalogue must not be another one.

`python -m simulators.catalogue.page` does it, and says how many lines are new.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from simulators.entry import EVERYTHING, Entry
from simulators.mistakes import FAULTS, MISTAKES, VARIATIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mistakes.md"
_TABLE = re.compile(r"^(?P<head>\| id \|.*\n\|[-|]+\|\n)(?:\|.*\n)*", re.MULTILINE)


def written(page: str) -> str:
    """Return the page with its three tables anew; what stands around them stays.

    Raises ValueError when it has not three tables whose first column is `id`: mistakes, variations, faults.
    """
    tables = iter((_table(MISTAKES), _table(VARIATIONS), _table(FAULTS)))
    if (seen := len(_TABLE.findall(page))) != 3:
        raise ValueError(f"{PAGE.name} must have 3 tables that begin with the column id, and has {seen}")
    return _TABLE.sub(lambda found: found["head"] + next(tables), page)


def _table(entries: Iterable[Entry]) -> str:
    return "".join(f"| {' | '.join(_cells(each))} |\n" for each in entries)


def _cells(each: Entry) -> list[str]:
    named = ", ".join(f"`{check}`" for check in (each.errors if each.kind == "fault" else each.fails))
    cells = [f"`{each.id}`", each.story.replace("|", r"\|")]
    if each.kind == "mistake":
        cells.append(named)
    elif each.kind == "fault":
        cells.append("everything" if EVERYTHING in each.errors else named or "nothing: every check passes")
    return cells


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    PAGE.write_text(after, encoding="utf-8")
    new = set(after.splitlines()) - set(before.splitlines())
    sys.stdout.write(f"docs/{PAGE.name}: {len(new)} new {'line' if len(new) == 1 else 'lines'}\n")
