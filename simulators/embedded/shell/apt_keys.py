"""apt-key: the old way to have apt believe somebody's packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.files import sources

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

TRUSTED = "/etc/apt/trusted.gpg"
WARNING = b"Warning: apt-key is deprecated. Manage keyring files in trusted.gpg.d instead (see apt-key(8)).\n"


async def _apt_key(call: Call) -> int:
    """`apt-key add FILE|-`, for root: the key is kept as it was given."""
    match call.argv[1:]:
        case ("add", name):
            pass
        case _:
            raise call.refuse()
    if call.user != "root":
        call.err(b"E: This command can only be used by root.\n")
        return 1
    call.err(WARNING)
    [(_, key)] = sources(call, [name], "can't open '{name}': {why}")
    if key is None:
        return 1
    if b"PGP PUBLIC KEY" not in key:
        call.err(b"gpg: no valid OpenPGP data found.\n")
        return 2
    files = call.host.files
    before = files.read(TRUSTED) if files.is_file(TRUSTED) else b""
    files.write(TRUSTED, before + key)
    call.say("OK")
    return 0


PROGRAMS: Mapping[str, Command] = {"apt-key": _apt_key}
