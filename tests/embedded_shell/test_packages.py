"""snap, apt-key, the search path, chmod, chown, rm, mkdir and here-documents: what Juju's half of the lab types."""

from __future__ import annotations

import pytest

from simulators.embedded.call import Call, NotSimulatedError
from simulators.embedded.host import Host
from simulators.embedded.network import Network
from simulators.embedded.shell import furnish
from simulators.embedded.shell.options import quoted
from tests.embedded_shell.machines import Ran, machine, play, ran, run

DENIED = "error: access denied (try with sudo)\n"
MISSING = "No such file or directory"
SCRIPT = "#!/bin/sh\necho mine $1\n"


async def says(call: Call) -> int:
    """Be a program that says its words."""
    call.say(" ".join(call.argv))
    return 0


def host_with(**files: str) -> Host:
    """Return main with files, named by their folders: `usr_local_bin` holds `tool`."""
    host = machine("main")
    for folder, text in files.items():
        host.files.write(f"/{folder.replace('_', '/')}/tool", text)
    return host


# Where a command is


def test_a_script_is_found_along_the_path() -> None:
    """The first folder of PATH that has the command wins; a path that is given wins over all."""
    host = host_with(usr_local_bin=SCRIPT, opt="#!/bin/bash\necho other\n")

    assert ran(host, "tool a") == Ran(0, "mine a\n")
    assert ran(host, "PATH=/opt:$PATH tool") == Ran(0, "other\n")
    assert ran(host, "PATH=$PATH:/opt tool b") == Ran(0, "mine b\n")
    assert ran(host, "/opt/tool") == Ran(0, "other\n")
    assert ran(host, "export PATH=/opt:$PATH; which tool; command -v tool") == Ran(0, "/opt/tool\n/opt/tool\n")
    assert ran(host, "sudo tool c") == Ran(0, "mine c\n")


def test_a_script_wins_over_a_package() -> None:
    """A program of the same name in an earlier folder hides what a package brought."""
    host = machine("main")
    host.commands["nginx"] = says
    host.files.write("/usr/local/bin/nginx", SCRIPT)

    assert ran(host, "nginx -v") == Ran(0, "mine -v\n")
    assert ran(host, "/usr/sbin/nginx -v") == Ran(0, "/usr/sbin/nginx -v\n")
    assert ran(host, "PATH=/usr/sbin:/usr/local/bin nginx -v") == Ran(0, "nginx -v\n")


def test_a_file_that_may_not_be_executed_is_passed_over() -> None:
    """What has no right to be executed is no command, by its mode or without a first line that says by what."""
    host = host_with(usr_local_bin="just text\n", opt=SCRIPT)

    assert ran(host, "PATH=$PATH:/opt tool") == Ran(0, "mine\n")

    host.files.write("/usr/local/bin/tool", "#!/bin/sh\necho first\n")
    assert ran(host, "PATH=$PATH:/opt tool") == Ran(0, "first\n")

    assert ran(host, "sudo chmod 644 /usr/local/bin/tool") == Ran(0)
    assert ran(host, "PATH=$PATH:/opt tool") == Ran(0, "mine\n")
    assert ran(host, "/usr/local/bin/tool") == Ran(126, "", "bash: line 1: /usr/local/bin/tool: Permission denied\n")


# snap


def test_snap_installs_juju() -> None:
    """The command is there afterwards, at /snap/bin, in the track that was asked for."""
    host = machine("main")

    assert ran(host, "juju version").status == 127
    assert ran(host, "snap list") == Ran(0, "", "No snaps are installed yet. Try 'snap install hello-world'.\n")
    assert ran(host, "sudo snap install juju --channel 3.6/stable") == Ran(
        0, "juju (3.6/stable) 3.6.8 from Canonical✓ installed\n"
    )
    assert host.snaps == {"juju": "3.6"}
    assert ran(host, "which juju; test -x /snap/bin/juju && ls /snap/bin") == Ran(0, "/snap/bin/juju\njuju\n")
    assert ran(host, "PATH=/usr/bin juju").status == 127
    assert ran(host, "snap list").out.splitlines()[1].split()[:2] == ["juju", "3.6.8"]
    assert ran(host, "sudo snap install juju").err == "snap \"juju\" is already installed, see 'snap help refresh'\n"
    assert ran(host, "sudo snap remove juju") == Ran(0, "juju removed\n")
    assert ran(host, "juju version").status == 127


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("snap install juju", 1, DENIED),
        ("sudo snap install juju --channel=2.9/stable", 1, "classic confinement"),
        ("sudo snap install juju --channel=1.0", 1, "non-existing channel"),
        ("sudo snap install juju --classic", 0, "ignored for strictly confined"),
    ],
)
def test_how_snap_refuses(line: str, status: int, says: str) -> None:
    """Without root, without the confinement that the track needs, or a channel that there is not."""
    done = ran(machine("main"), line)

    assert done.status == status
    assert says in done.err


def test_snap_of_the_older_edition() -> None:
    """Edition A installs juju 2.9 and charm, both classic."""
    host = machine("main")

    assert ran(host, "sudo snap install juju --classic --channel=2.9/stable").out.startswith("juju (2.9/stable) 2.9.")
    assert ran(host, "sudo snap install charm --classic").status == 0
    assert host.snaps == {"juju": "2.9", "charm": "3.x"}


@pytest.mark.parametrize(
    "line", ["sudo snap install lxd", "snap find juju", "sudo snap install juju --channel=3.6/edge"]
)
def test_other_snaps_are_not_played(line: str) -> None:
    """What the store has besides is refused by name."""
    with pytest.raises(NotSimulatedError, match="snap"):
        ran(machine("main"), line)


# Modes, owners, files that come and go


def test_modes_and_owners_are_shown() -> None:
    """`ls -l` shows what chmod and chown noted."""
    host = machine()

    async def scenario() -> list[str]:
        lines = ["echo a > f; chmod 600 f", "chmod u+x,g=r,o-rwx f", "sudo chown root:adm f", "chmod +x f"]
        for line in lines:
            assert (await run(host, line)).status == 0
            shown.append((await run(host, "ls -l f")).out.split()[0::2][:2])
        return [" ".join(each) for each in shown]

    shown: list[list[str]] = []
    assert play(scenario()) == ["-rw------- ubuntu", "-rwxr----- ubuntu", "-rwxr----- root", "-rwxr-x--x root"]


def test_whose_modes_and_owners_cannot_be_changed() -> None:
    """Only root gives files away, and what is not there has no mode."""
    host = machine()

    assert ran(host, "echo > f; chown root f") == Ran(
        1, "", "chown: changing ownership of /home/ubuntu/f: Operation not permitted\n"
    )
    assert ran(host, "chmod 600 g").err == "chmod: cannot access 'g': No such file or directory\n"
    with pytest.raises(NotSimulatedError):
        ran(host, "chmod -R 600 /home")


def test_files_and_folders_come_and_go() -> None:
    """mkdir and rm, with the options that everybody uses."""
    host = machine()

    assert ran(host, "mkdir a && mkdir -p b/c a && echo x > b/c/f && find b") == Ran(0, "b\nb/c\nb/c/f\n")
    assert ran(host, "rm b").err == "rm: cannot remove 'b': Is a directory\n"
    assert ran(host, "rm -rf b nothing && ls") == Ran(0, "a\n")
    assert ran(host, "rm nothing").err == "rm: cannot remove 'nothing': No such file or directory\n"
    assert ran(host, "rm /etc/crontab").err == "rm: cannot remove '/etc/crontab': Permission denied\n"
    assert ran(host, "mkdir a").err == f"mkdir: cannot create directory {quoted('a')}: File exists\n"
    assert ran(host, "mkdir x/y").err == f"mkdir: cannot create directory {quoted('x/y')}: {MISSING}\n"
    assert ran(host, "sudo rm -r /srv && test -d /srv").status == 1
    for line in ("sudo rm -rf /", "sudo rm -rf /usr/bin", "rm -rf ."):
        with pytest.raises(NotSimulatedError):
            ran(host, line)


# Here-documents


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("cat <<EOF\na b\n c\nEOF", "a b\n c\n"),
        ("cat <<'EOF'\n$HOME `x` \\\nEOF\necho after", "$HOME `x` \\\nafter\n"),
        ('cat > f <<"E"\ninto\nE\ncat f', "into\n"),
        ("cat <<E > f 2>&1\ninto\nE\ncat f", "into\n"),
        ("cat <<-E\n\tone\n\t\ttwo\n\tE", "one\ntwo\n"),
        ("cat <<E\nE", ""),
        ("(cat; echo z) <<E\nb\nE", "b\nz\n"),
        ("sudo tee /etc/prometheus.yml <<E > /dev/null\nkey: 1\nE\ncat /etc/prometheus.yml", "key: 1\n"),
    ],
)
def test_here_documents(line: str, out: str) -> None:
    """The lines up to the delimiter are the command's input."""
    assert ran(machine(), line) == Ran(0, out)


@pytest.mark.parametrize("line", ["cat <<E\n$HOME\nE", "cat <<E | grep a\na\nE", "cat <<E && echo a\na\nE", "cat <<<a"])
def test_here_documents_that_are_not_played(line: str) -> None:
    """Where something would have to be expanded, or the rest of the line stands before the lines, it is refused."""
    with pytest.raises(NotSimulatedError):
        ran(machine(), line)


# The rest


def test_apt_key_keeps_a_key() -> None:
    """What apt then believes is in its file; what is no key is refused."""
    host = machine()
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"
    host.files.write("/home/ubuntu/key", key)

    assert ran(host, "apt-key add key").err == "E: This command can only be used by root.\n"
    assert ran(host, "sudo apt-key add key").out == "OK\n"
    assert ran(host, "cat key | sudo apt-key add -").out == "OK\n"
    assert ran(host, "echo no | sudo apt-key add -").status == 2
    assert ran(host, "cat /etc/apt/trusted.gpg") == Ran(0, key * 2)


@pytest.mark.parametrize(
    ("series", "number", "kernel"),
    [
        ("bionic", "18.04", "4.15.0"),
        ("focal", "20.04", "5.4.0"),
        ("jammy", "22.04", "5.15.0"),
        ("noble", "24.04", "6.8.0"),
    ],
)
def test_each_release_of_ubuntu_says_which_it_is(series: str, number: str, kernel: str) -> None:
    """os-release, lsb_release and uname agree about what MAAS deployed."""
    host = Host("server3", "172.16.0.13", Network(), series=series)
    furnish(host)

    assert ran(host, "lsb_release -cs; lsb_release -rs") == Ran(0, f"{series}\n{number}\n")
    assert f'VERSION_ID="{number}"' in ran(host, "cat /etc/os-release").out
    assert ran(host, "uname -r").out.startswith(kernel)
