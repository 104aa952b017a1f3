"""echo, printf, and programs that print a constant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_FORMAT = re.compile(r"%%|%(-?\d*)([sd])|[^%]+")


def echo(call: Call, *, escapes: bool) -> int:
    """Print words; `escapes` as dash's echo has them without asking, where there is no `-e`."""
    words = list(call.argv[1:])
    newline = True
    while words and (words[0] == "-n" or (not escapes and re.fullmatch(r"-[neE]+", words[0]))):
        option = words.pop(0)
        newline = newline and "n" not in option
        if "e" in option or "E" in option:
            escapes = option.rindex("e") > option.rfind("E") if "e" in option else False
            return _echo(call, words, newline=newline, escapes=escapes)
    return _echo(call, words, newline=newline, escapes=escapes)


def _echo(call: Call, words: list[str], *, newline: bool, escapes: bool) -> int:
    text = " ".join(words)
    text = _unescaped(call, text) if escapes else text
    call.out((text + ("\n" if newline else "")).encode("utf-8", "surrogateescape"))
    return 0


def _unescaped(call: Call, text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] in _ESCAPES:
            return _ESCAPES[found[1]]
        if found[1] in "0xuUce":  # octal and so on; the empty text, at the end, as well
            raise call.refuse()
        return found[0]

    return _ESCAPE.sub(one, text)


def printf(call: Call) -> int:
    """Print words by a format of `%s`, `%d` and `%%`, which is used again while words are left."""
    words = list(call.argv[1:])
    if not words or words[0].startswith("-"):
        raise call.refuse()
    form = _unescaped(call, words.pop(0))
    pieces = list(_FORMAT.finditer(form))
    if "".join(piece[0] for piece in pieces) != form:
        raise call.refuse()
    printed: list[str] = []
    while True:
        used = len(words)
        printed.extend(_formatted(call, piece, words) for piece in pieces)
        if not words or used == len(words):
            break
    call.out("".join(printed).encode("utf-8", "surrogateescape"))
    return 0


def _formatted(call: Call, piece: re.Match[str], words: list[str]) -> str:
    if piece[0] == "%%":
        return "%"
    if piece[2] is None:
        return piece[0]
    word = words.pop(0) if words else ""
    if piece[2] == "d":
        word = word or "0"
        if not re.fullmatch(r"-?[1-9]\d*|0", word):
            raise call.refuse()
    return f"%{piece[1]}s" % word


async def _echo_program(call: Call) -> int:
    if "--help" in call.argv or "--version" in call.argv:
        raise call.refuse()
    return echo(call, escapes=False)


async def _printf_program(call: Call) -> int:
    return printf(call)


async def _true(_call: Call) -> int:
    return 0


async def _false(_call: Call) -> int:
    return 1


async def _pwd(call: Call) -> int:
    if len(call.argv) > 1:
        raise call.refuse()
    call.say(call.folder)
    return 0


PROGRAMS: Mapping[str, Command] = {
    "echo": _echo_program,
    "false": _false,
    "printf": _printf_program,
    "pwd": _pwd,
    "true": _true,
}
