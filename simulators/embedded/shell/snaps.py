"""snap: Canonical's packages, of which the lab needs `juju` and, in its older edition, `charm`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

BIN = "/snap/bin"


@dataclass(frozen=True, slots=True)
class Snap:
    """A snap of the store."""

    channels: Mapping[str, tuple[str, str]]
    """Version and revision by track; the first one is `latest`."""
    classic: frozenset[str] = frozenset()
    """Tracks whose snaps are not confined: `snap install` must be told that this is well."""


SNAPS: Mapping[str, Snap] = {
    "juju": Snap({"3.6": ("3.6.8", "31822"), "2.9": ("2.9.51", "29493")}, frozenset({"2.9"})),
    "charm": Snap({"3.x": ("3.0.4", "712"), "2.x": ("2.8.4", "609")}, frozenset({"3.x", "2.x"})),
}
"""Those that are simulated; `latest` is the first track. Their revisions are of no account."""
_CHANNEL = re.compile(r"(?:([\w.]+)/)?(stable|candidate|beta|edge)|([\w.]+)")


async def _snap(call: Call) -> int:
    match call.argv[1:]:
        case ("install", *_):
            return _install(call)
        case ("remove", name) if name in call.host.snaps:
            return _remove(call, name)
        case ("list",):
            return _list(call)
        case _:
            raise call.refuse()


def _install(call: Call) -> int:
    """`snap install NAME [--classic] [--channel=TRACK[/RISK]]`, for root."""
    found = given(call, "", "C", long={"classic": "c", "channel": "C"})
    names = found.operands[1:]
    channel = _CHANNEL.fullmatch(found.value("C") or "latest/stable")
    if len(names) != 1 or names[0] not in SNAPS or channel is None:
        raise call.refuse()
    name, snap = names[0], SNAPS[names[0]]
    if channel[2] not in (None, "stable"):
        raise call.refuse()
    track = channel[1] or channel[3] or "latest"
    track = next(iter(snap.channels)) if track in ("latest", "stable") else track
    if call.user != "root":
        call.err(b"error: access denied (try with sudo)\n")
        return 1
    if name in call.host.snaps:
        call.err(f"snap \"{name}\" is already installed, see 'snap help refresh'\n".encode())
        return 0
    if track not in snap.channels:
        call.err(f'error: requested a non-existing channel "{found.value("C")}" for snap "{name}"\n'.encode())
        return 1
    if track in snap.classic and "c" not in found.flags:
        call.err(
            f'error: This revision of snap "{name}" was published using classic confinement and thus may perform\n'
            "       arbitrary system changes outside of the security sandbox that snaps are usually confined to,\n"
            "       which may put your system at risk.\n\n"
            "       If you understand and want to proceed repeat the command including --classic.\n".encode()
        )
        return 1
    if "c" in found.flags and track not in snap.classic:
        call.err(f"Warning: flag --classic ignored for strictly confined snap {name}\n".encode())
    call.host.snaps[name] = track
    call.host.files.link(f"{BIN}/{name}", "/usr/bin/snap")
    call.host.commands[f"{BIN}/{name}"] = _of_juju(cast("Literal['juju', 'charm']", name))
    by = f"from Canonical{chr(0x2713)} "
    call.say(f"{name} ({track}/stable) {snap.channels[track][0]} {by}installed")
    return 0


def _remove(call: Call, name: str) -> int:
    if call.user != "root":
        call.err(b"error: access denied (try with sudo)\n")
        return 1
    del call.host.snaps[name]
    call.host.files.remove(f"{BIN}/{name}")
    call.host.commands.pop(f"{BIN}/{name}", None)
    call.say(f"{name} removed")
    return 0


def _list(call: Call) -> int:
    """Print what was installed; what Ubuntu brings itself is left out."""
    rows = [("Name", "Version", "Rev", "Tracking", "Publisher", "Notes")]
    for name, track in sorted(call.host.snaps.items()):
        snap = SNAPS[name]
        notes = "classic" if track in snap.classic else "-"
        rows.append((name, *snap.channels[track], f"{track}/stable", f"canonical{chr(0x2713)}", notes))
    if len(rows) == 1:
        call.err(b"No snaps are installed yet. Try 'snap install hello-world'.\n")
        return 0
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        call.say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _of_juju(name: Literal["juju", "charm"]) -> Command:
    async def run(call: Call) -> int:
        from simulators.embedded.juju import client  # imported by whoever types it: it takes a while

        return await client.run(call, name)

    return run


PROGRAMS: Mapping[str, Command] = {"snap": _snap}
