"""The first witness: what the command `juju` on main says, as the handout has students show it."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.errors import AccessRefused, CheckFailed, KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.fields import field, items, parse, record
from harness.juju.client_files import FILES, Controller, controllers_of
from harness.juju.optional import ENTRIES_LIMIT, text
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.access import Access, Completed

SECONDS = 30.0
"""For one command: on a small main `juju status` takes up to 10 s, and others run at the same time."""
ACTION_SECONDS = 60.0
"""For an action, as the command itself waits."""
LIMIT = 2 * 1024 * 1024
"""Bytes of its output."""
NOT_FOUND = 127
"""Exit status of a shell that finds no such program."""
FOLDER = '"${JUJU_DATA:-$HOME/.local/share/juju}"'


def run(access: Access, *arguments: str, record: bool = True, seconds: float = SECONDS) -> Completed:
    """Run `juju` on main as its user; snaps are not on every path of a command over SSH. Raises KitError."""
    return access.run(
        f"PATH=$PATH:/snap/bin {shlex.join(['juju', *arguments])}", timeout=seconds, limit=LIMIT, record=record
    )


def ask(access: Access, *arguments: str) -> object:
    """Return the JSON that `juju ... --format=json` prints.

    Raises CheckFailed when Juju is not installed or does not know the controller or model, else KitError.
    """
    told = run(access, *arguments, "--format=json")
    if told.exit_status != 0:
        raise refusal(told, arguments)
    return parse(answer_in(told.stdout), f"the output of `juju {arguments[0]}`")


def answer_in(output: bytes) -> bytes:
    """Return the JSON of an output, without the lines that a login's shell greets everybody with before it."""
    begin = output.find(b"\n{")
    return output if output[:1] in (b"{", b"[") or begin < 0 else output[begin + 1 :]


def refusal(told: Completed, arguments: tuple[str, ...]) -> CheckFailed | KitError:
    """Return what it means that `juju` ended with an error."""
    command = f"juju {plain(shlex.join(arguments), 80)}"
    said = complaint(told.error_text)
    words = said.lower()
    if told.exit_status == NOT_FOUND:
        return CheckFailed(
            "Juju is not installed on main: there is no command `juju`.",
            help="Install it on main: `sudo snap install juju`, with the channel of your handout.",
        )
    if re.search(r"controller .*not found|no controllers? registered|no controller\b", words):
        return CheckFailed(
            f"`{command}` on main says: {said}",
            help="Bootstrap a controller, or give its name as juju.controller in kit.yaml; "
            "`juju controllers` on main lists them.",
        )
    if re.search(r"model .*not found", words):
        return CheckFailed(
            f"`{command}` on main says: {said}",
            help="Add the model, or give its name as juju.model in kit.yaml; `juju models` on main lists them.",
        )
    if re.search(r"password|not logged in|unauthori[sz]ed|permission denied|log ?in", words):
        return AccessRefused(f"`{command}` on main says: {said}", help="log in on main: `juju login`")
    if re.search(r"unable to connect|cannot (connect|dial)|refused|no route|unreachable|timed? ?out|deadline", words):
        return Unreachable(
            f"`{command}` on main says: {said}", help="is the controller's machine on, and its jujud running?"
        )
    return UnexpectedAnswer(
        f"`{command}` on main ended with status {told.exit_status}: {said or 'it said nothing'}",
        help="run it there by hand and read what it says",
    )


def complaint(text: str) -> str:
    """Return the line in which `juju` says what is wrong: its last that begins with ERROR, else the last at all."""
    lines = [plain(line, 300) for line in text[:65_536].splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [""])[-1].removeprefix("ERROR ")


def client_files(access: Access) -> dict[str, Controller]:
    """Return the controllers that the client on main knows, by name; passwords stay out of evidence. Raises KitError.

    What the files say becomes evidence as a list of controllers, for they hold the administrator's password.
    """
    mark = f"--- {secrets.token_hex(8)} "
    script = "; ".join(f'echo; echo "{mark}{name}"; cat {FOLDER}/{name}' for name in FILES)
    # Main's user may have another shell, as fish, which would read nothing of this, as if there were no files.
    told = access.run(f"sh -c {shlex.quote(script)}", limit=LIMIT, timeout=SECONDS, record=False)
    if told.exit_status == NOT_FOUND:
        raise UnexpectedAnswer(
            f"main runs no shell script to read Juju's files: {plain(told.error_text.strip(), 200)}",
            help="the login's shell on main must find `sh`: try `ssh` to main and `sh -c true`",
        )
    contents = {
        name.strip(): content
        for name, _, content in (part.partition("\n") for part in told.text.split(f"\n{mark}")[1:])
    }
    try:
        found = controllers_of(contents)
    except KitError as failure:
        access.log.record("command", "main", f"$ cat {FOLDER}/*.yaml -> {type(failure).__name__}", str(failure))
        raise
    for each in found.values():
        if each.password:
            access.hide(each.password)
    listed = "\n".join(
        f"{c.name}: cloud {c.cloud or 'unknown'}, version {c.version or 'unknown'},"
        f" API {', '.join(map(str, c.endpoints)) or 'nowhere'}, user {c.user or 'none'},"
        f" models {', '.join(c.models) or 'none'}"
        for c in found.values()
    )
    access.log.record(
        "command", "main", f"$ cat {FOLDER}/{{controllers,accounts,models}}.yaml", listed or "no controller"
    )
    return found


def clouds(access: Access) -> dict[str, str]:
    """Return the types of the clouds that the client knows, by name (`juju clouds --client`). Raises as `ask`."""
    where = "the output of `juju clouds`"
    answer = record(ask(access, "clouds", "--client"), where)
    if len(answer) > ENTRIES_LIMIT:
        raise UnexpectedAnswer(f"{where} has {len(answer)} entries")
    return {name: text(record(entry, where), "type", where) for name, entry in answer.items()}


def models(access: Access, controller: str) -> tuple[str, ...]:
    """Return the names of a controller's models, without their owners (`juju models`). Raises as `ask`."""
    where = "the output of `juju models`"
    answer = record(ask(access, "models", "-c", controller), where)
    found = items(answer.get("models") or [], where)
    if len(found) > ENTRIES_LIMIT:
        raise UnexpectedAnswer(f"{where} has {len(found)} entries")
    return tuple(field(record(each, where), "name", str, where).rpartition("/")[2] for each in found)


def controllers(access: Access) -> tuple[str, ...]:
    """Return the names of the controllers (`juju controllers`). Raises as `ask`."""
    where = "the output of `juju controllers`"
    answer = record(ask(access, "controllers"), where)
    found: Mapping[str, object] = record(answer.get("controllers") or {}, where)
    return tuple(found)[:ENTRIES_LIMIT]


def password_of(access: Access, model: str, unit: str, version: str) -> object:
    """Return the `password` that a unit's action get-admin-password gives, through `juju` on main.

    Juju 3.x: `juju run UNIT ACTION`, the answer under the unit's name. Juju 2.9: `juju run-action --wait UNIT ACTION`,
    under `unit-grafana-0`. Evidence says that it was asked, never what it said. Raises as `ask`.
    """
    arguments = ["run-action", "--wait"] if version.startswith("2.") else ["run"]
    arguments += ["-m", model, unit, "get-admin-password"]
    try:
        told = run(access, *arguments, "--format=json", record=False, seconds=ACTION_SECONDS)
    except KitError as failure:
        access.log.record("command", "main", f"$ juju {' '.join(arguments)} -> {type(failure).__name__}", str(failure))
        if isinstance(failure, TimedOut):
            failure.help = "is the unit's agent alive? `juju status` on main; or give juju.grafana_password in kit.yaml"
        raise
    access.log.record("command", "main", f"$ juju {' '.join(arguments)} -> exit status {told.exit_status}")
    if told.exit_status != 0:
        raise refusal(told, tuple(arguments))
    where = f"the action get-admin-password of {unit}"
    answer = record(parse(answer_in(told.stdout), where), where)
    first = record(next(iter(answer.values()), None), where)
    return record(first.get("results") or {}, where).get("password")
