"""watch: a command again and again on a cleared screen, until Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given
from simulators.embedded.shell.running import shell
from simulators.embedded.shell.system import seconds

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

CLEAR = b"\x1b[H\x1b[2J"
WIDTH = 80
LEAST_S = 0.1
"""As watch has it: nobody can look faster."""


async def _watch(call: Call) -> int:
    """`watch [-n SECONDS] COMMAND...`, at a terminal: it ends with Ctrl-C."""
    found = given(call, "t", "n", long={"interval": "n", "no-title": "t"}, in_order=True)
    pause = seconds(found.value("n") or "2")
    if not found.operands or pause is None:
        raise call.refuse()
    if call.terminal is None:
        call.err(b"Error opening terminal: unknown.\n")
        return 1
    command = " ".join(found.operands)
    title = f"Every {max(pause, LEAST_S):.1f}s: {command}"
    while True:
        shown = bytearray()
        await shell(replace(call.with_words("sh", "-c", command), out=shown.extend, err=shown.extend), "sh")
        now = f"{call.host.name}: {datetime.now(UTC):%c}"
        head = "" if "t" in found.flags else f"{title}{now:>{max(1, WIDTH - len(title))}}\n\n"
        call.out(CLEAR + head.encode() + bytes(shown))
        await asyncio.sleep(max(pause, LEAST_S))


PROGRAMS: Mapping[str, Command] = {"watch": _watch}
