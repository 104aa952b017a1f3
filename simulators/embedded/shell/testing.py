"""test, and its other name `[`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.view import View

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


class _WrongError(Exception):
    """The expression is none; the message is bash's."""


def test(call: Call, complain: Callable[[str], int]) -> int:
    """Return 0 when the expression holds, 1 when it does not; what `complain` returns when it is none."""
    words = list(call.argv[1:])
    if call.argv[0] == "[" and (not words or words.pop() != "]"):
        return complain("missing `]'")
    try:
        return 0 if _holds(call, words) else 1
    except _WrongError as wrong:
        return complain(str(wrong))


def _holds(call: Call, words: list[str]) -> bool:
    match words:
        case []:
            return False
        case [word]:
            return word != ""
        case ["!", *rest] if len(rest) < 3 or rest[1] not in ("-a", "-o"):
            return not _holds(call, rest)
        case [operator, word]:
            return _unary(call, operator, word)
        case [left, operator, right] if operator not in ("-a", "-o"):
            return _binary(call, left, operator, right)
        case _:
            for operator in ("-o", "-a"):
                if operator in words[1:-1] and "(" not in words:
                    at = words.index(operator, 1)
                    parts = (_holds(call, words[:at]), _holds(call, words[at + 1 :]))
                    return any(parts) if operator == "-o" else all(parts)
            raise call.refuse()


def _unary(call: Call, operator: str, word: str) -> bool:
    if operator in ("-z", "-n"):
        return (word == "") == (operator == "-z")
    view = View.of(call)
    path = call.path(word)
    try:
        match operator:
            case "-e" | "-r":
                if operator == "-r" and path == "/root" and call.user != "root":
                    return False
                return word != "" and view.kind(path) is not None
            case "-f":
                return word != "" and view.kind(path) == "file"
            case "-d":
                return word != "" and view.kind(path) == "folder"
            case "-s":
                return word != "" and (
                    view.kind(path) == "folder" or (view.kind(path) == "file" and view.read(path) != b"")
                )
            case "-L" | "-h":
                return word != "" and view.target(path) is not None
            case "-x":
                return word != "" and _is_executable(call, view, path)
            case _ if re.fullmatch(r"-[a-zA-Z]", operator) and operator not in ("-q", "-i", "-j", "-l", "-m", "-y"):
                raise call.refuse()
            case _:
                raise _WrongError(f"{operator}: unary operator expected")
    except PermissionError:
        return False


def _is_executable(call: Call, view: View, path: str) -> bool:
    kind = view.kind(path)
    if kind != "file":
        return kind == "folder"
    if path.startswith(("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/")) or path in call.host.commands:
        return True
    real = call.host.files.real(path)
    if call.host.files.is_executable(real):
        return True
    if real in call.host.files.modes:
        return False
    raise call.refuse()  # nobody knows the mode of this one


def _binary(call: Call, left: str, operator: str, right: str) -> bool:
    if operator in ("=", "=="):
        return left == right
    if operator == "!=":
        return left != right
    if operator in _COMPARE:
        for word in (left, right):
            if not re.fullmatch(r"\s*[+-]?\d+\s*", word):
                raise _WrongError(f"{word}: integer expression expected")
        return _COMPARE[operator](int(left), int(right))
    if operator in ("-nt", "-ot", "-ef", "<", ">"):
        raise call.refuse()
    raise _WrongError(f"{operator}: binary operator expected")


async def _program(call: Call) -> int:
    def complain(text: str) -> int:
        call.complain(text)
        return 2

    return test(call, complain)


PROGRAMS: Mapping[str, Command] = {"[": _program, "test": _program}
