"""ansible-playbook: plays a playbook's tasks on the kit's hosts, with the modules that the lab's playbook uses.

What it prints and its exit statuses are those of ansible-core 2.14. Modules, keys and expressions that are not known
are refused before anything is done.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from simulators.embedded.handout.ansible_modules import LOCAL, REMOTE, Outcome, Remote
from simulators.embedded.shell.options import given
from simulators.embedded.shell.remote import trusts
from simulators.embedded.shell.view import View

if TYPE_CHECKING:
    from simulators.embedded.call import Call

WIDTH = 80
FAILED, UNREACHABLE = 2, 4
"""Exit statuses."""
SSH_PORT = 22
PLAY_KEYS = {"name", "hosts", "connection", "gather_facts", "vars", "tasks", "become"}
TASK_KEYS = {"name", "become", "register", "changed_when", "environment"}
WARNINGS = (
    b"[WARNING]: No inventory was parsed, only implicit localhost is available\n"
    b"[WARNING]: provided hosts list is empty, only localhost is available. Note that\n"
    b"the implicit localhost does not match 'all'\n"
)
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_CONTAINS = re.compile(r"'([^']*)' in (\w+)\.stdout")


async def playbook(subnet: str, call: Call) -> int:
    """Play `ansible-playbook FILE [--extra-vars NAME=VALUE...]` in a kit of the network `subnet`."""
    import yaml

    found = given(call, "", "e", long={"extra-vars": "e"})
    if len(found.operands) != 1:
        raise call.refuse()
    name = found.operands[0]
    try:
        text = View.of(call).read(call.path(name)).decode("utf-8", "replace")
    except OSError:
        call.err(f"ERROR! the playbook: {name} could not be found\n".encode())
        return 1
    try:
        plays: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        raise call.refuse() from None
    given_variables: dict[str, object] = {}
    for word in (word for each in found.values.get("e", []) for word in shlex.split(each)):
        key, equals, value = word.partition("=")
        if not equals:
            raise call.refuse()
        given_variables[key] = value
    known = _checked(call, plays)
    call.err(WARNINGS)
    return await _Playing(call, subnet, given_variables).play(known)


def _checked(call: Call, plays: object) -> list[dict[str, Any]]:
    """Return the plays. Raises NotSimulatedError for keys and modules that nobody plays."""
    if not isinstance(plays, list):
        raise call.refuse()
    for play in cast("list[Any]", plays):
        if not isinstance(play, dict) or set(cast("dict[str, Any]", play)) - PLAY_KEYS or "hosts" not in play:
            raise call.refuse()
        modules = LOCAL if _is_local(cast("dict[str, Any]", play)) else REMOTE
        for task in cast("dict[str, Any]", play).get("tasks", []):
            if not isinstance(task, dict) or len(keys := set(cast("dict[str, Any]", task)) - TASK_KEYS) != 1:
                raise call.refuse()
            if _short(keys.pop()) not in modules:
                raise call.refuse()
    return cast("list[dict[str, Any]]", plays)


def _is_local(play: Mapping[str, Any]) -> bool:
    return play["hosts"] == "localhost"


def _short(module: str) -> str:
    return module.removeprefix("ansible.builtin.")


@dataclass
class _Playing:
    """One run."""

    call: Call
    subnet: str
    variables: dict[str, object]
    groups: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    of_host: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    recap: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])

    async def play(self, plays: Sequence[Mapping[str, Any]]) -> int:
        """Play all; return the exit status."""
        for play in plays:
            hosts = ["localhost"] if _is_local(play) else self.groups.get(str(play["hosts"]), [])
            self._title("PLAY", str(play.get("name", play["hosts"])))
            if not hosts:
                self.call.say("skipping: no hosts matched")
                continue
            if not await self._play(play, hosts):
                break
        self._title("PLAY RECAP")
        words = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
        for host, counts in sorted(self.recap.items()):
            self.call.say(f"{host:<26} : " + " ".join(f"{word}={counts[word]:<4}" for word in words))
        self.call.say("")
        worst: Counter[str] = sum(self.recap.values(), Counter[str]())
        return UNREACHABLE if worst["unreachable"] else FAILED if worst["failed"] else 0

    async def _play(self, play: Mapping[str, Any], hosts: list[str]) -> bool:
        """Play one; return whether any host is left that did not fail."""
        tasks = list(play.get("tasks", []))
        if play.get("gather_facts", True):
            tasks.insert(0, {"name": "Gathering Facts", "setup": {}})
        left = list(hosts)
        for task in tasks:
            module = next(key for key in task if key not in TASK_KEYS)
            self._title("TASK", str(task.get("name", module)))
            for host in list(left):
                done = await self._do(play, task, module, host)
                counts = self.recap.setdefault(host, Counter())
                counts[done.word] += 1
                if done.word == "changed":
                    counts["ok"] += 1
                elif done.word != "ok":
                    left.remove(host)
                self._say(host, done)
            if not left:
                return False
        return True

    async def _do(self, play: Mapping[str, Any], task: Mapping[str, Any], module: str, host: str) -> Outcome:
        variables = {**cast("dict[str, object]", play.get("vars", {})), **self.of_host.get(host, {}), **self.variables}
        arguments = self._filled(task[module], variables)
        if host == "localhost":
            done = self._locally(_short(module), arguments, variables)
        else:
            machine = self._reach(host, variables)
            if isinstance(machine, Outcome):
                return machine
            machine.become = bool(task.get("become", play.get("become", False)))
            machine.environment = self._filled(task.get("environment", {}), variables)
            done = await machine.do(_short(module), arguments)
        if "register" in task:
            self.of_host.setdefault(host, {})[str(task["register"])] = done.result
        return self._as_said(task, done)

    def _as_said(self, task: Mapping[str, Any], done: Outcome) -> Outcome:
        said = task.get("changed_when")
        if said is None or done.word not in ("ok", "changed"):
            return done
        found = _CONTAINS.fullmatch(str(said))
        if isinstance(said, bool):
            changed = said
        elif found is not None and found[2] == task.get("register"):
            changed = found[1] in str(done.result.get("stdout", ""))
        else:
            raise self.call.refuse()
        return Outcome("changed" if changed else "ok", done.result)

    def _locally(self, module: str, arguments: Any, variables: Mapping[str, object]) -> Outcome:
        if module == "add_host":
            name = str(arguments["name"])
            self.groups.setdefault(str(arguments.get("groups", "ungrouped")), []).append(name)
            kept = {key: value for key, value in arguments.items() if key not in ("name", "groups")}
            self.of_host.setdefault(name, {}).update(kept)
            return Outcome("changed")
        if module == "assert":
            found = re.fullmatch(r"(\w+) is defined", str(arguments.get("that")))
            if found is None:
                raise self.call.refuse()
            if found[1] in variables:
                return Outcome("ok")
            why = {"assertion": found[0], "changed": False, "evaluated_to": False}
            return Outcome("failed", {**why, "msg": str(arguments.get("fail_msg", "Assertion failed"))})
        return Outcome("ok")

    def _reach(self, host: str, variables: Mapping[str, object]) -> Remote | Outcome:
        """Return the machine as its user logs in, or why nobody can."""
        call, user = self.call, str(variables.get("ansible_user", self.call.user))
        address = call.host.resolve(host)
        if address is None:
            return _unreachable(f"ssh: Could not resolve hostname {host}: Name or service not known")
        try:
            call.host.network.connect(call.host, address, SSH_PORT)
        except OSError as error:
            return _unreachable(f"ssh: connect to host {host} port {SSH_PORT}: {error.strerror}")
        target = call.host.network.hosts[address]
        if not trusts(target, user, call):
            return _unreachable(f"{user}@{host}: Permission denied (publickey).")
        return Remote(call, target, user, self.subnet)

    def _filled(self, value: Any, variables: Mapping[str, object]) -> Any:
        """Return a value with every `{{ name }}` filled in. Raises NotSimulatedError for any other expression."""
        if isinstance(value, dict):
            return {key: self._filled(each, variables) for key, each in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self._filled(each, variables) for each in cast("list[Any]", value)]
        if not isinstance(value, str):
            return value
        if any(name not in variables for name in _BLANK.findall(value)):
            raise self.call.refuse()
        filled = _BLANK.sub(lambda found: str(variables[found[1]]), value)
        if "{{" in filled or "{%" in filled:
            raise self.call.refuse()
        return filled

    def _title(self, word: str, name: str = "") -> None:
        title = f"{word} [{name}] " if name else f"{word} "
        self.call.say(f"\n{title}{'*' * max(3, WIDTH - len(title))}")

    def _say(self, host: str, done: Outcome) -> None:
        if done.word in ("ok", "changed"):
            self.call.say(f"{done.word}: [{host}]")
            return
        word = "FAILED" if done.word == "failed" else "UNREACHABLE"
        self.call.say(f"fatal: [{host}]: {word}! => {json.dumps(done.result, sort_keys=True)}")


def _unreachable(why: str) -> Outcome:
    said = {"changed": False, "msg": f"Failed to connect to the host via ssh: {why}", "unreachable": True}
    return Outcome("unreachable", said)
