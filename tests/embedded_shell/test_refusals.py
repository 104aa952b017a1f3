"""What nobody plays is refused past everything; what is missing on the host is said as bash says it."""

from __future__ import annotations

import pytest

from simulators.embedded.call import Call, NotSimulatedError
from simulators.embedded.shell import NOT_INSTALLED
from tests.embedded_shell.machines import Ran, machine, play, ran, run, told


@pytest.mark.parametrize(
    "line",
    [
        "apt-get update",
        "apt-get update 2>/dev/null || true",
        "! apt-get update",
        "echo a | apt-get update | cat",
        "(apt-get update) && true",
        "{ apt-get update; } >/dev/null 2>&1",
        "x=$(apt-get update) || echo no",
        "if apt-get update; then echo yes; fi",
        "for i in 1; do apt-get update; done",
        "sh -c 'apt-get update' || true",
        "sudo -n apt-get update || true",
        "timeout 5 sudo -n sh -c 'apt-get update || true' || true",
        "apt-get update &",
        "sh -c 'apt-get update &' || true",
        "command -v apt-get || true",
        "which apt-get || true",
        "/usr/bin/apt-get update || true",
    ],
)
def test_an_unknown_command_gets_past_everything(line: str) -> None:
    """No redirection, list, substitution, subshell or wrapper makes a status of a command that nobody plays."""
    with pytest.raises(NotSimulatedError, match="apt-get"):
        ran(machine(), line)


@pytest.mark.parametrize(
    "line",
    [
        "echo $((1 + 2))",
        "case x in x) echo y;; esac",
        "[[ -f x ]]",
        "f() { echo; }; f",
        "cat <<EOF\n$HOME\nEOF",
        "cat <<< x",
        "echo {a,b} {1..3}",
        "echo $'a'",
        "echo ${x%y}",
        "x[1]=2",
        "x+=2",
        "exec 3>f",
        "exec 2>/dev/null",
        "local x=1",
        "eval echo",
        ". ./file",
        "time true",
        "trap true EXIT",
        "wait",
        "echo $RANDOM",
        "echo $!",
        "set -x",
        "echo x >/dev/tcp/localhost/22",
        "[ a b c ]",
        pytest.param("$(" * 2_000 + ")" * 2_000, id="deeply nested"),
    ],
)
def test_syntax_that_is_not_evaluated_is_refused(line: str) -> None:
    """A form of the language that is not evaluated is refused, never read as something else."""
    with pytest.raises(NotSimulatedError):
        ran(machine(), f"{line} || true")


@pytest.mark.parametrize(
    "line",
    [
        "ls -R",
        "cat -n /etc/hostname",
        "grep -P x /etc/hostname",
        "grep 'a\\1' /etc/hostname",
        "head --zero-terminated /etc/hostname",
        "sed y/a/b/ /etc/hostname",
        "ps aux",
        "ss -u",
        "ss -Hltnp 'dport = :80'",
        "systemctl list-units",
        "journalctl --since today",
        "kill -HUP 1",
        "date -d tomorrow",
        "ping -c 1 server1",
        "curl -I http://localhost/",
        "cat /etc/fstab",
        "test -e /etc/fstab",
        "ls /etc",
        "ls -a",
        "echo /etc/*",
        "cat ~/.bashrc",
        "cat /proc/meminfo",
        "cat /proc/self/status",
        "ls /proc",
        "cat /usr/bin/cat",
        "test -x /usr/bin/apt-get",
    ],
)
def test_options_and_files_that_are_not_known_are_refused(line: str) -> None:
    """An option that a command does not know, or a file that a real machine may have, is refused by name."""
    with pytest.raises(NotSimulatedError) as refused:
        ran(machine(), f"{line} 2>/dev/null || true")

    assert line.split()[0] in str(refused.value)


@pytest.mark.parametrize("name", ["psql", "pg_lsclusters", "nginx", "git", "ansible-playbook", "juju", "gunicorn"])
def test_a_package_that_is_missing_is_a_fact(name: str) -> None:
    """A program that a package would bring, and nobody installed, is not found."""
    host = machine()

    assert name in NOT_INSTALLED
    assert ran(host, f"{name} --version") == Ran(127, "", f"bash: line 1: {name}: command not found\n")
    assert ran(host, f"sh -c '{name} x'") == Ran(127, "", f"sh: 1: {name}: not found\n")
    assert ran(host, f"sudo -n {name} -T") == Ran(1, "", f"sudo: {name}: command not found\n")
    assert ran(host, f"command -v {name}") == Ran(1)
    assert ran(host, f"which {name}") == Ran(1)
    assert ran(host, f"timeout 3 {name}") == Ran(
        127, "", f"timeout: failed to run command \u2018{name}\u2019: No such file or directory\n"
    )


def test_a_package_that_is_installed_runs() -> None:
    """The same program, brought by a package, runs with its words, user, folder and input, and is found."""
    host = machine()
    host.commands |= {"psql": told, "nginx": told}

    done = ran(host, "cd / && sudo -n -u postgres psql -At 'a b'", stdin=b"select")

    assert done == Ran(0, "postgres / psql -At a b [select]\n")
    assert ran(host, "command -v psql nginx") == Ran(0, "/usr/bin/psql\n/usr/sbin/nginx\n")
    assert ran(host, "ls /usr/sbin/nginx") == Ran(0, "/usr/sbin/nginx\n")
    assert ran(host, "/usr/sbin/nginx -t") == Ran(0, "ubuntu /home/ubuntu /usr/sbin/nginx -t []\n")


def test_packages_come_before_every_machines_programs() -> None:
    """A program of a package hides the one that every machine has, and a builtin hides both."""
    host = machine()
    host.commands |= {"curl": told, "echo": told}

    assert ran(host, "curl x; echo x").out == "ubuntu /home/ubuntu curl x []\nx\n"


def test_what_a_program_refuses_gets_past_everything() -> None:
    """A package's program that refuses is no different."""

    async def psql(call: Call) -> int:
        raise call.refuse()

    host = machine()
    host.commands["psql"] = psql
    with pytest.raises(NotSimulatedError, match="psql -c 'select' x"):
        ran(host, "(sudo -n -u postgres psql -c \"'select'\" x 2>/dev/null | cat) || true")


def test_a_refusal_in_the_background_is_kept() -> None:
    """What a command refuses later, in the background, is kept by the host."""

    async def scenario() -> tuple[Ran, list[str]]:
        host = machine()
        done = await run(host, "sh -c 'sleep 0.01; apt-get update' & echo started")
        for _ in range(1000):
            if host.refused:
                break
            await run(host, "sleep 0.001")
        return done, host.refused

    assert play(scenario()) == (Ran(0, "started\n"), ["not simulated: apt-get update"])


def test_output_inside_a_line_is_bounded() -> None:
    """A pipe that takes more than 4 MiB is refused."""
    host = machine()
    host.files.write("/home/ubuntu/big", b"x" * 1_100_000)

    with pytest.raises(NotSimulatedError, match="bytes of output"):
        ran(host, "cat big big big big | wc -c")
