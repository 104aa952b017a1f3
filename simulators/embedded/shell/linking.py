"""ln: symbolic links."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given, quoted
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command


async def _ln(call: Call) -> int:
    """`ln -s [-f] [-n] TARGET [LINK]`: hard links are not simulated."""
    found = given(call, "sfn", long={"symbolic": "s", "force": "f", "no-dereference": "n"})
    if "s" not in found.flags or not 1 <= len(found.operands) <= 2:
        raise call.refuse()
    target = found.operands[0]
    written = found.operands[1] if len(found.operands) == 2 else "."
    path, view = call.path(written), View.of(call)
    try:
        if view.kind(path) == "folder" and not ("n" in found.flags and view.target(path) is not None):
            written = posixpath.join(written, posixpath.basename(target.rstrip("/")))
            path = call.path(written)
        old = view.target(path)
        if old is not None or view.kind(path) is not None:
            if "f" not in found.flags or (old is None and view.kind(path) == "folder"):
                return call.complain(f"failed to create symbolic link {quoted(written)}: File exists")
            view.remove(path)
        view.link(path, target)
    except OSError as error:
        return call.complain(f"failed to create symbolic link {quoted(written)}: {reason(error)}")
    return 0


PROGRAMS: Mapping[str, Command] = {"ln": _ln}
