"""Ansible's modules on a host of the kit: apt, git, command, cron, reboot, and looking at it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host

LOCAL = frozenset({"assert", "add_host"})
REMOTE = frozenset({"apt", "git", "command", "cron", "reboot"})
FIRST_PID = 1200
REPOSITORY = "https://github.com/raulikeda/tasks.git"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task on one host."""

    word: Literal["ok", "changed", "failed", "unreachable"]
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Remote:
    """A host, as the user whom Ansible logs in as, or as root."""

    call: Call
    target: Host
    user: str
    subnet: str
    """The kit's network."""
    become: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    async def do(self, module: str, arguments: Any) -> Outcome:
        """Carry a task out. Raises NotSimulatedError for arguments that nobody plays."""
        number = sum("ansible-" in line for line in self.target.journal)
        self.target.journal.append(f"python3[{FIRST_PID + 40 * number}]: ansible-ansible.builtin.{module} Invoked")
        self.target.files.make_folder(f"/home/{self.user}/.ansible/tmp")
        told: dict[str, Any] = cast("dict[str, Any]", arguments) if isinstance(arguments, dict) else {}
        match module:
            case "setup":
                return Outcome("ok")
            case "apt":
                return await self._apt(told)
            case "git":
                return self._git(told)
            case "command":
                return await self._command(told or {"cmd": arguments})
            case "cron":
                return self._cron(told)
            case "reboot":
                from simulators.embedded.shell.services import reboot

                if not self.become:
                    raise self.call.refuse()
                await reboot(self.target)
                return Outcome("changed", {"rebooted": True})
            case _:
                raise self.call.refuse()

    async def _apt(self, told: Mapping[str, Any]) -> Outcome:
        from simulators.embedded.handout.debs import DEBS

        names = told.get("name", [])
        names = [names] if isinstance(names, str) else names
        if set(told) - {"name", "update_cache", "state"} or told.get("state", "present") != "present":
            raise self.call.refuse()
        if not self.become:
            return Outcome("failed", {"changed": False, "msg": "Failed to lock apt for exclusive operation"})
        for name in names:
            if name not in DEBS:
                return Outcome("failed", {"changed": False, "msg": f"No package matching '{name}' is available"})
        wanted = [name for name in names if not DEBS[name].is_there(self.target)]
        for name in wanted:
            put = DEBS[name].put
            if put is not None and not DEBS[name].is_there(self.target):
                await put(self.target, self.subnet)
        return Outcome("changed" if wanted else "ok")

    def _git(self, told: Mapping[str, Any]) -> Outcome:
        from simulators.embedded import django_site
        from simulators.tasks.editing import FOLDER

        if set(told) - {"repo", "dest", "version"} or (told.get("repo"), told.get("dest")) != (REPOSITORY, FOLDER):
            raise self.call.refuse()
        if self.target.files.is_folder(f"{FOLDER}/.git"):
            return Outcome("ok")
        django_site.clone(self.target)
        return Outcome("changed")

    async def _command(self, told: Mapping[str, Any]) -> Outcome:
        from simulators.embedded.shell.shell import Shell

        if set(told) - {"cmd", "chdir"} or not isinstance(told.get("cmd"), str):
            raise self.call.refuse()
        words = shlex.split(told["cmd"])
        settings = [f"{name}={shlex.quote(str(value))}" for name, value in self.environment.items()]
        line = " ".join([*settings, *(shlex.quote(word) for word in words)])
        out, err = bytearray(), bytearray()
        user = "root" if self.become else self.user
        status = await Shell(self.target).run(line, user=user, folder=told.get("chdir"), out=out.extend, err=err.extend)
        said = {"changed": True, "cmd": words, "rc": status}
        said |= {"stdout": out.decode("utf-8", "replace").strip(), "stderr": err.decode("utf-8", "replace").strip()}
        if status != 0:
            return Outcome("failed", {**said, "msg": "non-zero return code"})
        return Outcome("changed", said)

    def _cron(self, told: Mapping[str, Any]) -> Outcome:
        if set(told) != {"name", "special_time", "job"}:
            raise self.call.refuse()
        entry = f"#Ansible: {told['name']}\n@{told['special_time']} {told['job']}\n"
        table = self.target.crontabs.get(self.user, "")
        if entry in table:
            return Outcome("ok")
        self.target.crontabs[self.user] = f"{table}{entry}"
        return Outcome("changed")
