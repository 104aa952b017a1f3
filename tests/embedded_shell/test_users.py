"""Who may what: sudo, root's own folder, other people's files, accounts."""

from __future__ import annotations

import pytest

from simulators.embedded.host import Host
from simulators.embedded.shell import add_account
from tests.embedded_shell.machines import Ran, kit, machine, play, ran, run


def machine_of_root() -> Host:
    """Return a machine with something in root's folder."""
    host = machine()
    host.files.write("/root/secret", "s\n")
    return host


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cat /root/secret", Ran(1, "", "cat: /root/secret: Permission denied\n")),
        ("ls /root", Ran(2, "", "ls: cannot open directory '/root': Permission denied\n")),
        ("ls /root/secret", Ran(2, "", "ls: cannot access '/root/secret': Permission denied\n")),
        ("ls -d /root; test -d /root", Ran(0, "/root\n")),
        ("test -e /root/secret", Ran(1)),
        ("cd /root", Ran(1, "", "bash: line 1: cd: /root: Permission denied\n")),
        ("echo x >/root/x", Ran(1, "", "bash: line 1: /root/x: Permission denied\n")),
        ("echo x >/etc/x", Ran(1, "", "bash: line 1: /etc/x: Permission denied\n")),
        ("echo x >/tmp/x; cat /tmp/x", Ran(0, "x\n")),
        ("cat /etc/shadow", Ran(1, "", "cat: /etc/shadow: Permission denied\n")),
        ("echo /root/*", Ran(0, "/root/*\n")),
        ("sudo -n cat /root/secret", Ran(0, "s\n")),
        ("sudo -n sh -c 'cd /root; ls; echo x >x; cat /root/x'", Ran(0, "secret\nx\n")),
        ("sudo -n sh -c 'echo /root/*'", Ran(0, "/root/secret\n")),
    ],
)
def test_roots_folder(line: str, expected: Ran) -> None:
    """Only root sees into it, and writes outside the own home and /tmp."""
    assert ran(machine_of_root(), line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sudo -n whoami; sudo id -u; sudo -u ubuntu whoami", Ran(0, "root\n0\nubuntu\n")),
        ("sudo -n sh -c 'echo $HOME $USER $SUDO_USER; pwd'", Ran(0, "/root root ubuntu\n/home/ubuntu\n")),
        ("X=1 sudo sh -c 'echo [$X]'; sudo X=1 sh -c 'echo [$X]'", Ran(0, "[]\n[1]\n")),
        (
            "sudo -n -u nobody-here id",
            Ran(1, "", "sudo: unknown user nobody-here\nsudo: error initializing audit plugin sudoers_audit\n"),
        ),
        ("sudo -n -u nobody sudo -n whoami", Ran(1, "", "sudo: a password is required\n")),
        ("sudo -n sh -c 'exit 7'", Ran(7)),
    ],
)
def test_sudo(line: str, expected: Ran) -> None:
    """Who was made with the machine becomes anybody without a password, with that user's environment."""
    assert ran(machine(), line) == expected


def test_main_and_its_user() -> None:
    """On main that is cloud."""
    main, _, _ = kit()

    assert ran(main, "whoami; pwd; sudo -n whoami; hostname; hostname -f") == Ran(
        0, "cloud\n/home/cloud\nroot\nmain\nmain.maas\n"
    )


def test_postgres_is_a_user_where_postgresql_is_installed() -> None:
    """The package's account, and one that somebody adds."""

    async def scenario() -> tuple[Ran, Ran]:
        host = machine()
        before = await run(host, "id -un postgres")
        add_account(host, "postgres", 114, "/var/lib/postgresql")
        host.files.make_folder("/var/lib/postgresql")
        return before, await run(host, "sudo -n -u postgres sh -c 'cd; pwd; whoami; id'")

    before, after = play(scenario())
    assert before == Ran(1, "", "id: \u2018postgres\u2019: no such user\n")
    assert after == Ran(0, "/var/lib/postgresql\npostgres\nuid=114(postgres) gid=114(postgres) groups=114(postgres)\n")


def test_identity() -> None:
    """id and uname."""
    host = machine()

    assert ran(host, "id; id -u; id -un").out == (
        "uid=1000(ubuntu) gid=1000(ubuntu) groups=1000(ubuntu),4(adm),27(sudo)\n1000\nubuntu\n"
    )
    assert ran(host, "uname; uname -sm; cat /etc/hostname").out == "Linux\nLinux x86_64\nserver2\n"
    assert ran(host, "uname -a").out.startswith("Linux server2 5.15.0-")
    assert ran(host, "lsb_release -cs; lsb_release -a 2>/dev/null | cut -f2").out == (
        "jammy\nUbuntu\nUbuntu 22.04.5 LTS\n22.04\njammy\n"
    )
    assert ran(host, "uptime").out.endswith(" up 0 min,  0 users,  load average: 0.00, 0.00, 0.00\n")


def test_etc_hosts() -> None:
    """/etc/hosts has the names that the machine resolves by itself."""
    host = machine()
    host.resolves["database"] = "172.16.0.11"

    assert ran(host, "grep database /etc/hosts") == Ran(0, "172.16.0.11\tdatabase\n")
