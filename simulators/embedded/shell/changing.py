"""rm, mkdir, tee: files and folders that come and go."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given, quoted
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_DEEP = frozenset({"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/proc", "/root", "/run", "/sbin", "/sys"})
"""Folders without which a machine is no longer one: what then happens nobody simulates."""


async def _rm(call: Call) -> int:
    """`rm [-r] [-f] PATH...`."""
    found = given(call, "rRf", long={"recursive": "r", "force": "f"})
    if not found.operands and "f" not in found.flags:
        raise call.refuse()
    view, status = View.of(call), 0
    for name in found.operands:
        path = call.path(name)
        if path in _DEEP or path.startswith(("/usr", "/lib")) or posixpath.basename(name.rstrip("/")) in (".", ".."):
            raise call.refuse()
        try:
            kind = "file" if view.target(path) is not None else view.kind(path)
            if kind is None and "f" not in found.flags:
                status = call.complain(f"cannot remove '{name}': No such file or directory")
            elif kind == "folder" and not found.flags & {"r", "R"}:
                status = call.complain(f"cannot remove '{name}': Is a directory")
            elif kind is not None:
                view.remove(path)
        except PermissionError as error:
            status = call.complain(f"cannot remove '{name}': {reason(error)}")
    return status


async def _mkdir(call: Call) -> int:
    """`mkdir [-p] FOLDER...`."""
    found = given(call, "p", long={"parents": "p"})
    if not found.operands:
        raise call.refuse()
    view, status = View.of(call), 0
    for name in found.operands:
        path = call.path(name)
        wanted = [path]
        while "p" in found.flags and view.kind(posixpath.dirname(wanted[0])) is None:
            wanted.insert(0, posixpath.dirname(wanted[0]))
        if "p" in found.flags and view.kind(path) == "folder":
            continue
        try:
            for each in wanted:
                view.make_folder(each)
        except FileExistsError:
            status = call.complain(f"cannot create directory {quoted(name)}: File exists")
        except OSError as error:
            status = call.complain(f"cannot create directory {quoted(name)}: {reason(error)}")
    return status


async def _tee(call: Call) -> int:
    """`tee [-a] FILE...`: print the input, and keep it."""
    found = given(call, "a", long={"append": "a"})
    content, view, status = call.read(), View.of(call), 0
    call.out(content)
    for name in found.operands:
        try:
            view.write(call.path(name), content, append="a" in found.flags)
        except OSError as error:
            status = call.complain(f"{name}: {reason(error)}")
    return status


PROGRAMS: Mapping[str, Command] = {"mkdir": _mkdir, "rm": _rm, "tee": _tee}
