"""Disturbs a kit on purpose, when that was allowed, and puts it back: reboots a host, stops and starts Django."""

from __future__ import annotations

import base64
import contextlib
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import CheckFailed, KitError, TimedOut, UnexpectedAnswer
from harness.eventually import eventually
from harness.judging.web import Answer
from harness.observing import proxy
from harness.observing.django import SERVERS
from harness.observing.web import page

if TYPE_CHECKING:
    from harness.kit import Kit

BOOT_TIMEOUT = 600.0
"""Seconds for a machine to come back: real machines test their memory first."""
BOOT_MARK = "cat /proc/sys/kernel/random/boot_id; cut -d' ' -f22 /proc/1/stat"
"""Prints what differs after each boot: the kernel's boot id, and when the first process started."""
PROCESSES = (
    f"for p in $(pgrep -f '{SERVERS}'); do "
    "echo $p $(ps -o ppid= -p $p) $(readlink /proc/$p/cwd | base64 -w0) $(base64 -w0 /proc/$p/cmdline); done"
)


def reboot(kit: Kit, host: str) -> None:
    """Reboot a host and return when one can log in to it again. Raises TimedOut when it does not come back."""
    before = kit.run(host, BOOT_MARK).text
    with contextlib.suppress(KitError):  # the connection ends with the machine
        kit.run(host, "sudo -n systemctl reboot", timeout=10)

    def is_back() -> bool:
        try:
            done = kit.run(host, BOOT_MARK, timeout=10)
        except KitError:
            return False
        return done.exit_status == 0 and done.text != before

    eventually(is_back, timeout=BOOT_TIMEOUT)


def answer_within(kit: Kit, host: str, *, timeout: float) -> Answer:
    """Return Django's first 200 within `timeout` seconds, or else its last answer."""
    last = Answer(None)
    django = kit.description.django

    def answers() -> bool:
        nonlocal last
        last = page(kit, host, django.port, django.path)
        return last.status == 200

    with contextlib.suppress(TimedOut):
        eventually(answers, timeout=timeout)
    return last


def wait_until_answers(kit: Kit, host: str, *, timeout: float) -> None:
    """Return when Django answers again. Raises UnexpectedAnswer when it does not within `timeout` seconds."""
    last = answer_within(kit, host, timeout=timeout)
    if last.status != 200:
        raise UnexpectedAnswer(
            f"Django on {host}, which grading had stopped and started again, does not answer: {last.describe()}",
            help=f"Reboot {host}: its start entry starts Django.",
        )


def wait_until_shared(kit: Kit) -> None:
    """Return when the proxy uses every Django server again. Raises TimedOut when it does not."""
    eventually(lambda: proxy.is_shared(kit), timeout=3 * proxy.PENALTY)


@dataclass(frozen=True, slots=True)
class _Process:
    folder: str
    arguments: tuple[str, ...]


@dataclass(slots=True)
class StoppedDjango:
    """Django stopped on one host, and how it had been started there."""

    kit: Kit
    host: str
    processes: tuple[_Process, ...]
    running: bool = field(default=False)
    """Whether it was started again."""

    def start_again(self) -> None:
        """Start what ran before, the same way, if that was not done yet."""
        if self.running:
            return
        for process in self.processes:
            command = f"cd {shlex.quote(process.folder)} && exec {shlex.join(process.arguments)}"
            self.kit.run(self.host, f"setsid nohup sh -c {shlex.quote(command)} </dev/null >/dev/null 2>&1 &")
        self.running = True


def _is_silent(kit: Kit, host: str) -> bool:
    """Return whether nothing listens on Django's port any more; a connection that is cut off is not silence yet."""
    try:
        return page(kit, host, kit.description.django.port, "/").status is None
    except KitError:
        return False


def stop_django(kit: Kit, host: str) -> StoppedDjango:
    """Stop Django on a host and return how to start it again. Raises CheckFailed when it does not run."""
    found: dict[str, tuple[str, _Process]] = {}
    for line in kit.run(host, PROCESSES).text.splitlines():
        words = line.split()
        if len(words) == 4:
            arguments = base64.b64decode(words[3]).decode("utf-8", "replace").rstrip("\0").split("\0")
            found[words[0]] = (words[1], _Process(base64.b64decode(words[2]).decode().strip(), tuple(arguments)))
    if not found:
        raise CheckFailed(f"Django does not run on {host}.", help="Start it, then check again.")
    first = tuple(process for parent, process in found.values() if parent not in found)
    stopped = StoppedDjango(kit, host, first)
    try:
        kit.run(host, f"kill -9 {' '.join(found)}")
        eventually(lambda: _is_silent(kit, host), timeout=10)
    except BaseException:
        stopped.start_again()
        raise
    return stopped
