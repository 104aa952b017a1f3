"""sudo, timeout, nohup, setsid, nice, env, sh, bash: programs that run another one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from simulators.embedded.shell.accounts import account, may_become_root
from simulators.embedded.shell.executing import ProgramMissingError, execute
from simulators.embedded.shell.options import given, quoted
from simulators.embedded.shell.session import SEARCH_PATH, environment
from simulators.embedded.shell.system import seconds
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.shell.session import Dialect

TIMED_OUT = 124
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)


async def _run(call: Call, argv: list[str], missing: str) -> int:
    """Run another program; if there is none, say so in the words of `missing`."""
    try:
        return await execute(call.with_words(*argv))
    except ProgramMissingError as error:
        call.err(f"{missing.format(name=argv[0], why=error.why)}\n".encode("utf-8", "surrogateescape"))
        return error.status


def _assigned(words: list[str]) -> dict[str, str]:
    """Take `name=value` from the beginning of the words."""
    found: dict[str, str] = {}
    while words and _ASSIGNMENT.fullmatch(words[0]):
        name, _, value = words.pop(0).partition("=")
        found[name] = value
    return found


JOURNAL_LINES = 2_000
"""Lines that a host's journal keeps."""


async def _sudo(call: Call) -> int:
    # It never asks, so nothing is read with -S, prompted with -p or forgotten with -k.
    found = given(call, "nHkS", "up", long={"non-interactive": "n", "user": "u", "set-home": "H"}, in_order=True)
    name = found.value("u") or "root"
    words = found.operands
    values = _assigned(words)
    if not words:
        raise call.refuse()
    if account(call.host, name) is None:
        call.complain(f"unknown user {name}")
        return call.complain("error initializing audit plugin sudoers_audit")
    if not may_become_root(call.host, call.user):
        if "n" not in found.flags:
            call.complain(
                "a terminal is required to read the password; either use the -S option to read from standard input "
                "or configure an askpass helper"
            )
        return call.complain("a password is required")
    # As sudo's default log does (sudoers: syslog): whoever searches the journal finds the own search.
    pid = 1 + max(call.host.processes, default=1)
    call.host.journal.append(
        f"sudo[{pid}]: {call.user:>8} : PWD={call.folder} ; USER={name} ; COMMAND=/usr/bin/{' '.join(words)}"
    )
    del call.host.journal[:-JOURNAL_LINES]
    added = {"SUDO_USER": call.user, "SUDO_COMMAND": " ".join(words), "PATH": SEARCH_PATH}
    changed = replace(call, user=name, env={**environment(call.host, name), **added, **values})
    try:
        return await execute(changed.with_words(*words))
    except ProgramMissingError:
        return call.complain(f"{words[0]}: command not found")


async def _timeout(call: Call) -> int:
    found = given(call, "", "sk", long={"signal": "s", "kill-after": "k"}, in_order=True)
    limit = seconds(found.operands[0]) if found.operands else None
    words = found.operands[1:]
    if limit is None or not words or found.value("s") not in (None, "TERM", "KILL", "9", "15"):
        raise call.refuse()
    missing = f"timeout: failed to run command {quoted('{name}')}: No such file or directory"
    if limit == 0:
        return await _run(call, words, missing)
    clock = asyncio.timeout(limit)
    try:
        async with clock:
            return await _run(call, words, missing)
    except TimeoutError:
        if not clock.expired():
            raise
        return 137 if found.value("s") in ("KILL", "9") else TIMED_OUT


async def _nohup(call: Call) -> int:
    words = list(call.argv[1:])
    if not words or words[0].startswith("-"):
        raise call.refuse()
    missing = "nohup: failed to run command '{name}': No such file or directory"
    if call.terminal is None or call.out is not call.terminal.out:
        return await _run(call, words, missing)
    view, path = View.of(call), call.path("nohup.out")
    call.complain("ignoring input and appending output to 'nohup.out'")

    def append(data: bytes) -> None:
        view.write(path, data, append=True)

    try:
        append(b"")
    except OSError as error:
        return call.complain(f"failed to open 'nohup.out': {reason(error)}")
    return await _run(replace(call, stdin=b"", out=append, err=append), words, missing)


async def _setsid(call: Call) -> int:
    words = list(call.argv[1:])
    if not words or words[0].startswith("-"):
        raise call.refuse()
    return await _run(call, words, "setsid: failed to execute {name}: No such file or directory")


async def _nice(call: Call) -> int:
    words = given(call, "", "n", in_order=True).operands
    if not words:
        raise call.refuse()
    return await _run(call, words, f"nice: {quoted('{name}')}: No such file or directory")


async def _env(call: Call) -> int:
    found = given(call, "i", "u", in_order=True)
    words = found.operands
    values = {} if "i" in found.flags else dict(call.env)
    for name in found.values.get("u", []):
        values.pop(name, None)
    values |= _assigned(words)
    if not words:
        for name, value in values.items():
            call.say(f"{name}={value}")
        return 0
    return await _run(replace(call, env=values), words, f"env: {quoted('{name}')}: No such file or directory")


async def _sh(call: Call) -> int:
    return await shell(call, "sh")


async def _bash(call: Call) -> int:
    return await shell(call, "bash")


async def shell(call: Call, dialect: Dialect) -> int:
    """Run `-c TEXT [NAME ARGUMENT...]`, or a file of commands."""
    from simulators.embedded.shell.evaluating import run_called

    name, *words = call.argv
    if len(words) > 1 and words[0] == "-c":
        title = words[2] if len(words) > 2 else name
        return await run_called(call, words[1], dialect, name=title, arguments=tuple(words[3:]))
    if not words or words[0].startswith("-"):
        raise call.refuse()
    try:
        text = View.of(call).read(call.path(words[0])).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        if dialect == "sh":
            call.err(f"{name}: 0: cannot open {words[0]}: No such file\n".encode())
            return 2
        call.err(f"{name}: {words[0]}: No such file or directory\n".encode())
        return 127
    except OSError:
        raise call.refuse() from None
    return await run_called(call, text, dialect, name=words[0], arguments=tuple(words[1:]))


PROGRAMS: Mapping[str, Command] = {
    "bash": _bash,
    "dash": _sh,
    "env": _env,
    "nice": _nice,
    "nohup": _nohup,
    "setsid": _setsid,
    "sh": _sh,
    "sudo": _sudo,
    "timeout": _timeout,
}
