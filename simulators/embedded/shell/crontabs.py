"""crontab: a user's table, printed, replaced or removed (Debian's cron 3.0pl1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.accounts import account
from simulators.embedded.shell.options import given
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_LINE = re.compile(
    r"\s*(?:#.*|[A-Za-z_]\w*\s*=.*"
    r"|@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)\s+\S.*"
    r"|(?:[\d*/,a-zA-Z-]+\s+){5}\S.*)?"
)


async def _crontab(call: Call) -> int:
    found = given(call, "lr", "u")
    user = found.value("u") or call.user
    if user != call.user and call.user != "root":
        call.err(b"must be privileged to use -u\n")
        return 1
    if account(call.host, user) is None:
        raise call.refuse()
    tables = call.host.crontabs
    if len(found.flags) + len(found.operands) != 1:
        raise call.refuse()
    if found.operands:
        return _install(call, user, found.operands[0])
    if not tables.get(user):
        call.err(f"no crontab for {user}\n".encode())
        return 1
    if "r" in found.flags:
        del tables[user]
        return 0
    text = tables[user]
    call.out((text if text.endswith("\n") else f"{text}\n").encode())
    return 0


def _install(call: Call, user: str, name: str) -> int:
    if name == "-":
        content = call.read()
    else:
        try:
            content = View.of(call).read(call.path(name))
        except OSError as error:
            call.err(f"{name}: {reason(error)}\n".encode())
            return 1
    text = content.decode("utf-8", "surrogateescape")
    for line in text.splitlines():
        if not _LINE.fullmatch(line):
            raise call.refuse()  # which of its complaints cron would print is not simulated
    call.host.crontabs[user] = text
    return 0


PROGRAMS: Mapping[str, Command] = {"crontab": _crontab}
