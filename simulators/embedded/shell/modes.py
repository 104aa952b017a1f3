"""chmod, chown, chgrp: what is noted of a file, and shown by `ls -l`; what a mode forbids nobody is forbidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given, shown
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.embedded.call import Call, Command

_CLAUSE = re.compile(r"([ugoa]*)([-+=])([rwx]+)")
_BITS = {"r": 4, "w": 2, "x": 1}
_SHIFTS = {"u": 6, "g": 3, "o": 0}
USUAL, EXECUTABLE = 0o644, 0o755


async def _chmod(call: Call) -> int:
    """`chmod MODE FILE...`: octal, or `u+x,go-w`."""
    words = list(call.argv[1:])
    if len(words) < 2 or not (re.fullmatch("[0-7]{3,4}", words[0]) or _all_clauses(words[0])):
        raise call.refuse()
    status = 0
    for path in _files(call, words[1:], "cannot access"):
        if path is None:
            status = 1
            continue
        modes = call.host.files.modes
        usual = EXECUTABLE if call.host.files.is_executable(path) else USUAL
        modes[path] = _changed(modes.get(path, usual), words[0])
    return status


def _all_clauses(text: str) -> bool:
    return all(_CLAUSE.fullmatch(clause) for clause in text.split(","))


def _changed(mode: int, text: str) -> int:
    if text.isdecimal():
        return int(text, 8)
    for who, how, what in _CLAUSE.findall(text):
        bits = sum(_BITS[letter] for letter in set(what))
        for each in "ugo" if who in ("", "a") else who:
            shift = _SHIFTS[each]
            mode = mode & ~(7 << shift) if how == "=" else mode
            mode = mode & ~(bits << shift) if how == "-" else mode | bits << shift
    return mode


async def _chown(call: Call) -> int:
    """`chown USER[:GROUP] FILE...`, for root."""
    return _give(call, *(call.argv[1].partition(":")[::2] if len(call.argv) > 1 else ("", "")))


async def _chgrp(call: Call) -> int:
    """`chgrp GROUP FILE...`, for root."""
    return _give(call, "", call.argv[1] if len(call.argv) > 1 else "")


def _give(call: Call, user: str, group: str) -> int:
    names = given(call).operands[1:]
    if not names or not (user or group):
        raise call.refuse()
    status = 0
    for path in _files(call, names, "cannot access"):
        if path is None:
            status = 1
        elif call.user != "root":
            what = "ownership" if user else "group"
            status = call.complain(f"changing {what} of {shown(path)}: Operation not permitted")
        else:
            owner = call.host.files.owners.get(path, ("root", "root"))
            call.host.files.owners[path] = (user or owner[0], group or owner[1])
    return status


def _files(call: Call, names: list[str], wording: str) -> Iterator[str | None]:
    """Yield the real path of each regular file, None for what is not there; folders are not simulated."""
    view = View.of(call)
    for name in names:
        try:
            kind = view.kind(call.path(name))
        except OSError as error:
            call.complain(f"{wording} '{name}': {reason(error)}")
            yield None
            continue
        if kind is None:
            call.complain(f"{wording} '{name}': No such file or directory")
            yield None
        elif kind != "file":
            raise call.refuse()
        else:
            yield call.host.files.real(call.path(name))


PROGRAMS: Mapping[str, Command] = {"chgrp": _chgrp, "chmod": _chmod, "chown": _chown}
