"""Drives what a group does in the lab's second half on a running kit: main's keyboard, its machines, Grafana, MAAS."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import KitError
from simulators.docker.hands import OUTPUT_LIMIT, SLOW_S, Hands
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
    Step,
    Steps,
    Type,
    Write,
)

if TYPE_CHECKING:
    from harness.completed import Completed

T = TypeVar("T")
PAUSE_S = 0.3
HTTP_WITHIN_S = 20
QUIET_AFTER_S = 60.0
"""Seconds within which MAAS must have done what it was told to do with a machine."""


@dataclass(frozen=True, slots=True)
class Driver:
    """Does the steps of `simulators.second_half`, one after the other."""

    hands: Hands

    def drive(self, steps: Steps[T]) -> T:
        """Do all steps, and return what they come to. Raises KitError."""
        try:
            step = next(steps)
            while True:
                step = steps.send(self._do(step))
        except StopIteration as end:
            return end.value

    def _do(self, step: Step) -> Reply:
        match step:
            case Type(command):
                return self._run(command)
            case Write():
                return self._write(step)
            case Run(address, command):
                return self._run(f"sudo -n sh -c {shlex.quote(command)}", on=address)
            case Ask():
                return self._ask(step)
            case Post():
                return self._post(step)
            case PowerOff(host):
                return self._tell_maas(host, "power-off", "power_state", "off")
            case Release(host):
                return self._tell_maas(host, "release", "status_name", "Ready")
            case Deploy(host):
                allocated = self._run(f"maas cloud machines allocate name={host}")
                return allocated if allocated.status else self._tell_maas(host, "deploy", "status_name", "Deployed")
            case MarkBroken(host):
                return self._tell_maas(host, "mark-broken", "status_name", "Broken")
            case AreReady(hosts):
                ready = all(each["status_name"] == "Ready" for each in self._machines() if each["hostname"] in hosts)
                return Reply(0 if ready else 1)
            case Pause():
                time.sleep(PAUSE_S)
                return Reply(0)

    def _run(self, command: str, *, on: str | None = None, stdin: bytes | None = None) -> Reply:
        try:
            done = self.hands.access.run(command, on=on, timeout=SLOW_S, limit=OUTPUT_LIMIT, stdin=stdin, record=False)
        except KitError as error:
            raise KitError(f"{self.hands.doing} {on or 'main'}: `{command[:100]}`: {error}", help=error.help) from error
        return _reply(done)

    def _write(self, step: Write) -> Reply:
        path = shlex.quote(step.path)
        script = f'umask 077; mkdir -p "$(dirname {path})" && cat > {path} && chmod {step.mode:o} {path}'
        command = f"sudo -n sh -c {shlex.quote(script)}" if step.root else script
        return self._run(command, stdin=step.text.encode())

    def _ask(self, step: Ask) -> Reply:
        lines = [f"request = {json.dumps(step.method)}", f"url = {json.dumps(step.url)}"]
        if step.user:
            lines.append(f"user = {_quoted(f'{step.user}:{step.password}')}")
        if step.body is not None:
            lines += ['header = "Content-Type: application/json"', f"data-raw = {_quoted(json.dumps(step.body))}"]
        return self._curl(lines)

    def _post(self, step: Post) -> Reply:
        fields = [f"data-urlencode = {_quoted(f'{name}={value}')}" for name, value in step.form.items()]
        return self._curl([f"url = {json.dumps(step.url)}", *fields])

    def _curl(self, lines: list[str]) -> Reply:
        # By its standard input: arguments of a process can be read by everybody on main.
        curl = f"curl -sS --noproxy '*' --max-time {HTTP_WITHIN_S} -w '\\n%{{http_code}}' -K -"
        asked = self._run(curl, stdin="\n".join(lines).encode())
        if asked.status != 0:
            return Reply(0, asked.out, asked.err)
        content, _, status = asked.out.rpartition("\n")
        return Reply(int(status), content)

    def _tell_maas(self, host: str, what: str, field: str, wanted: str) -> Reply:
        """Tell MAAS to do something with a machine, as on main's command line, and wait until it is done."""
        system_id = self._machine(host)["system_id"]
        told = self._run(f"maas cloud machine {what} {system_id}")
        deadline = time.monotonic() + QUIET_AFTER_S
        while told.status == 0 and self._machine(host)[field] != wanted:
            if time.monotonic() > deadline:
                raise KitError(f"MAAS does not {what} {host} within {QUIET_AFTER_S:g} s")
            time.sleep(0.1)
        return told

    def _machine(self, host: str) -> dict[str, Any]:
        return next(each for each in self._machines() if each["hostname"] == host)

    def _machines(self) -> list[dict[str, Any]]:
        return json.loads(self.hands.type("maas cloud machines read"))


def _reply(done: Completed) -> Reply:
    return Reply(done.exit_status, done.text, done.error_text)


def _quoted(text: str) -> str:
    """Return a value as curl's configuration has it; JSON has no line ends of its own."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
