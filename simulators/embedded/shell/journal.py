"""journalctl: the lines of a host's journal, each `identifier[pid]: message`."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.accounts import may_become_root
from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_LONG = {"quiet": "q", "no-pager": "P", "lines": "n", "grep": "g", "unit": "u", "output": "o"}


async def _journalctl(call: Call) -> int:
    """Print the lines that match; return 1 when a pattern matches none (systemd 252)."""
    found = given(call, "q", "nguo", long=_LONG)
    if found.operands or found.value("o") not in (None, "cat", "short") or not may_become_root(call.host, call.user):
        raise call.refuse()
    lines = list(call.host.journal)
    unit = found.value("u")
    if unit is not None:
        name = unit.removesuffix(".service")
        lines = [line for line in lines if line.startswith(f"{name}[") or f"{name}.service" in line]
    pattern = found.value("g")
    if pattern is not None:
        wanted = _compiled(call, pattern)
        lines = [line for line in lines if wanted.search(line.partition(": ")[2])]
    count = found.number("n", len(lines), call)
    stamp = time.strftime("%b %d %H:%M:%S", time.gmtime(call.host.booted_at))
    for line in lines[len(lines) - min(count, len(lines)) :]:
        call.say(line.partition(": ")[2] if found.value("o") == "cat" else f"{stamp} {call.host.name} {line}")
    if not lines and "q" not in found.flags:
        call.say("-- No entries --")
    return 1 if pattern is not None and not lines else 0


def _compiled(call: Call, pattern: str) -> re.Pattern[str]:
    """Return a pattern of journalctl: letter case counts only when it has a capital letter."""
    if re.search(r"\\[A-Zghkpv]|\(\?|\[\[|\(\*", pattern):
        raise call.refuse()
    try:
        return re.compile(pattern, 0 if any(letter.isupper() for letter in pattern) else re.IGNORECASE)
    except re.error:
        raise call.refuse() from None


PROGRAMS: Mapping[str, Command] = {"journalctl": _journalctl}
