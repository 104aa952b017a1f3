"""Reads what a page tells its reader to do: command lines with what they print, and files to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTROL_C = "^C"
"""The line of a page at which the reader presses Ctrl-C."""
MORE = ""
"""The command of a block that only goes on with what an earlier one of its terminal prints."""
_FENCE = re.compile(r"^( *)(`{3,})(\w+)(?: +(.*?))?\s*$")
_EXIT_STATUS = re.compile(r"\s+# exit status (\d+)$")
_STAYS = re.compile(r"\bkitcheck (up .*--embedded|watch|class serve)\b")


@dataclass(frozen=True, slots=True)
class Typed:
    """A command that the reader types, and what is printed then."""

    line: int
    """Of the page, counted from 1."""
    terminal: str
    """`first`, or the name that the page gives another one: each has a shell of its own."""
    command: str
    """As it is typed; CONTROL_C; or MORE."""
    printed: tuple[str, ...]
    """Lines; `...` stands for any number of them, inside a line for any text."""
    exit_status: int = 0

    @property
    def stays(self) -> bool:
        """Whether the reader goes on in another terminal as soon as these lines were printed."""
        return _STAYS.search(self.command) is not None

    @property
    def ends_by_itself(self) -> bool:
        """Whether a command that stays is over when everything was printed that the page shows in the end."""
        return not self.stays or "--until-passed" in self.command


@dataclass(frozen=True, slots=True)
class Written:
    """A file that the reader writes."""

    line: int
    path: str
    """From the folder that the reader is in."""
    text: str
    adds: bool
    """Whether `text` is added to what the file has already."""
    under: str = ""
    """The line of the file below which it is added; at the end when this says nothing."""


def steps(page: Path, section: str = "Ten minutes") -> list[Typed | Written]:
    """Return what `page` tells its reader to do in `section`, in order; AssertionError when that cannot be told."""
    found: list[Typed | Written] = []
    for block in _blocks(page, section):
        kind, _, rest = block.information.partition(" ")
        if kind == "console":
            found += _typed(page, block, rest or "first")
        elif rest:
            name, _, under = rest.removeprefix("add to ").partition(" under ")
            found.append(Written(block.line, name, block.text, rest.startswith("add to "), under))
    assert found, f"{page}: nothing is to be done in a section {section!r}"
    return found


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    information: str
    text: str


def _blocks(page: Path, section: str) -> Iterator[_Block]:
    """Yield the fenced blocks of a section."""
    inside, fence, indent, start, information, content = False, "", "", 0, "", list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if fence:
            if line.strip() == fence:
                fence = ""
                if inside:
                    yield _Block(start, information, "".join(f"{each}\n" for each in content))
            else:
                content.append(line.removeprefix(indent))
        elif opening := _FENCE.match(line):
            indent, fence, start, content = opening[1], opening[2], number, []
            information = " ".join(filter(None, (opening[3], opening[4])))
        elif line.startswith("## "):
            inside = line.removeprefix("## ").strip() == section
    assert not fence, f"{page}:{start}: this block does not end"


def _typed(page: Path, block: _Block, terminal: str) -> Iterator[Typed]:
    command, line, status, printed = MORE, block.line, 0, list[str]()
    lines = enumerate(block.text.splitlines(), start=block.line + 1)
    for number, text in lines:
        if not text.startswith("$ ") and text.split("#")[0].strip() != CONTROL_C:
            printed.append(text)
            continue
        if command or printed:
            yield Typed(line, terminal, command, tuple(printed), status)
        command, line, printed = text.removeprefix("$ "), number, []
        while command.endswith("\\"):
            number, more = next(lines, (number, None))
            assert more is not None, f"{page}:{number}: the command does not end"
            command += f"\n{more.removeprefix('> ')}"
        said = _EXIT_STATUS.search(command)
        command, status = _EXIT_STATUS.sub("", command), int(said[1]) if said else 0
    assert command or printed, f"{page}:{block.line}: nothing is in this block"
    yield Typed(line, terminal, command, tuple(printed), status)
