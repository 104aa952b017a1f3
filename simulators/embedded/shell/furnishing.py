"""What every Ubuntu machine has before anything is installed on it: files, accounts, and the units cron and ssh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.embedded.host import Process, Unit
from simulators.embedded.shell.accounts import PASSWD
from simulators.embedded.shell.shell import runner
from simulators.embedded.shell.system import release

if TYPE_CHECKING:
    from simulators.embedded.host import Host

OS_RELEASE = """\
PRETTY_NAME="{0.description}"
NAME="Ubuntu"
VERSION_ID="{0.number}"
VERSION="{0.version}"
VERSION_CODENAME={0.codename}
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"
UBUNTU_CODENAME={0.codename}
"""
CRONTAB = """\
# /etc/crontab: system-wide crontab

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly
25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )
47 6\t* * 7\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.weekly )
52 6\t1 * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.monthly )
"""
E2SCRUB = """\
30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/x86_64-linux-gnu/e2fsprogs/e2scrub_all_cron
10 3 * * * root test -e /run/systemd/system || SERVICE_MODE=1 /sbin/e2scrub_all -A -r
"""
SSH_UNIT = """\
[Unit]
Description=OpenBSD Secure Shell server
After=network.target auditd.service

[Service]
EnvironmentFile=-/etc/default/ssh
ExecStartPre=/usr/sbin/sshd -t
ExecStart=/usr/sbin/sshd -D $SSHD_OPTS
KillMode=process
Restart=on-failure
Type=notify

[Install]
WantedBy=multi-user.target
Alias=sshd.service
"""
FOLDERS = (
    *(
        "/etc/cron.d",
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/local/bin",
        "/snap/bin",
    ),
    *("/var/lib", "/var/log", "/var/tmp", "/tmp", "/root", "/home", "/srv", "/mnt", "/media", "/opt", "/boot"),  # noqa: S108
)
PROGRAMS = {
    "cron": ("/usr/sbin/cron", "-f", "-P"),
    "ssh": ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",),
}
"""As `ps` shows them."""


def furnish(host: Host) -> None:
    """Give a host the files, units and accounts of its release of Ubuntu, and what runs its crontabs.

    A unit that it has already stays.
    """
    for folder in (*FOLDERS, f"/home/{host.user}/.ssh"):
        host.files.make_folder(folder)
    files = {
        "/etc/os-release": OS_RELEASE.format(release(host)),
        "/etc/hostname": f"{host.name}\n",
        "/etc/crontab": CRONTAB,
        "/etc/cron.d/e2scrub_all": E2SCRUB,
        PASSWD: _accounts(host.user),
        "/usr/lib/systemd/system/ssh.service": SSH_UNIT,
    }
    for path, content in files.items():
        host.files.write(path, content)
    host.files.link("/etc/systemd/system/sshd.service", "/usr/lib/systemd/system/ssh.service")
    for level in "2345":
        for unit in PROGRAMS:
            host.files.link(f"/etc/rc{level}.d/S01{unit}", f"/etc/init.d/{unit}")
    for level in "016S":
        host.files.make_folder(f"/etc/rc{level}.d")
    for name, argv in PROGRAMS.items():
        host.units.setdefault(name, _unit(host, name, argv))
    host.run = host.run or runner(host)


def _unit(host: Host, name: str, argv: tuple[str, ...]) -> Unit:
    """Return a unit whose program is a process, and nothing more."""
    running: list[Process] = []

    async def start() -> None:
        running.append(host.start(*argv, name="sshd" if name == "ssh" else name))

    async def stop() -> None:
        while running:
            host.end(running.pop())

    return Unit(name, start, stop)


def _accounts(user: str) -> str:
    lines = [
        "root:x:0:0:root:/root:/bin/bash",
        "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin",
        "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin",
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
        "sshd:x:106:65534::/run/sshd:/usr/sbin/nologin",
        f"{user}:x:1000:1000:Ubuntu:/home/{user}:/bin/bash",
    ]
    return "".join(f"{line}\n" for line in lines)
