"""Runs one program by its name or path: a host's own, a package's, or a script among the host's files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from simulators.embedded.shell import programs
from simulators.embedded.shell.session import Dialect
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_SHEBANG = re.compile(r"#! *(?:/usr)?/bin/(?:env +)?(sh|bash|dash|python3)[ \t]*\n")
_DIALECTS: dict[str, Dialect] = {"sh": "sh", "dash": "sh", "bash": "bash"}


class ProgramMissingError(Exception):
    """There is no such program on the host: a fact about it, which whoever wanted to run it puts into words."""

    def __init__(self, name: str, why: str, status: int) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why
        """`command not found`, or the system's words for a path."""
        self.status = status
        """What a shell makes of it: 126 or 127."""


async def execute(call: Call) -> int:
    """Run `call.argv` as a program, not as a shell's builtin, and return its exit status.

    Raises ProgramMissingError, NotSimulatedError.
    """
    name = call.argv[0]
    if "/" not in name:
        path = _found(call, name)
        if _is_script(call, path):
            return await _script(call, path)
        return await _named(call, path)(call)
    path = programs.merged(call.path(name))
    if path in call.host.commands:
        return await call.host.commands[path](call)
    folder, base = posixpath.split(path)
    if folder in programs.FOLDERS and not _is_script(call, path):
        if programs.is_there(call.host, path) is None:
            raise call.refuse()
        if not programs.is_there(call.host, path):
            raise ProgramMissingError(name, "No such file or directory", 127)
        return await _named(call, base)(call)
    return await _script(call, path)


def _is_script(call: Call, path: str) -> bool:
    """Return whether a file is there that says what it does; an empty one only shows that a package brought it."""
    return call.host.files.is_file(path) and call.host.files.read(path) != b""


def _found(call: Call, name: str) -> str:
    """Return where the variable PATH leads for a name. Raises ProgramMissingError, NotSimulatedError."""
    try:
        path = programs.search(call.host, name, call.env.get("PATH", ""), call.folder)
    except LookupError:
        raise call.refuse() from None
    if path is None:
        raise ProgramMissingError(name, "command not found", 127)
    return path


def _named(call: Call, path: str) -> Command:
    """Return an installed program by its path, or by its name alone."""
    name = posixpath.basename(path)
    command = call.host.commands.get(path) or programs.program(call.host, name)
    if command is not None:
        return command
    if name in programs.NOT_INSTALLED:
        raise ProgramMissingError(name, "command not found", 127)
    raise call.refuse()


async def _script(call: Call, path: str) -> int:
    """Run a file by what its first line names."""
    from simulators.embedded.shell.evaluating import run_called

    name, *arguments = call.argv
    try:
        text = View.of(call).read(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise ProgramMissingError(name, reason(error), 127) from None
    except OSError as error:
        raise ProgramMissingError(name, reason(error), 126) from None
    if call.host.files.modes.get(call.host.files.real(path), 0o111) & 0o111 == 0:
        raise ProgramMissingError(name, "Permission denied", 126)
    shebang = _SHEBANG.match(text)
    if shebang is None:
        raise call.refuse()
    if shebang[1] == "python3":
        return await execute(call.with_words("python3", name, *arguments))
    return await run_called(call, text, _DIALECTS[shebang[1]], name=name, arguments=tuple(arguments))
