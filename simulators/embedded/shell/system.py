"""whoami, id, hostname, uname, date, sleep, uptime, lsb_release, which: what a machine says about itself."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulators.embedded.shell.accounts import account, may_become_root
from simulators.embedded.shell.options import given, quoted

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.host import Host


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Ubuntu, with the kernel that it has in the lab."""

    codename: str
    number: str
    version: str
    kernel: str
    build: str

    @property
    def description(self) -> str:
        """As `Ubuntu 22.04.5 LTS`."""
        return f"Ubuntu {self.version.partition(' (')[0]}"


_JAMMY = Release(
    "jammy",
    "22.04",
    "22.04.5 LTS (Jammy Jellyfish)",
    "5.15.0-119-generic",
    "#129-Ubuntu SMP Fri Aug 2 19:25:20 UTC 2024",
)
_RELEASES = (
    Release(
        "bionic",
        "18.04",
        "18.04.6 LTS (Bionic Beaver)",
        "4.15.0-213-generic",
        "#224-Ubuntu SMP Mon Jun 19 13:30:12 UTC 2023",
    ),
    Release(
        "focal",
        "20.04",
        "20.04.6 LTS (Focal Fossa)",
        "5.4.0-193-generic",
        "#213-Ubuntu SMP Fri Aug 2 19:14:16 UTC 2024",
    ),
    _JAMMY,
    Release(
        "noble",
        "24.04",
        "24.04.1 LTS (Noble Numbat)",
        "6.8.0-41-generic",
        "#41-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 2 20:41:06 UTC 2024",
    ),
)


def release(host: Host) -> Release:
    """Return the Ubuntu of a host."""
    return next((each for each in _RELEASES if each.codename == host.series), _JAMMY)


_DATE = re.compile(r"(?:%[aAbBdeFHIjmMpSsTuwyYZD%nRc]|[^%])*")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float | None:
    """Return what `sleep` and `timeout` take for a duration; None when it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)", text)
    return None if found is None else float(found[1]) * _UNITS[found[2]]


async def _whoami(call: Call) -> int:
    if len(call.argv) > 1:
        raise call.refuse()
    call.say(call.user)
    return 0


async def _id(call: Call) -> int:
    found = given(call, "ungr", long={"user": "u", "name": "n", "group": "g"})
    name = found.operands[0] if found.operands else call.user
    who = account(call.host, name)
    if who is None:
        return call.complain(f"{quoted(name)}: no such user")
    match "".join(sorted(found.flags)):
        case "u" | "ru":
            call.say(str(who.uid))
        case "nu" | "nru":
            call.say(who.name)
        case "g":
            call.say(str(who.gid))
        case "gn":
            call.say(who.name)
        case "":
            groups = [f"{who.gid}({who.name})"]
            if who.uid != 0 and may_become_root(call.host, who.name):
                groups += ["4(adm)", "27(sudo)"]
            call.say(f"uid={who.uid}({who.name}) gid={who.gid}({who.name}) groups={','.join(groups)}")
        case _:
            raise call.refuse()
    return 0


async def _hostname(call: Call) -> int:
    match call.argv[1:]:
        case () | ("-s",):
            call.say(call.host.name)
        case ("-f",) | ("--fqdn",):
            call.say(call.host.fqdn)
        case ("-I",):
            call.say(f"{call.host.address} ")
        case _:
            raise call.refuse()
    return 0


async def _uname(call: Call) -> int:
    found = given(call, "asnrvmo", long={"all": "a", "kernel-name": "s", "kernel-release": "r", "machine": "m"})
    if found.operands:
        raise call.refuse()
    ubuntu = release(call.host)
    said = {"s": "Linux", "n": call.host.name, "r": ubuntu.kernel, "v": ubuntu.build, "m": "x86_64", "o": "GNU/Linux"}
    if "a" in found.flags:
        call.say(f"Linux {call.host.name} {ubuntu.kernel} {ubuntu.build} x86_64 x86_64 x86_64 GNU/Linux")
    else:
        call.say(" ".join(said[letter] for letter in "snrvmo" if letter in (found.flags or {"s"})))
    return 0


async def _date(call: Call) -> int:
    found = given(call, "u", long={"utc": "u"})
    if len(found.operands) > 1 or not all(word.startswith("+") for word in found.operands):
        raise call.refuse()
    form = found.operands[0][1:] if found.operands else "%a %b %e %H:%M:%S %Z %Y"
    if not _DATE.fullmatch(form):
        raise call.refuse()
    now = datetime.now(UTC)
    form = form.replace("%s", str(int(now.timestamp()))).replace("%e", f"{now.day:2d}")
    call.say(now.strftime(form))
    return 0


async def _sleep(call: Call) -> int:
    times = [seconds(word) for word in call.argv[1:]]
    if not times or None in times:
        raise call.refuse()
    await asyncio.sleep(sum(each for each in times if each is not None))
    return 0


async def _uptime(call: Call) -> int:
    """Print how long the machine has been on; nobody counts its users, and it has no load of its own."""
    if len(call.argv) > 1:
        raise call.refuse()
    minutes = int(time.time() - call.host.booted_at) // 60
    up = f"{minutes} min" if minutes < 60 else f"{minutes // 60 % 24:2d}:{minutes % 60:02d}"
    days = minutes // 1440
    up = f"{days} day{'s' if days > 1 else ''}, {up}" if days else up
    now = datetime.now(UTC).strftime("%H:%M:%S")
    call.say(f" {now} up {up},  0 users,  load average: 0.00, 0.00, 0.00")
    return 0


async def _lsb_release(call: Call) -> int:
    found = given(call, "aidrcs")
    ubuntu = release(call.host)
    said = {
        "i": ("Distributor ID", "Ubuntu"),
        "d": ("Description", ubuntu.description),
        "r": ("Release", ubuntu.number),
        "c": ("Codename", ubuntu.codename),
    }
    wanted = "idrc" if "a" in found.flags else "".join(letter for letter in "idrc" if letter in found.flags)
    if found.operands or not wanted:
        raise call.refuse()
    if "a" in found.flags:
        call.err(b"No LSB modules are available.\n")
    if "s" in found.flags:
        for letter in wanted:
            call.say(said[letter][1])
        return 0
    for letter in wanted:
        call.say(f"{said[letter][0]}:\t{said[letter][1]}")
    return 0


async def _which(call: Call) -> int:
    from simulators.embedded.shell.built_in import found_at

    if not call.argv[1:] or call.argv[1].startswith("-"):
        raise call.refuse()
    status = 0
    for name in call.argv[1:]:
        try:
            path = found_at(call, name)
        except LookupError:
            raise call.refuse() from None
        if path is None:
            status = 1
        else:
            call.say(path)
    return status


PROGRAMS: Mapping[str, Command] = {
    "date": _date,
    "hostname": _hostname,
    "id": _id,
    "lsb_release": _lsb_release,
    "sleep": _sleep,
    "uname": _uname,
    "uptime": _uptime,
    "which": _which,
    "whoami": _whoami,
}
