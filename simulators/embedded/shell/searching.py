"""grep."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given
from simulators.embedded.shell.patterns import PatternError, compiled
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.shell.options import Given

_LONG = {
    "count": "c",
    "extended-regexp": "E",
    "files-with-matches": "l",
    "fixed-strings": "F",
    "ignore-case": "i",
    "invert-match": "v",
    "line-number": "n",
    "line-regexp": "x",
    "no-filename": "h",
    "no-messages": "s",
    "only-matching": "o",
    "quiet": "q",
    "regexp": "e",
    "silent": "q",
    "with-filename": "H",
    "word-regexp": "w",
}


async def _grep(call: Call) -> int:
    """Print matching lines; return 0 when there are any, 1 when not, 2 after an error (GNU grep 3)."""
    found = given(call, "HhEFqsvicnowxl", "e", long=_LONG)
    patterns = [line for each in found.values.get("e", []) for line in each.split("\n")]
    names = found.operands
    if not patterns:
        if not names:
            raise call.refuse()
        patterns = names.pop(0).split("\n")
    try:
        search = _search(call, patterns, found)
    except PatternError:
        raise call.refuse() from None
    several = (len(names) > 1 or "H" in found.flags) and "h" not in found.flags
    matched, failed = False, False
    view = View.of(call)
    for name in names or ["-"]:
        shown = "(standard input)" if name == "-" else name
        try:
            content = call.read() if name == "-" else view.read(call.path(name))
        except OSError as error:
            failed = True
            if "s" not in found.flags or isinstance(error, IsADirectoryError):
                call.complain(f"{name}: {reason(error)}")
            continue
        matched = _in_file(call, found, search, shown if several else "", shown, content) or matched
        if matched and "q" in found.flags:
            return 0
    return 2 if failed else (0 if matched else 1)


def _search(call: Call, patterns: list[str], found: Given) -> Callable[[str], list[str]]:
    """Return what finds every match in a line."""
    flags = re.IGNORECASE if "i" in found.flags else 0
    if "o" in found.flags and (len(patterns) > 1 or (not found.flags & {"F"} and "|" in patterns[0])):
        raise call.refuse()  # POSIX wants the longest alternative, Python finds the first
    if "F" in found.flags:
        made = [re.compile(re.escape(each), flags) for each in patterns]
    else:
        made = [compiled(each, extended="E" in found.flags, flags=flags) for each in patterns]
    if "x" in found.flags:
        made = [re.compile(rf"\A(?:{each.pattern})\Z", flags) for each in made]
    elif "w" in found.flags:
        made = [re.compile(rf"(?<!\w)(?:{each.pattern})(?!\w)", flags) for each in made]
    return lambda line: [match[0] for each in made for match in each.finditer(line)]


def _in_file(
    call: Call, found: Given, search: Callable[[str], list[str]], prefix: str, name: str, content: bytes
) -> bool:
    """Print what a file has; return whether it has any."""
    count = 0
    text = content.decode("utf-8", "surrogateescape")
    listed = text.split("\n")
    if listed[-1] == "":
        del listed[-1]
    for number, line in enumerate(listed, 1):
        matches = search(line)
        if bool(matches) == ("v" in found.flags):
            continue
        count += 1
        if found.flags & {"q", "c", "l"}:
            continue
        if "\0" in text:
            call.complain(f"{name}: binary file matches")
            return True
        start = (f"{prefix}:" if prefix else "") + (f"{number}:" if "n" in found.flags else "")
        if "o" not in found.flags:
            call.say(start + line)
        elif "v" not in found.flags:
            for match in matches:
                if match:
                    call.say(start + match)
    if "l" in found.flags and count and "q" not in found.flags:
        call.say(name)
    elif "c" in found.flags and "q" not in found.flags:
        call.say((f"{prefix}:" if prefix else "") + str(count))
    return count > 0


PROGRAMS: Mapping[str, Command] = {"grep": _grep}
