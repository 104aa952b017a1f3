"""sed: prints some lines of a text, or replaces something in every line of it, also in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.embedded.shell.files import sources
from simulators.embedded.shell.options import given
from simulators.embedded.shell.patterns import PatternError, compiled
from simulators.embedded.shell.text import lines
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

MISSING = "can't read {name}: {why}"
_PRINT = re.compile(r"(\d+|\$)(?:,(\d+|\$))?p")
_PIECE = re.compile(r"\\(.)|(&)|([^\\&]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Substitution:
    """`s/PATTERN/REPLACEMENT/FLAGS`."""

    pattern: re.Pattern[str]
    replacement: Callable[[re.Match[str]], str]
    everywhere: bool

    def apply(self, line: str) -> str:
        """Return a line, without its end, with what was found replaced."""
        return self.pattern.sub(self.replacement, line, count=0 if self.everywhere else 1)


async def _sed(call: Call) -> int:
    """`sed -n 3p`, `sed -n 3,7p`, `sed -n '$p'`; `sed [-i] [-E] s/PATTERN/REPLACEMENT/[gI]`, also several with `-e`."""
    found = given(call, "niEr", "e", long={"in-place": "i", "regexp-extended": "E", "expression": "e"})
    names = found.operands if "e" in found.values else found.operands[1:]
    scripts = found.values.get("e") or found.operands[:1]
    if "n" in found.flags:
        if found.flags != {"n"} or len(scripts) != 1:
            raise call.refuse()
        return _print(call, scripts[0], names)
    changes = [_read(call, script, extended=bool(found.flags & {"E", "r"})) for script in scripts]
    if not changes or ("i" in found.flags and not names):
        raise call.refuse()
    return _change(call, changes, names, in_place="i" in found.flags)


def _print(call: Call, text: str, names: list[str]) -> int:
    script = _PRINT.fullmatch(text)
    if script is None or script[1] == "0":
        raise call.refuse()
    status, every = 0, b""
    for _, content in sources(call, names, MISSING):
        if content is None:
            status = 2
        else:
            every += content
    all_lines = lines(every)
    first = len(all_lines) if script[1] == "$" else int(script[1])
    last = first if script[2] is None else (len(all_lines) if script[2] == "$" else max(first, int(script[2])))
    call.out(b"".join(all_lines[max(0, first - 1) : last]))
    return status


def _read(call: Call, script: str, *, extended: bool) -> Substitution:
    """Return what a script says. Raises NotSimulatedError."""
    if len(script) < 4 or script[0] != "s" or script[1].isalnum() or script[1] in "\\\n":
        raise call.refuse()
    mark = script[1]
    parts = re.split(rf"(?<!\\){re.escape(mark)}", script[2:])
    if len(parts) != 3 or not parts[0] or not re.fullmatch(r"[gI]*", parts[2]) or "\\\\" in parts[0]:
        raise call.refuse()
    pattern, replacement = (part.replace(f"\\{mark}", mark) for part in parts[:2])
    try:
        found = compiled(pattern, extended=extended, flags=re.IGNORECASE if "I" in parts[2] else 0)
    except PatternError:
        raise call.refuse() from None
    pieces = list(_PIECE.finditer(replacement))
    if any(piece[1] and (piece[1].isalpha() and piece[1] != "n") for piece in pieces):
        raise call.refuse()
    if any(piece[1] and piece[1].isdecimal() and int(piece[1]) > found.groups for piece in pieces):
        raise call.refuse()

    def fill(match: re.Match[str]) -> str:
        return "".join(_filled(piece, match) for piece in pieces)

    return Substitution(found, fill, "g" in parts[2])


def _filled(piece: re.Match[str], match: re.Match[str]) -> str:
    if piece[2]:
        return match[0]
    if piece[1] is None:
        return piece[3]
    if piece[1].isdecimal():
        return match[int(piece[1])] or ""
    return "\n" if piece[1] == "n" else piece[1]


def _change(call: Call, changes: list[Substitution], names: list[str], *, in_place: bool) -> int:
    status, printed = 0, b""
    for name, content in sources(call, names, MISSING):
        if content is None:
            status = 2
            continue
        changed = b"".join(_changed(line, changes) for line in lines(content))
        if not in_place:
            # GNU: the last line of one file and the first of the next are not one line.
            call.out(b"\n" + changed if printed and not printed.endswith(b"\n") and changed else changed)
            printed = changed or printed
            continue
        try:
            View.of(call).write(call.path(name), changed, append=False)
        except OSError as error:
            call.complain(f"couldn't open file {name}: {reason(error)}")
            return 4
    return status


def _changed(line: bytes, changes: list[Substitution]) -> bytes:
    text, end = line.removesuffix(b"\n").decode("utf-8", "surrogateescape"), line[len(line.removesuffix(b"\n")) :]
    for each in changes:
        text = each.apply(text)
    return text.encode("utf-8", "surrogateescape") + end


PROGRAMS: Mapping[str, Command] = {"sed": _sed}
