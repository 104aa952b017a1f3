"""Builds the second half of the lab on an embedded kit: what a group types on main, typed."""

from __future__ import annotations

import asyncio
import json
import posixpath
from base64 import b64encode
from typing import TYPE_CHECKING, TypeVar

from simulators import second_half
from simulators.embedded import maas
from simulators.embedded.asking import ask
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.sshd import new_key, private_text, public_line
from simulators.maas.states import Status
from simulators.second_half import (
    AreReady,
    Ask,
    Deploy,
    MarkBroken,
    Pause,
    Post,
    PowerOff,
    Release,
    Reply,
    Run,
    Site,
    Type,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.embedded.host import Host
    from simulators.embedded.kit import EmbeddedKit
    from simulators.plan import Plan
    from simulators.second_half import Step, Steps

T = TypeVar("T")
TURNS = 25
"""Turns of the event loop that a pause gives to everybody else."""
VISITORS_TURNS = 6
"""Turns between two steps: who asks another kit of this process meanwhile waits for one step, not for all."""
QUICK_PAUSES = 200
"""Pauses without any time: what has not happened after them waits for another thread."""
PAUSE_SECONDS = 0.02
NOT_PLAYED = 127
"""Exit status of a command that nobody plays."""


async def build(plan: Plan, kit: EmbeddedKit) -> None:
    """Do what the handout says, up to the plan's stage, and what the plan wants done then. Raises KitError."""
    _give_key(kit.main)
    driver = _Driver(kit)
    site = Site(f"http://{kit.main.address}:{maas.PORT}/MAAS/", kit.rack.keys.api)
    await driver.drive(second_half.build(plan, site))
    await driver.drive(second_half.changes(plan))


def _give_key(main: Host) -> None:
    """Give Juju's client the key that it would make: making an RSA one takes longer than all the rest together."""
    key = new_key("juju-client-key")
    for name, content, mode in (("", private_text(key), 0o600), (".pub", f"{public_line(key)}\n", 0o644)):
        path = f"/home/{main.user}/.local/share/juju/ssh/juju_id_rsa{name}"
        main.files.write(path, content)
        main.files.modes[path] = mode


class _Driver:
    """Does on a kit what the group wants done."""

    def __init__(self, kit: EmbeddedKit) -> None:
        self._kit = kit
        self._pauses = 0

    async def drive(self, steps: Steps[T]) -> T:
        """Do every step, and return what the generator does. Raises KitError."""
        try:
            step = next(steps)
            while True:
                await _turns(VISITORS_TURNS)
                step = steps.send(await self._do(step))
        except StopIteration as end:
            return end.value

    async def _do(self, step: Step) -> Reply:
        main = self._kit.main
        match step:
            case Type(command):
                return await self._run(main, command, main.user)
            case Write(path, text, mode, root):
                return self._write(path, text, mode, "root" if root else main.user)
            case Run(address, command):
                host = self._kit.lan.hosts.get(address)
                return Reply(255, "", "No route to host") if host is None else await self._run(host, command, "root")
            case Ask():
                return await self._ask(step)
            case Post(url, form):
                return await self._post(url, form)
            case PowerOff(host):
                maas.ask(self._kit.region, "POST", f"machines/{self._system_id(host)}/", "power_off")
            case Release(host):
                maas.ask(self._kit.region, "POST", f"machines/{self._system_id(host)}/", "release")
            case Deploy(host):
                maas.deploy(self._kit.region, host)
                await self._kit.rack.driver.booted()
            case MarkBroken(host):
                maas.ask(self._kit.region, "POST", f"machines/{self._system_id(host)}/", "mark_broken")
            case AreReady(hosts):
                ready = all(maas.machine(self._kit.region, host).status is Status.READY for host in hosts)
                return Reply(0 if ready else 1)
            case Pause():
                await self._pause()
        return Reply(0)

    async def _run(self, host: Host, command: str, user: str) -> Reply:
        from simulators.embedded.shell import Shell

        out, err = bytearray(), bytearray()
        try:
            status = await Shell(host).run(command, user=user, out=out.extend, err=err.extend)
        except NotSimulatedError as refusal:
            err += f"{refusal}\n".encode()
            status = NOT_PLAYED
        return Reply(status, out.decode(errors="replace"), err.decode(errors="replace"))

    def _write(self, path: str, text: str, mode: int, user: str) -> Reply:
        from simulators.embedded.shell.view import View, reason

        main = self._kit.main
        full = posixpath.join(f"/home/{main.user}", path)
        try:
            View(main, user, f"writing {path}").write(full, text.encode(), append=False)
        except OSError as error:
            return Reply(1, "", f"{path}: {reason(error)}")
        main.files.modes[main.files.real(full)] = mode
        return Reply(0)

    async def _ask(self, step: Ask) -> Reply:
        headers: dict[str, str] = {}
        if step.user:
            headers["authorization"] = f"Basic {b64encode(f'{step.user}:{step.password}'.encode()).decode()}"
        if step.body is not None:
            headers["content-type"] = "application/json"
        body = b"" if step.body is None else json.dumps(step.body).encode()
        return await self._send(step.method, step.url, headers, body)

    async def _post(self, url: str, form: Mapping[str, str]) -> Reply:
        from urllib.parse import urlencode

        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self._send("POST", url, headers, urlencode(form).encode())

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            answer = await ask(self._kit.main, method, url, headers=headers.items(), body=body)
        except OSError as error:
            return Reply(0, "", str(error))
        return Reply(answer.status, answer.body.decode(errors="replace"))

    def _system_id(self, host: str) -> str:
        return maas.machine(self._kit.region, host).system_id

    async def _pause(self) -> None:
        self._pauses += 1
        if self._pauses > QUICK_PAUSES:
            await asyncio.sleep(PAUSE_SECONDS)
        await _turns(TURNS)


async def _turns(number: int) -> None:
    """Let everybody else on the loop go on, that many times."""
    for _ in range(number):
        await asyncio.sleep(0)
