"""Looks at what a host starts by itself, and at what Ansible left on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.judging.boot import STARTERS, Installation, StartEntries

if TYPE_CHECKING:
    from harness.kit import Kit

OWN_CRONTABS = "crontab -l; sudo -n crontab -l"
CRONTABS = f"{OWN_CRONTABS}; cat /etc/crontab /etc/cron.d/*"
UNITS = "grep -HE '^ExecStart=' /etc/systemd/system/*.service"
CLONE = "/home/ubuntu/tasks/.git"
FOLDERS = ("/home/ubuntu/.ansible", "/root/.ansible")
"""Where Ansible keeps its own things on a machine that it works on."""
JOURNAL = "sudo -n journalctl --quiet --no-pager --lines=1 --grep='ansible[-]'"
"""Prints the last line in which Ansible names one of its modules. sudo writes into the journal what it runs, and that
must not be such a line: hence the brackets."""


def start_entries(kit: Kit, name: str) -> StartEntries:
    """Return the entries of a host that may start the application at boot."""
    host = kit.host(name)
    said = kit.for_each((CRONTABS, UNITS), lambda what: kit.run(name, f"({what}) 2>/dev/null").text.splitlines())
    starting = [(line.partition(":")[0].rpartition("/")[2], line.partition(":")[2]) for line in said[UNITS]]
    wanted = {unit: start for unit, start in starting if any(word in start for word in STARTERS)}
    enabled = kit.for_each(("cron", *wanted), lambda unit: bool(host.service(unit).is_enabled))
    units = tuple(f"{unit}: {start}" for unit, start in wanted.items() if enabled[unit])
    return StartEntries(name, tuple(said[CRONTABS]), units, cron_enabled=enabled["cron"])


def installation(kit: Kit, name: str) -> Installation:
    """Return how the application came to a host."""
    host = kit.host(name)
    said = kit.for_each((OWN_CRONTABS, JOURNAL), lambda what: kit.run(name, f"({what}) 2>/dev/null").text)
    there = kit.for_each((CLONE, *FOLDERS), lambda path: bool(host.file(path).is_directory))
    signs = [f"crontab: {line.strip()}" for line in said[OWN_CRONTABS].splitlines() if line.startswith("#Ansible:")]
    signs += [f"its folder {folder}" for folder in FOLDERS if there[folder]]
    signs += ["its line in the journal"] if "ansible-" in said[JOURNAL] else []
    return Installation(name, is_clone=there[CLONE], ansible_signs=tuple(signs))
