"""apt and apt-get: `update`, and `install` of what the kit's mirror has. Sizes and rates are not told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.embedded.handout.debs import DEBS
from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call

FAILED = 100
"""Exit status of apt for an error."""
ABORTED = 1
UNSTABLE = b"\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n"


async def apt(call: Call, subnet: str) -> int:
    """Play `update` and `install [-y] NAME...` on a host of the network `subnet`; anything else is refused."""
    found = given(call, "yq", long={"yes": "y", "assume-yes": "y", "quiet": "q"})
    verb, *names = found.operands or [""]
    if verb not in ("update", "install") or (verb == "update" and names) or (verb == "install" and not names):
        raise call.refuse()
    if call.argv[0].endswith("apt") and not _on_screen(call):
        call.err(UNSTABLE)
    if verb == "update":
        return _update(call)
    return await _install(call, list(dict.fromkeys(names)), subnet, agreed="y" in found.flags)


def _on_screen(call: Call) -> bool:
    return call.terminal is not None and call.out is call.terminal.out


def _update(call: Call) -> int:
    if call.user != "root":
        call.say("Reading package lists... Done")
        call.err(
            b"E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\n"
            b"E: Unable to lock directory /var/lib/apt/lists/\n"
        )
        return FAILED
    for number, suite in enumerate(("", "-updates", "-security"), start=1):
        call.say(f"Hit:{number} http://archive.ubuntu.com/ubuntu {call.host.series}{suite} InRelease")
    call.say("Reading package lists... Done")
    return 0


async def _install(call: Call, names: list[str], subnet: str, *, agreed: bool) -> int:
    if call.user != "root":
        call.err(
            b"E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n"
            b"E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
        )
        return FAILED
    for line in ("Reading package lists...", "Building dependency tree...", "Reading state information..."):
        call.say(f"{line} Done")
    if unknown := [name for name in names if name not in DEBS]:
        for name in unknown:
            call.err(f"E: Unable to locate package {name}\n".encode())
        return FAILED
    wanted = [name for name in names if not DEBS[name].is_there(call.host)]
    for name in (each for each in names if each not in wanted):
        call.say(f"{name} is already the newest version ({DEBS[name].version}).")
    needed = sorted({each for name in wanted for each in DEBS[name].needs} - set(wanted))
    if needed:
        call.say(f"The following additional packages will be installed:\n  {' '.join(needed)}")
    if wanted:
        call.say(f"The following NEW packages will be installed:\n  {' '.join(sorted([*wanted, *needed]))}")
    call.say(f"0 upgraded, {len(wanted) + len(needed)} newly installed, 0 to remove and 0 not upgraded.")
    # Asked only when more is installed than was named (apt-get(8)).
    if needed and not agreed and not await _agrees(call):
        call.say("Abort.")
        return ABORTED
    for name in wanted:
        found = DEBS[name]
        if not found.is_there(call.host) and found.put is not None:
            await found.put(call.host, subnet)
    everything = [*needed, *wanted]
    for action in ("Selecting previously unselected package {}.\nUnpacking {} ...", "Setting up {} ..."):
        for name in everything:
            call.say(action.format(name, name))
    return 0


async def _agrees(call: Call) -> bool:
    """Return whether the question is answered with yes; nobody there is a no."""
    call.out(b"Do you want to continue? [Y/n] ")
    if call.terminal is not None:
        line = await call.terminal.read_line()
    else:
        line = call.read().decode("utf-8", "replace").split("\n", 1)[0] if call.stdin else None
        call.say("")
    return line is not None and line.strip().lower() in ("", "y", "yes")
