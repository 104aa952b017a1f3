"""Looks at what a host starts by itself, and at what Ansible left on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.judging.boot import STARTERS, Installation, StartEntries

if TYPE_CHECKING:
    from harness.kit import Kit

CRONTABS = "crontab -l; sudo -n crontab -l; cat /etc/crontab /etc/cron.d/* /etc/rc.local"
UNITS = "grep -HE '^ExecStart=' /etc/systemd/system/*.service"
JOURNAL = "sudo -n journalctl --quiet --no-pager --lines=1 --grep='ansible-'"


def start_entries(kit: Kit, name: str) -> StartEntries:
    """Return the entries of a host that may start the application at boot."""
    host = kit.host(name)
    crontab = tuple(kit.run(name, f"({CRONTABS}) 2>/dev/null").text.splitlines())
    units: list[str] = []
    for line in kit.run(name, f"{UNITS} 2>/dev/null").text.splitlines():
        path, _, start = line.partition(":")
        unit = path.rpartition("/")[2]
        if any(word in start for word in STARTERS) and host.service(unit).is_enabled:
            units.append(f"{unit}: {start}")
    return StartEntries(name, crontab, tuple(units), cron_enabled=host.service("cron").is_enabled)


def installation(kit: Kit, name: str) -> Installation:
    """Return how the application came to a host."""
    host = kit.host(name)
    signs = [
        f"crontab: {line.strip()}"
        for line in kit.run(name, "(crontab -l; sudo -n crontab -l) 2>/dev/null").text.splitlines()
        if line.startswith("#Ansible:")
    ]
    if host.file("/home/ubuntu/.ansible").exists or host.file("/root/.ansible").exists:
        signs.append("its folder ~/.ansible")
    if (entry := kit.run(name, f"{JOURNAL} 2>/dev/null")).exit_status == 0 and "ansible-" in entry.text:
        signs.append("its line in the journal")
    return Installation(name, is_clone=host.file("/home/ubuntu/tasks/.git").is_directory, ansible_signs=tuple(signs))
