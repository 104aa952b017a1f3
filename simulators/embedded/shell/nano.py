"""nano: a text editor at a terminal, with as much of it as editing a configuration takes.

Letters, Enter, Backspace, Delete, arrows, Home and End; Alt-A marks, Ctrl-K cuts a line or what is marked, Ctrl-U
brings it back; Alt-\\ and Alt-/ go to the first and the last line; Ctrl-O writes, Ctrl-X leaves. GNU nano 6.2 has these
keys; any other is said to be unbound. Help, search and colours are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

WIDTH, HEIGHT = 80, 24
CLEAR = "\x1b[H\x1b[2J"
TITLE = "  GNU nano 6.2"
HELP = "^O Write Out   ^X Exit   ^K Cut   ^U Paste   M-A Set Mark   M-\\ First Line   M-/ Last Line"
_KEYS = re.compile(r"\x1b\[\d*[A-Z~]|\x1bO[A-Z]|\x1b.|\r\n|.", re.DOTALL)
_NAMES = {
    "\x1b[A": "up",
    "\x1bOA": "up",
    "\x1b[B": "down",
    "\x1bOB": "down",
    "\x1b[C": "right",
    "\x1bOC": "right",
    "\x1b[D": "left",
    "\x1bOD": "left",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b[3~": "delete",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\r": "enter",
    "\n": "enter",
    "\r\n": "enter",
    "\x01": "home",
    "\x05": "end",
    "\x0b": "cut",
    "\x15": "paste",
    "\x0f": "write",
    "\x18": "leave",
    "\x03": "cancel",
    "\x1b\\": "first",
    "\x1b/": "last",
    "\x1ba": "mark",
    "\x1bA": "mark",
    "\t": "\t",
}


async def _nano(call: Call) -> int:
    """`nano FILE`, at a terminal."""
    found = given(call)
    terminal = call.terminal
    if len(found.operands) != 1:
        raise call.refuse()
    if terminal is None:
        call.err(b"Error opening terminal: unknown.\n")
        return 1
    view, path = View.of(call), call.path(found.operands[0])
    try:
        text = view.read(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        text = ""
    except OSError:
        raise call.refuse() from None

    def write(name: str, content: str) -> str:
        try:
            view.write(call.path(name), content.encode("utf-8", "surrogateescape"), append=False)
        except OSError as error:
            return f"Error writing {name}: {reason(error)}"
        return ""

    editor = _Editor(found.operands[0], text.removesuffix("\n").split("\n"))
    terminal.mode("keys")
    try:
        while not editor.left:
            terminal.out(editor.screen().encode("utf-8", "surrogateescape"))
            typed = await terminal.read_line()
            if typed is None:
                return 1
            for key in _keys(typed):
                editor.press(key)
                if editor.saves:
                    editor.saved(write(editor.name, editor.text))
    finally:
        terminal.out(CLEAR.encode())
        terminal.mode("lines")
    return 0


def _keys(typed: str) -> Iterator[str]:
    for each in _KEYS.findall(typed):
        yield _NAMES.get(each, each if each.isprintable() else "")


@dataclass
class _Editor:
    """A text and a cursor in it."""

    name: str
    lines: list[str]
    row: int = 0
    column: int = 0
    mark: tuple[int, int] | None = None
    clip: list[str] = field(default_factory=list[str])
    changed: bool = False
    asks: str = ""
    """`name`: which file to write; `save`: whether to, before leaving."""
    leaves: bool = False
    """Whether it is left once it is saved."""
    saves: bool = False
    """Whether somebody must write the file now."""
    left: bool = False
    message: str = ""

    @property
    def text(self) -> str:
        """The file's content: its last line ends too."""
        return "\n".join(self.lines) + "\n" if self.lines != [""] else ""

    def press(self, key: str) -> None:
        """Do what a key means."""
        if self.left:
            return
        self.message = ""
        if self.asks:
            self._answer(key)
        elif len(key) == 1:
            self._insert(key)
        else:
            self._act(key)

    def saved(self, trouble: str) -> None:
        """Note that the file was written, or why not."""
        self.saves, self.asks = False, ""
        self.message = trouble or f"Wrote {len(self.lines)} line{'' if len(self.lines) == 1 else 's'}"
        if trouble:
            self.leaves = False
            return
        self.changed, self.left = False, self.leaves

    def screen(self) -> str:
        """Return everything that is to be seen, the cursor at its place."""
        top = max(0, self.row - (HEIGHT - 6))
        shown = [line[: WIDTH - 1] for line in self.lines[top : top + HEIGHT - 4]]
        title = f"{TITLE}   {self.name}{' *' if self.changed else ''}"
        questions = {"name": f"File Name to Write: {self.name}", "save": "Save modified buffer?  (Y/N, ^C Cancel)"}
        status = questions.get(self.asks) or (f"[ {self.message} ]" if self.message else "")
        body = [*shown, *[""] * (HEIGHT - 4 - len(shown))]
        at = f"\x1b[{self.row - top + 2};{min(self.column, WIDTH - 1) + 1}H"
        return CLEAR + "\n".join([title, *body, status, HELP]) + ("" if self.asks else at)

    def _answer(self, key: str) -> None:
        if key == "cancel":
            self.asks, self.leaves, self.message = "", False, "Cancelled"
        elif self.asks == "name":
            if key == "enter":
                self.saves = True
            elif key == "backspace":
                self.name = self.name[:-1]
            elif len(key) == 1:
                self.name += key
        elif key.lower() == "y":
            self.asks = "name"
        elif key.lower() == "n":
            self.left = True

    def _act(self, key: str) -> None:
        line = self.lines[self.row]
        match key:
            case "enter":
                self.lines[self.row : self.row + 1] = [line[: self.column], line[self.column :]]
                self.row, self.column, self.changed = self.row + 1, 0, True
            case "backspace":
                if (self.row, self.column) != (0, 0):
                    self._move("left")
                    self._delete()
            case "delete":
                self._delete()
            case "mark":
                self.mark = None if self.mark else (self.row, self.column)
                self.message = "Mark Set" if self.mark else "Mark Unset"
            case "cut":
                self._cut()
            case "paste":
                self._paste()
            case "write":
                self.asks = "name"
            case "leave":
                self.leaves, self.asks, self.left = True, "save" if self.changed else "", not self.changed
            case "up" | "down" | "left" | "right" | "home" | "end" | "first" | "last":
                self._move(key)
            case _:
                self.message = "Unbound key"

    def _insert(self, text: str) -> None:
        line = self.lines[self.row]
        self.lines[self.row] = line[: self.column] + text + line[self.column :]
        self.column, self.changed = self.column + len(text), True

    def _delete(self) -> None:
        line = self.lines[self.row]
        if self.column < len(line):
            self.lines[self.row] = line[: self.column] + line[self.column + 1 :]
        elif self.row + 1 < len(self.lines):
            self.lines[self.row : self.row + 2] = [line + self.lines[self.row + 1]]
        else:
            return
        self.changed = True

    def _move(self, key: str) -> None:
        last = len(self.lines) - 1
        before_line, behind_line = self.column == 0, self.column == len(self.lines[self.row])
        match key:
            case "home":
                self.column = 0
            case "end":
                self.column = len(self.lines[self.row])
            case "first":
                self.row, self.column = 0, 0
            case "last":
                self.row, self.column = last, len(self.lines[last])
            case "left" if before_line and self.row > 0:
                self.row, self.column = self.row - 1, len(self.lines[self.row - 1])
            case "left":
                self.column = max(0, self.column - 1)
            case "right" if behind_line and self.row < last:
                self.row, self.column = self.row + 1, 0
            case "right":
                self.column = min(len(self.lines[self.row]), self.column + 1)
            case _:
                self.row = min(last, max(0, self.row + (-1 if key == "up" else 1)))
                self.column = min(self.column, len(self.lines[self.row]))

    def _cut(self) -> None:
        """Cut what is marked, or the line."""
        here = (self.row, self.column)
        if self.mark is None:
            begin, end = (self.row, 0), (self.row + 1, 0)
            if self.row + 1 == len(self.lines):
                end = (self.row, len(self.lines[self.row]))
        else:
            begin, end = min(self.mark, here), max(self.mark, here)
        rows = self.lines[begin[0] : end[0] + 1] if end[0] < len(self.lines) else [*self.lines[begin[0] :], ""]
        head, tail = rows[0][: begin[1]], rows[-1][end[1] :]
        inside = "\n".join(rows)[begin[1] : len("\n".join(rows)) - len(tail)]
        self.clip = inside.split("\n")
        self.lines[begin[0] : end[0] + 1] = [head + tail]
        (self.row, self.column), self.mark = begin, None
        self.changed = self.changed or inside != ""

    def _paste(self) -> None:
        line = self.lines[self.row]
        head, tail = line[: self.column], line[self.column :]
        whole = "\n".join(self.clip).split("\n")
        made = [*whole]
        made[0], made[-1] = head + made[0], made[-1] + tail
        if len(made) == 1:
            made = [head + whole[0] + tail]
        self.lines[self.row : self.row + 1] = made
        self.row += len(made) - 1
        self.column, self.changed = len(made[-1]) - len(tail), True


PROGRAMS: Mapping[str, Command] = {"nano": _nano}
