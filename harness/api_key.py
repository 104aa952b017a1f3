"""The key to the kit's MAAS: the one that kit.yaml gives, else read on main, where MAAS shows it to its users."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import AccessRefused, TimedOut
from harness.maas import api_root
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.access import Access
    from harness.kitfile import KitFile

SECONDS = 60.0
"""For one command: MAAS' own takes several seconds on a small main, and sudo may wait for a directory of users."""
LIMIT = 65_536
"""Bytes that one may print."""
NOT_FOUND = 127
"""Exit status of a shell that finds no such program."""
FIND = "PATH=$PATH:/snap/bin; LC_ALL=C; export PATH LC_ALL; maas=$(command -v maas) || exit 127"
"""Neither a login's path nor sudo's own is sure to have snaps; what sudo says is understood in English."""
APIKEY = f'{FIND}; sudo -n "$maas" apikey --username="${{1:-$(id -un)}}"'
"""MAAS 3.x: prints a user's keys, a line each, for root only."""
APIKEY_WITH_PASSWORD = f'{FIND}; sudo -k -S -p "" "$maas" apikey --username="${{1:-$(id -un)}}"'
"""The same with the password on standard input; -k: sudo remembers nothing of it afterwards."""
PROFILES = f'{FIND}; "$maas" list'
"""MAAS 3.x: prints `profile url key` for each login of MAAS' command line."""
_KEY = re.compile(r"[\w-]{6,}:[\w-]{6,}:[\w-]{6,}", re.ASCII)
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class _Told:
    """What a command said: its lines, or why there is nothing to read."""

    lines: tuple[str, ...]
    trouble: str = ""


def api_key_of(description: KitFile, access: Access) -> str:
    """Return the key to the kit's MAAS, hidden in evidence from now on.

    Where kit.yaml gives none: the key of MAAS' user `maas.user` (else of the login's user) as `sudo maas apikey` on
    main prints it, sudo getting `access.password` if it asks; else the one that MAAS' command line keeps for a profile.
    Raises AccessRefused when nobody tells one, with what to put where; KitError when main cannot be asked.
    """
    given = description.maas.api_key
    key = _read(description, access) if given is None else given.get_secret_value()
    for secret in (key, *key.split(":")):
        access.hide(secret)
    return key


def _read(description: KitFile, access: Access) -> str:
    user = description.maas.user or description.access.ssh.user or ""
    asked = f"sudo maas apikey --username={user or 'USER'}"
    told = _ask(access, APIKEY, user, shown=asked)
    password = description.access.password
    if not _keys(told.lines) and "sudo" in told.trouble and password is not None:
        told = _ask(access, APIKEY_WITH_PASSWORD, user, shown=asked, stdin=password.get_secret_value())
    if keys := _keys(told.lines):
        # The last: a greeting of the login's shell comes before.
        return keys[-1]
    profiles = _ask(access, PROFILES, user, shown="maas list")
    if key := _of_profile(profiles.lines, description.maas.url):
        return key
    raise AccessRefused(
        f"kit.yaml has no maas.api_key, and main tells none: `{asked}` says: {told.trouble or 'no key'}; "
        f"`maas list` says: {profiles.trouble or f'no profile of {description.maas.url}'}",
        help=f"run `{asked}` on main and put the line into kit.yaml as maas.api_key (or a ${{VARIABLE}}); "
        "access.password helps where only sudo's password is missing, maas.user where MAAS knows you by another name",
    )


def _ask(access: Access, script: str, user: str, *, shown: str, stdin: str | None = None) -> _Told:
    """Run a script on main, in a shell that is no matter of its user's taste; what it prints is no evidence."""
    command = f"sh -c {shlex.quote(script)} sh {shlex.quote(user)}"
    entered = None if stdin is None else f"{stdin}\n".encode()
    try:
        done = access.run(command, timeout=SECONDS, limit=LIMIT, stdin=entered, record=False)
    except TimedOut as late:
        late.help = f"try `{shown}` on main; or give maas.api_key in kit.yaml"
        raise
    access.log.record("command", "main", f"$ {shown} -> exit status {done.exit_status}")
    if done.exit_status == 0:
        return _Told(tuple(line.strip() for line in done.text.splitlines()))
    if done.exit_status == NOT_FOUND:
        return _Told((), "main has no command `maas`")
    said = [line for line in done.error_text.splitlines() if line.strip()]
    return _Told((), plain(access.log.redact(said[-1]), 200) if said else f"nothing, with status {done.exit_status}")


def _keys(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if _KEY.fullmatch(line)]


def _of_profile(lines: Iterable[str], url: str) -> str | None:
    """Return the key of a profile of that MAAS: at this address, at main's own, or the only one there is."""
    found = [(words[1], words[2]) for line in lines if len(words := line.split()) == 3 and _KEY.fullmatch(words[2])]
    same = [key for address, key in found if address.rstrip("/") == api_root(url).rstrip("/")]
    here = [key for address, key in found if _host(address) in HERE]
    only = [key for _, key in found] if len(found) == 1 else []
    return next(iter((*same, *here, *only)), None)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
