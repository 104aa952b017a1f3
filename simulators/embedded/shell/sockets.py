"""ss: what listens on a host, and who was just connected. TCP over IPv4 is simulated, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.host import Process

BACKLOG = 128
"""Connections that may wait to be accepted; what each program asks for is not simulated."""
DESCRIPTOR = 3
"""Number of a socket in its process; not simulated either."""
_LONG = {
    "all": "a",
    "listening": "l",
    "no-header": "H",
    "numeric": "n",
    "processes": "p",
    "tcp": "t",
}
_FILTER = re.compile(r"\(?\s*sport\s*(?:=|==|eq)\s*:(\d{1,5})\s*\)?")

Row = tuple[str, int, str, int, str, str, str]
"""State, Send-Q, local address and port, peer's address and port, process."""


async def _ss(call: Call) -> int:
    """Print sockets as iproute2 5.15 does; without `-t` those of other families would be first, and are left out."""
    found = given(call, "alHnpt", long=_LONG)
    if "n" not in found.flags or not found.flags & {"a", "l"}:
        raise call.refuse()
    wanted = _FILTER.fullmatch(" ".join(found.operands)) if found.operands else None
    if found.operands and wanted is None:
        raise call.refuse()
    rows = _rows(call, None if wanted is None else int(wanted[1]), found.flags)
    netid = "" if "t" in found.flags else "tcp"
    for line in _table(rows, netid, header="H" not in found.flags):
        call.say(line)
    return 0


def _rows(call: Call, port: int | None, flags: set[str]) -> list[Row]:
    host = call.host
    rows: list[Row] = []
    for number, listener in sorted(host.listeners.items()):
        if port in (None, number):
            process = _users(call, listener.process) if "p" in flags else ""
            rows.append(("LISTEN", BACKLOG, listener.bind, number, "0.0.0.0", "*", process))  # noqa: S104
    if "a" in flags and "l" not in flags:
        ports = {seen.port for seen in host.network.connections} if port is None else {port}
        for number in sorted(ports):
            rows += [
                ("TIME-WAIT", 0, seen.address, number, seen.source, str(seen.source_port), "")
                for seen in host.network.seen_at(host, number)
            ]
    return rows


def _users(call: Call, process: Process | None) -> str:
    """Return the last column: only root sees whose the sockets of others are."""
    if process is None or call.user not in ("root", process.user):
        return ""
    return f' users:(("{process.command[:15]}",pid={process.pid},fd={DESCRIPTOR}))'


def _table(rows: list[Row], netid: str, *, header: bool) -> list[str]:
    """Return lines with ss's columns: addresses on the right, ports on the left of a colon."""
    cells = [
        (state, f"{'0':<6} {queue:<6}", local, str(port), peer, peer_port, process)
        for state, queue, local, port, peer, peer_port, process in rows
    ]
    if header:
        cells.insert(0, ("State", "Recv-Q Send-Q", "Local Address", "Port", "Peer Address", "Port", "Process"))
    widths = [max((len(cell[n]) for cell in cells), default=0) for n in range(7)]
    lines: list[str] = []
    for n, (state, queues, local, port, peer, peer_port, process) in enumerate(cells):
        family = f"{'Netid' if header and n == 0 else netid:<5} " if netid else ""
        left = f"{family}{state:<{widths[0]}} {queues} {local:>{widths[2]}}:{port:<{widths[3]}}"
        lines.append(f"{left} {peer:>{widths[4]}}:{peer_port:<{widths[5]}}{process:<{widths[6]}}")
    return lines


PROGRAMS: Mapping[str, Command] = {"ss": _ss}
