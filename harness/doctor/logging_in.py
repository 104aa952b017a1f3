"""Through the door: the host key, the login, and whether commands run on main."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

from harness.doctor.step import Found, broken, ok
from harness.errors import KitError, TimedOut, UnexpectedAnswer, UsageError
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.doctor.examined import Examined

METHODS_SECONDS = 3.0
COMMAND_SECONDS = 5.0
COMMAND = "echo {token}; id -un; hostname; date +%s; sudo -n true 2>/dev/null && echo sudo"
COMMAND_LIMIT = 65_536
WRONG_CLOCK = 120.0
"""Seconds of difference that are worth a word."""


def host_key(kit: Examined) -> Found:
    """Log in, and compare the host key on the way; what becomes of the login is the next step's."""
    tried = f"begin a login to {_place(kit)}"
    try:
        kit.greeting = kit.access.greet()
    except (KitError, UsageError) as failure:
        if kit.keys.changed is not None:
            return broken(
                tried,
                str(kit.keys.changed),
                f"ask who installed it anew; if that is so, {kit.keys.changed.help.rpartition('anew, ')[2]}",
            )
        if not kit.keys.shown:
            return broken(tried, f"no host key was shown: {failure}", getattr(failure, "help", ""))
        kit.refused = failure
    key = _fingerprint(kit.keys.shown)
    return ok(tried, f"{key}, seen for the first time" if kit.keys.new else f"{key}, the one that is remembered")


def _fingerprint(key: str) -> str:
    from harness.quick_asyncssh import asyncssh

    kind = key.partition(" ")[0]
    return f"{kind} {asyncssh.import_public_key(key).get_fingerprint()}"


def login(kit: Examined) -> Found:
    """Tell what became of the login."""
    description = kit.description.access
    if description.identity is not None:
        means = f"the key {description.identity}" + (" or the password" if description.password else "")
    else:
        means = "the password of kit.yaml" if description.password is not None else "your own keys and agent"
    tried = f"log in to {_place(kit)} with {means}"
    if kit.greeting is not None:
        return ok(tried, f"logged in as {kit.greeting.user} ({kit.greeting.software})")
    failure = kit.refused
    words = str(failure or "the login did not end")
    advice = str(getattr(failure, "help", ""))
    if "refuses our credentials" not in words:
        return broken(tried, words, advice)
    return _refused(kit, tried)


def _refused(kit: Examined, tried: str) -> Found:
    """Return what a refusal means, by what the server would take."""
    from harness.login import Login
    from harness.route import methods

    description = kit.description.access
    taken = methods(Login.of(description), timeout=METHODS_SECONDS)
    user = plain(kit.route.user) if kit.route else "the user"
    takes = f"; it takes: {', '.join(taken)}" if taken else ""
    by_password = not taken or {"password", "keyboard-interactive"} & set(taken)
    typed = Login.of(description).command
    if description.identity is None and description.password is not None:
        if not by_password:
            return broken(
                tried,
                f"the kit refuses passwords altogether{takes}",
                "give a key as access.identity, or let sshd on main take passwords (`PasswordAuthentication yes`)",
            )
        more = ""
        if taken and "password" not in taken:
            more = "; it asks by keyboard-interactive: one password can be answered, a one-time code cannot"
        return broken(
            tried,
            f"the kit refuses the password for {user}{takes}{more}",
            f"check the user in access.ssh and access.password: `{typed}` with that password must work",
        )
    if taken and "publickey" not in taken:
        return broken(
            tried,
            f"the kit takes no keys for {user}{takes}",
            "give access.password, or let sshd on main take keys (`PubkeyAuthentication yes`)",
        )
    key = f"the key {description.identity}" if description.identity is not None else "every key of yours"
    chosen = f" -i {description.identity}" if description.identity is not None else ""
    copied = f"ssh-copy-id{chosen}{typed.removeprefix('ssh')}"
    other = ", or give access.password" if by_password and description.password is None else ""
    return broken(
        tried,
        f"the kit refuses {key} for {user}{takes}",
        f"check the user in access.ssh; add the public key to ~/.ssh/authorized_keys on main (`{copied}`){other}",
    )


def commands(kit: Examined) -> Found:
    """Run a command on main that changes nothing."""
    token = secrets.token_hex(6)
    tried = "run `id -un; hostname; date; sudo -n true` on main"
    begun = time.time()
    try:
        done = kit.access.run(COMMAND.format(token=token), timeout=COMMAND_SECONDS, limit=COMMAND_LIMIT, record=False)
    except TimedOut:
        return broken(
            tried,
            f"the login works, and a command does not end within {COMMAND_SECONDS:g} s: the shell hangs",
            "log in by hand: does ~/.bashrc or ~/.profile wait for something, is a file system gone (`df` hangs), "
            "is main very busy?",
        )
    except UnexpectedAnswer as failure:
        return broken(tried, str(failure), failure.help)
    before, mark, after = done.text.partition(token)
    if not mark:
        said = plain(done.text + " " + done.error_text)
        return broken(
            tried,
            f"main ran something else than what it was asked to: {said or 'it said nothing'}",
            "is there a command= before the key in ~/.ssh/authorized_keys, a ForceCommand in sshd's configuration, or "
            "a login shell that takes no commands?",
        )
    told = after.split()
    ahead = 0.0
    if len(told) >= 3 and re.fullmatch(r"[0-9]{9,11}", told[2]):
        ahead = int(told[2]) - (begun + time.time()) / 2
    seen = f"they run as {' on '.join(plain(each, 60) for each in told[:2])}"
    notes: list[str] = []
    if "sudo" in told[3:]:
        seen += "; sudo without a password works"
    elif kit.description.maas.api_key is not None:
        seen += "; sudo wants a password (no check needs it)"
    elif kit.description.access.password is not None:
        seen += "; sudo wants a password, with which MAAS' key is read"
    else:
        seen += "; sudo wants a password, and kit.yaml has none"
        notes.append(
            "without it MAAS' key is read only if `maas login` left one on main: give access.password or maas.api_key"
        )
    if before.strip():
        notes.append(f"the shell says '{plain(before, 60)}' before each answer: let ~/.bashrc be silent for commands")
    if abs(ahead) > WRONG_CLOCK:
        way = "ahead of" if ahead > 0 else "behind"
        notes.append(f"main's clock is {abs(ahead):.0f} s {way} this computer's: `timedatectl` on both")
    return ok(tried, seen, "; ".join(notes))


def _place(kit: Examined) -> str:
    from harness.login import Login

    return Login.of(kit.description.access).place
