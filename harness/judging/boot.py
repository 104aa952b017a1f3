"""Will Django start again after a reboot, and did Ansible install it?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.finding import Finding, fails, holds

STARTERS = ("run.sh", "manage.py", "gunicorn", "uwsgi", "uvicorn")
"""Words of a command that starts the application."""


@dataclass(frozen=True, slots=True)
class StartEntries:
    """What a host starts by itself."""

    host: str
    crontab: tuple[str, ...]
    """Lines of the users' crontabs and of /etc/cron.d."""
    units: tuple[str, ...]
    """Enabled systemd units that mention the application, as `name: ExecStart`."""
    cron_enabled: bool
    """Whether cron itself starts at boot."""


def judge_start_entry(entries: StartEntries) -> Finding:
    """Judge whether something on the host starts the application at boot."""
    expected = "an @reboot entry in the crontab (as install.sh makes it) or an enabled service that starts Django"
    wanted = [line for line in entries.crontab if line.lstrip().startswith("@reboot") and _starts(line)]
    commented = [
        line for line in entries.crontab if "@reboot" in line and line.lstrip().startswith("#") and _starts(line)
    ]
    observed = "; ".join([*wanted, *entries.units]) or "no such entry"
    if entries.units or (wanted and entries.cron_enabled):
        return holds(expected=expected, observed=observed)
    if wanted:
        return fails(
            f"{entries.host} has an @reboot entry, but cron itself does not start at boot.",
            help="sudo systemctl enable --now cron",
            expected=expected,
            observed=observed,
        )
    return fails(
        f"Nothing on {entries.host} starts Django after a reboot: it was started by hand"
        + (", its @reboot entry is commented out." if commented else "."),
        help="Run install.sh again, or add `@reboot cd /home/ubuntu/tasks && ./run.sh` with `crontab -e` as ubuntu.",
        expected=expected,
        observed=observed,
    )


def _starts(line: str) -> bool:
    return any(word in line for word in STARTERS)


@dataclass(frozen=True, slots=True)
class Installation:
    """How the application came to a host."""

    host: str
    is_clone: bool
    """Whether /home/ubuntu/tasks is a git work tree."""
    ansible_signs: tuple[str, ...]
    """What Ansible leaves behind on a machine: crontab marks, its folder, its lines in the journal."""


def judge_installed_by_ansible(installation: Installation) -> Finding:
    """Judge whether the playbook installed the application on this host."""
    expected = "/home/ubuntu/tasks cloned by git, and signs of Ansible's work"
    observed = (
        f"{'a git work tree' if installation.is_clone else 'no git work tree'}; "
        f"signs of Ansible: {'; '.join(installation.ansible_signs) or 'none'}"
    )
    if not installation.ansible_signs:
        return fails(
            f"Ansible never worked on {installation.host}: Django was installed there in another way.",
            help="On main: ansible-playbook tasks-install-playbook.yaml --extra-vars server=<address of the server>.",
            expected=expected,
            observed=observed,
        )
    if not installation.is_clone:
        return fails(
            f"/home/ubuntu/tasks on {installation.host} is not the clone that the playbook makes.",
            help="Move the folder away and run the playbook again.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)
