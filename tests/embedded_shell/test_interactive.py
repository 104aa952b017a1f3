"""A conversation with a host through a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from simulators.embedded.host import Host
from simulators.embedded.shell import converse
from tests.embedded_shell.machines import kit, listen, machine, play, run, serve


async def talk(host: Host, *lines: str, user: str = "") -> tuple[int, str]:
    """Say lines to a host that is on; return the exit status and everything that was on the screen."""
    if not host.on:
        await host.boot()
    said, shown = list(lines), bytearray()

    async def read_line() -> str | None:
        return said.pop(0) if said else None

    status = await converse(host, user or host.user, read_line, shown.extend)
    return status, shown.decode()


def test_a_conversation() -> None:
    """Folder, variables and status are kept from line to line; `exit` ends it with its status."""
    status, shown = play(
        talk(machine(), "x=1", "cd /tmp", "pwd; echo $x $HOME", "false", "echo $?", "", "cd", "exit 3")
    )

    assert status == 3
    assert shown == (
        "ubuntu@server2:~$ ubuntu@server2:~$ ubuntu@server2:/tmp$ /tmp\n1 /home/ubuntu\n"
        "ubuntu@server2:/tmp$ ubuntu@server2:/tmp$ 1\nubuntu@server2:/tmp$ ubuntu@server2:/tmp$ "
        "ubuntu@server2:~$ logout\n"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("apt-get update", "bash: not simulated: apt-get update\n"),
        ("ls | apt-get update || true", "bash: not simulated: ls | apt-get update || true\n"),
        ("psql tasks", "-bash: psql: command not found\n"),
        ("cd nope", "-bash: cd: nope: No such file or directory\n"),
        ("cat nope", "cat: nope: No such file or directory\n"),
        ("echo )", "-bash: syntax error near unexpected token `)'\n-bash: `echo )'\n"),
        ("(exit 5)", ""),
    ],
)
def test_what_cannot_be_done_is_said(line: str, said: str) -> None:
    """The conversation goes on after a line that is refused, or that fails."""
    status, shown = play(talk(machine(), line, "echo on"))

    assert (status, shown) == (0, f"ubuntu@server2:~$ {said}ubuntu@server2:~$ on\nubuntu@server2:~$ logout\n")


def test_prompts() -> None:
    """Main's user is cloud, and root's prompt ends with a `#`."""
    main, _, _ = kit()

    assert play(talk(main, "cd tasks 2>/dev/null; cd /etc/cron.d"))[1] == (
        "cloud@main:~$ cloud@main:/etc/cron.d$ logout\n"
    )
    assert play(talk(machine(), user="root"))[1] == "root@server2:~# logout\n"


def test_a_second_conversation() -> None:
    """`ssh` without a command goes on with the same terminal on the other host, and comes back."""

    async def scenario() -> tuple[int, str]:
        main, server1, _ = kit()
        await server1.boot()
        listen(server1, 22)
        return await talk(main, "ssh ubuntu@server1", "hostname", "exit", "hostname")

    assert play(scenario()) == (
        0,
        "cloud@main:~$ ubuntu@server1:~$ server1\nubuntu@server1:~$ logout\ncloud@main:~$ main\ncloud@main:~$ logout\n",
    )


def test_ctrl_c() -> None:
    """Ctrl-C ends the line that runs, on the innermost host, and nothing else."""

    async def scenario() -> tuple[str, str]:
        main, server1, _ = kit()
        await main.boot()
        await server1.boot()
        listen(server1, 22)
        server1.commands["python3"] = serve
        said = ["ssh ubuntu@server1", "python3 manage.py runserver", "echo $?; hostname", "exit", "hostname"]
        shown, interrupts = bytearray(), list[Callable[[], None]]()

        async def read_line() -> str | None:
            return said.pop(0) if said else None

        talking = asyncio.ensure_future(converse(main, "cloud", read_line, shown.extend, interrupts=interrupts))
        for _ in range(10):
            await asyncio.sleep(0)
        running = (await run(server1, "pgrep -af manage.py")).out
        interrupts[-1]()
        await talking
        return running.partition(" ")[2], shown.decode()

    assert play(scenario()) == (
        "python3 manage.py runserver\n",
        (
            "cloud@main:~$ ubuntu@server1:~$ ^C\nubuntu@server1:~$ 130\nserver1\nubuntu@server1:~$ logout\n"
            "cloud@main:~$ main\ncloud@main:~$ logout\n"
        ),
    )


def test_a_program_in_the_background() -> None:
    """`nohup ... &` keeps what the program says in a file, and the program runs when everybody has left."""

    async def scenario() -> tuple[str, str, str]:
        host = machine()
        host.commands["python3"] = serve
        _, shown = await talk(host, "nohup sh -c 'echo hi; exec python3 manage.py' &", "exit")
        return shown, (await run(host, "cat nohup.out")).out, (await run(host, "pgrep -f ^python3 | wc -l")).out

    shown, kept, count = play(scenario())
    assert "nohup: ignoring input and appending output to 'nohup.out'\n" in shown
    assert (kept, count) == ("hi\n", "1\n")


def test_leaving_ends_what_runs() -> None:
    """When the terminal is gone, so is the program in front of it."""

    async def scenario() -> str:
        host = machine()
        host.commands["python3"] = serve
        talking = asyncio.ensure_future(talk(host, "python3 manage.py"))
        for _ in range(5):
            await asyncio.sleep(0)
        talking.cancel()
        await asyncio.wait({talking})
        return (await run(host, "pgrep -f manage.py | wc -l")).out

    assert play(scenario()) == "0\n"


def test_a_prompt_of_ones_own() -> None:
    """PS1 may name the user, the host, the folder, and the status of the last line; other text stays."""
    status, shown = play(
        talk(machine(), "PS1='[$?] \\u@\\h:\\w\\$ '", "cd /tmp", "false", "PS1='x${?}'", "unset HISTFILE", "unset PS1")
    )

    assert status == 0
    assert shown == (
        "ubuntu@server2:~$ [0] ubuntu@server2:~$ [0] ubuntu@server2:/tmp$ [1] ubuntu@server2:/tmp$ x0x0"
        "ubuntu@server2:/tmp$ logout\n"
    )
