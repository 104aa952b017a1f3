"""Processes: found, shown, ended; programs that run until they are ended, in the foreground and the background."""

from __future__ import annotations

import asyncio

import pytest

from simulators.embedded.host import Host
from tests.embedded_shell.machines import Ran, machine, play, ran, run, serve


def busy() -> Host:
    """Return a machine with three processes, 401 to 403."""
    host = machine()
    host.start("python3", "manage.py", "runserver", "0:8080", user="ubuntu", folder="/home/ubuntu/tasks")
    host.start("/usr/bin/python3", "manage.py", "runserver", "0:8080", user="ubuntu", parent=401, folder="/srv")
    host.start("nginx: master process /usr/sbin/nginx", name="nginx")
    return host


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pgrep -f manage.py", Ran(0, "401\n402\n")),
        ("pgrep -f '[m]anage.py|[g]unicorn'", Ran(0, "401\n402\n")),
        ("pgrep -f ^python3", Ran(0, "401\n")),
        ("pgrep nginx", Ran(0, "403\n")),
        ("pgrep manage.py", Ran(1)),
        ("pgrep -f nobody", Ran(1)),
        ("pgrep -af nginx:", Ran(0, "403 nginx: master process /usr/sbin/nginx\n")),
        ("pgrep -u root nginx", Ran(0, "403\n")),
        ("pgrep -x pytho", Ran(1)),
        ("ps -o ppid= -p 402", Ran(0, "    401\n")),
        ("ps -o pid,comm -p 403", Ran(0, "    PID COMMAND\n    403 nginx\n")),
        ("ps -o ppid= -p 999", Ran(1)),
        ("readlink /proc/401/cwd", Ran(0, "/home/ubuntu/tasks\n")),
        ("readlink /proc/403/cwd", Ran(1)),
        ("sudo -n readlink /proc/403/cwd", Ran(0, "/\n")),
        ("readlink /proc/999/cwd", Ran(1)),
        ("base64 -w0 /proc/401/cmdline", Ran(0, "cHl0aG9uMwBtYW5hZ2UucHkAcnVuc2VydmVyADA6ODA4MAA=")),
        ("cat /proc/403/comm /proc/1/comm", Ran(0, "nginx\nsystemd\n")),
        ("test -d /proc/401 && ! test -d /proc/999", Ran(0)),
        ("kill -0 401", Ran(0)),
        ("sudo -n kill -9 1; cat /proc/1/comm", Ran(0, "systemd\n")),
    ],
)
def test_processes_are_shown(line: str, expected: Ran) -> None:
    """Programs that look at processes see those of the machine, each as its user may."""
    assert ran(busy(), line) == expected


def test_the_list_of_processes() -> None:
    """`ps -ef` shows every process with its parent and its words."""
    lines = [line.split() for line in ran(busy(), "ps -ef").out.splitlines()]

    assert [line[:3] for line in lines] == [
        ["UID", "PID", "PPID"],
        ["root", "1", "0"],
        ["ubuntu", "401", "1"],
        ["ubuntu", "402", "401"],
        ["root", "403", "1"],
        ["root", "404", "1"],
        ["root", "405", "1"],
    ]
    assert lines[2][-4:] == ["python3", "manage.py", "runserver", "0:8080"]


@pytest.mark.parametrize(
    ("line", "expected", "left"),
    [
        ("kill 401 402", Ran(0), {403}),
        ("kill -9 401", Ran(0), {402, 403}),
        ("kill -TERM 401; kill -s KILL 402", Ran(0), {403}),
        ("kill 403", Ran(1, "", "bash: line 1: kill: (403) - Operation not permitted\n"), {401, 402, 403}),
        ("sudo -n kill 403", Ran(0), {401, 402}),
        ("kill 999 401", Ran(1, "", "bash: line 1: kill: (999) - No such process\n"), {402, 403}),
        ("sudo -n kill 999", Ran(1, "", "kill: (999): No such process\n"), {401, 402, 403}),
        ("kill x", Ran(1, "", "bash: line 1: kill: x: arguments must be process or job IDs\n"), {401, 402, 403}),
        ("pkill -f manage.py", Ran(0), {403}),
        ("pkill -9 -f 'manage.py runserver'", Ran(0), {403}),
        ("pkill nginx", Ran(1, "", "pkill: killing pid 403 failed: Operation not permitted\n"), {401, 402, 403}),
        ("pkill nobody", Ran(1), {401, 402, 403}),
    ],
)
def test_processes_are_ended(line: str, expected: Ran, left: set[int]) -> None:
    """Each user ends the own processes, root all of them."""
    host = busy()

    assert ran(host, line) == expected
    assert left == set(host.processes) & {401, 402, 403}


def test_a_program_in_the_foreground_ends_when_it_is_killed() -> None:
    """A line waits for its program; another one can end it."""

    async def scenario() -> tuple[Ran, str]:
        host = machine()
        host.commands["python3"] = serve
        running = asyncio.ensure_future(run(host, "python3 manage.py runserver; echo after"))
        await asyncio.sleep(0)
        await run(host, "pkill -f manage.py")
        return await running, (await run(host, "pgrep -f manage.py")).out

    assert play(scenario()) == (Ran(0, "after\n"), "")


def test_cancelling_a_line_ends_its_program() -> None:
    """Whatever runs in the foreground ends with its line, inside subshells and wrappers too; the rest does not run."""

    async def scenario(line: str) -> tuple[bool, str]:
        host = machine()
        host.commands["python3"] = serve
        running = asyncio.ensure_future(run(host, line))
        await asyncio.sleep(0)
        assert (await run(host, "pgrep -f manage.py")).status == 0
        running.cancel()
        await asyncio.wait({running})
        return running.cancelled(), (await run(host, "pgrep -f manage.py; cat after")).out

    for line in (
        "python3 manage.py",
        "(timeout 60 sudo -n sh -c 'exec python3 manage.py' | cat) || true; echo x >after",
    ):
        assert play(scenario(line)) == (True, "")


@pytest.mark.parametrize(
    "line",
    [
        "python3 manage.py &",
        "sh -c 'python3 manage.py & true'",
        "setsid nohup sh -c 'cd /srv && exec python3 manage.py' </dev/null >/dev/null 2>&1 &",
        "timeout 9 sh -c 'python3 manage.py &'",
        "(python3 manage.py &)",
    ],
)
def test_a_program_in_the_background_goes_on(line: str) -> None:
    """It runs after its line has ended, and ends when the machine is switched off."""

    async def scenario() -> tuple[Ran, str, int]:
        host = machine()
        host.commands["python3"] = serve
        done = await run(host, line)
        there = (await run(host, "pgrep -af '^python3'")).out
        host.shut_down()
        await asyncio.sleep(0)
        return done, there.partition(" ")[2], len(host.processes)

    assert play(scenario()) == (Ran(0), "python3 manage.py\n", 0)


def test_timeout() -> None:
    """A program that takes too long is ended, with status 124; another one gives its own status."""
    host = machine()
    host.commands["python3"] = serve

    assert ran(host, "timeout 0.01 python3 manage.py") == Ran(124)
    assert ran(host, "pgrep -f manage.py").out == ""
    assert ran(host, "timeout 5 sh -c 'exit 3'") == Ran(3)
    assert ran(host, "timeout 0.01 sh -c 'timeout 5 python3 manage.py; echo no'") == Ran(124)


def test_a_machine_that_hangs() -> None:
    """No line ever ends there, until whoever waits gives up."""

    async def scenario() -> bool:
        host = machine()
        host.hangs = True
        running = asyncio.ensure_future(run(host, "true"))
        done, _ = await asyncio.wait({running}, timeout=0.01)
        running.cancel()
        return not done

    assert play(scenario())


def test_the_shell_has_a_process_when_it_is_asked_for() -> None:
    """`$$` is the same in subshells, is a process as long as the shell runs, and is gone afterwards."""
    host = machine()

    done = ran(host, "echo $$ $(echo $$) $(pgrep -x bash)")

    assert len(set(done.out.split())) == 1
    assert ran(host, "pgrep -x bash") == Ran(1)
