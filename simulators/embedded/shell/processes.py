"""ps, pgrep, pkill, kill: the processes of a host, as procps shows and ends them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from simulators.embedded.shell.options import given
from simulators.embedded.shell.patterns import PatternError, compiled
from simulators.embedded.shell.proc import processes

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.host import Process
    from simulators.embedded.shell.options import Given

ENDING = frozenset({"TERM", "KILL", "INT", "15", "9", "2"})
"""Signals that end a program; what others do to it is its own affair, and not simulated."""
_COLUMNS: Mapping[str, tuple[str, int, bool, Callable[[Process], str]]] = {
    "pid": ("PID", 7, True, lambda process: str(process.pid)),
    "ppid": ("PPID", 7, True, lambda process: str(process.parent)),
    "user": ("USER", 8, False, lambda process: process.user),
    "comm": ("COMMAND", 15, False, lambda process: process.command[:15]),
    "args": ("COMMAND", 27, False, lambda process: " ".join(process.argv)),
    "cmd": ("CMD", 27, False, lambda process: " ".join(process.argv)),
}
"""Of each column its title, its width, whether it stands on the right, and what it shows."""


def _searched(call: Call, found: Given) -> list[Process]:
    """Return the processes that pgrep's options choose, by id; a pattern is looked for as regexec() does."""
    patterns = found.operands
    users = found.value("u")
    if len(patterns) > 1 or (not patterns and users is None):
        raise call.refuse()
    try:
        wanted = compiled(patterns[0], extended=True) if patterns else re.compile("")
    except PatternError:
        raise call.refuse() from None
    matches = wanted.fullmatch if "x" in found.flags else wanted.search
    return [
        process
        for process in processes(call.host)
        if (users is None or process.user in users.split(","))
        and matches(" ".join(process.argv) if "f" in found.flags else process.command[:15])
    ]


async def _pgrep(call: Call) -> int:
    """Print ids; it never finds itself, and has no process here that it could find."""
    found = given(call, "falx", "u", long={"full": "f", "list-full": "a", "list-name": "l", "exact": "x"})
    there = _searched(call, found)
    for process in there:
        if "a" in found.flags:
            call.say(f"{process.pid} {' '.join(process.argv)}")
        elif "l" in found.flags:
            call.say(f"{process.pid} {process.command[:15]}")
        else:
            call.say(str(process.pid))
    return 0 if there else 1


async def _pkill(call: Call) -> int:
    words = list(call.argv)
    if len(words) > 1 and _signal(words[1]) is not None:
        _require_ending(call, words.pop(1))
    ended = 0
    for process in _searched(call, given(call.with_words(*words), "fx", "u", long={"full": "f", "exact": "x"})):
        if call.user not in ("root", process.user):
            call.complain(f"killing pid {process.pid} failed: Operation not permitted")
            continue
        call.host.end(process)
        ended += 1
    return 0 if ended else 1


def kill(call: Call, *, complain: Callable[[str], int], whose: Literal["bash", "dash", "procps"]) -> int:
    """End processes by id; `complain` prints a message and returns the status. `whose` words they are."""
    words = list(call.argv[1:])
    signal = "TERM"
    if words and words[0] in ("-s", "-n") and len(words) > 1:
        signal = words[1]
        del words[:2]
    elif words and (named := _signal(words[0])) is not None:
        signal = named
        del words[0]
    if words[:1] == ["--"]:
        del words[0]
    if not words or words[0].startswith("-"):
        raise call.refuse()
    if signal != "0":
        _require_ending(call, f"-{signal}")
    status = 0
    for word in words:
        if not word.isdecimal():
            if whose != "bash":
                raise call.refuse()
            status = complain(f"{word}: arguments must be process or job IDs")
            continue
        process = next((each for each in processes(call.host) if each.pid == int(word)), None)
        about = {"bash": f"({word}) - {{}}", "dash": "{}\n", "procps": f"({word}): {{}}"}[whose]
        if process is None:
            status = complain(about.format("No such process"))
        elif call.user not in ("root", process.user):
            status = complain(about.format("Operation not permitted"))
        elif signal != "0":
            call.host.end(process)  # not the first one, which no signal of ours ends: the host does not list it
    return status


def _signal(word: str) -> str | None:
    """Return the signal that an option names, None when it is another option."""
    if re.fullmatch(r"-\d+", word):
        return word[1:]
    return word[1:].removeprefix("SIG") if re.fullmatch(r"-(?:SIG)?[A-Z]{2,}\d*", word) else None


def _require_ending(call: Call, option: str) -> None:
    if option[1:].removeprefix("SIG") not in ENDING:
        raise call.refuse()


async def _kill_program(call: Call) -> int:
    return kill(call, complain=call.complain, whose="procps")


async def _ps(call: Call) -> int:
    """Print processes: `ps -ef`, or `ps -o COLUMN[=],... [-p PID,...|-e]`."""
    found = given(call, "efA", "op")
    if found.operands or (set(found.values) == set() and found.flags != {"e", "f"}):
        raise call.refuse()
    chosen = found.value("p")
    there = processes(call.host)
    if chosen is not None:
        if not re.fullmatch(r"\d+(,\d+)*", chosen):
            raise call.refuse()
        there = [process for process in there if str(process.pid) in chosen.split(",")]
    elif not found.flags & {"e", "A"}:
        raise call.refuse()
    if "f" in found.flags:
        if "o" in found.values:
            raise call.refuse()
        _print_full(call, there)
    else:
        _print_columns(call, found.values.get("o", []), there)
    return 0 if there else 1


def _print_full(call: Call, there: list[Process]) -> None:
    call.say("UID          PID    PPID  C STIME TTY          TIME CMD")
    for process in there:
        started = time.strftime("%H:%M", time.gmtime(process.started))
        user = process.user if len(process.user) <= 8 else f"{process.user[:7]}+"
        pids = f"{process.pid:>7} {process.parent:>7}"
        call.say(f"{user:<8} {pids}  0 {started} ?        00:00:00 {' '.join(process.argv)}")


def _print_columns(call: Call, wanted: list[str], there: list[Process]) -> None:
    columns: list[tuple[str, int, bool, Callable[[Process], str]]] = []
    for each in ",".join(wanted).split(","):
        name, equals, title = each.partition("=")
        if name not in _COLUMNS or title:
            raise call.refuse()
        known = _COLUMNS[name]
        columns.append(("" if equals else known[0], *known[1:]))
    if not columns:
        raise call.refuse()
    if any(column[0] for column in columns):
        call.say(_row([(column[0], column) for column in columns]))
    for process in there:
        call.say(_row([(column[3](process), column) for column in columns]))


def _row(cells: list[tuple[str, tuple[str, int, bool, Callable[[Process], str]]]]) -> str:
    padded = [
        text.rjust(width) if right else (text if n == len(cells) - 1 else text.ljust(width))
        for n, (text, (_, width, right, _show)) in enumerate(cells)
    ]
    return " ".join(padded)


PROGRAMS: Mapping[str, Command] = {"kill": _kill_program, "pgrep": _pgrep, "pkill": _pkill, "ps": _ps}
