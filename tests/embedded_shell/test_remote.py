"""ssh from one host to another, and pages asked for from inside the kit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host
from tests.embedded_shell.machines import Ran, kit, listen, play, run, serve


async def running() -> tuple[Host, Host, Host]:
    """Return a kit in which everybody is on and has an sshd."""
    hosts = kit()
    for host in hosts:
        await host.boot()
        listen(host, 22)
    return hosts


async def hello(_scope: dict[str, Any], _receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]) -> None:
    """Answer with what was asked for."""
    path = f"{_scope['path']}?{_scope['query_string'].decode()}" if _scope["query_string"] else _scope["path"]
    await send({"type": "http.response.start", "status": 404 if path == "/no" else 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{_scope['method']} ".encode(), "more_body": True})
    await send({"type": "http.response.body", "body": f"{path} from {_scope['client'][0]}\n".encode()})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssh ubuntu@server1 hostname", Ran(0, "server1\n")),
        ("ssh ubuntu@172.16.0.12 'cd /; pwd; exit 3'", Ran(3, "/\n")),
        ("ssh -o StrictHostKeyChecking=no -o ConnectTimeout=3 -l ubuntu server1.maas whoami", Ran(0, "ubuntu\n")),
        ("echo x | ssh ubuntu@server1 cat", Ran(0, "x\n")),
        (
            "printf '%s\\n' server1 server2 | while read h; do ssh ubuntu@$h hostname; done",
            Ran(0, "server1\n"),
        ),
        ("ssh server1 hostname", Ran(255, "", "cloud@server1: Permission denied (publickey).\r\n")),
        (
            "sudo -n ssh ubuntu@server1 hostname",
            Ran(255, "", "ubuntu@server1: Permission denied (publickey).\r\n"),
        ),
        (
            "ssh ubuntu@server1 ssh ubuntu@server2 hostname",
            Ran(255, "", "ubuntu@server2: Permission denied (publickey).\r\n"),
        ),
        (
            "ssh ubuntu@172.16.0.99 hostname",
            Ran(255, "", "ssh: connect to host 172.16.0.99 port 22: No route to host\r\n"),
        ),
        (
            "ssh ubuntu@nobody hostname",
            Ran(255, "", "ssh: Could not resolve hostname nobody: Name or service not known\r\n"),
        ),
    ],
)
def test_ssh(line: str, expected: Ran) -> None:
    """Main's user gets to the servers as ubuntu, nobody else gets anywhere; ssh reads the whole standard input."""

    async def scenario() -> Ran:
        main, _, _ = await running()
        return await run(main, line)

    assert play(scenario()) == expected


def test_a_key_that_nobody_trusts() -> None:
    """A key of a server's own opens nothing; neither does main's, once it is no longer trusted."""

    async def scenario() -> tuple[Ran, Ran]:
        main, server1, server2 = await running()
        server2.files.write("/home/ubuntu/.ssh/id_rsa", "KEY\n")
        server2.files.write("/home/ubuntu/.ssh/id_rsa.pub", "ssh-rsa AAAAown ubuntu@server2\n")
        server1.files.write("/home/ubuntu/.ssh/authorized_keys", "ssh-ed25519 AAAAother\n")
        return await run(server2, "ssh server1 hostname"), await run(main, "ssh ubuntu@server1 hostname")

    assert play(scenario()) == (
        Ran(255, "", "ubuntu@server1: Permission denied (publickey).\r\n"),
        Ran(255, "", "ubuntu@server1: Permission denied (publickey).\r\n"),
    )


def test_ssh_where_no_sshd_listens() -> None:
    """A machine that is on and has no sshd refuses."""

    async def scenario() -> Ran:
        main, server1, _ = await running()
        del server1.listeners[22]
        return await run(main, "ssh ubuntu@server1 hostname")

    assert play(scenario()) == Ran(255, "", "ssh: connect to host server1 port 22: Connection refused\r\n")


def test_what_is_not_simulated_there_is_not_simulated_here() -> None:
    """A refusal comes back through ssh as a refusal."""

    async def scenario() -> None:
        main, _, _ = await running()
        await run(main, "ssh ubuntu@server1 'apt-get update || true' || true")

    with pytest.raises(NotSimulatedError, match="apt-get update"):
        play(scenario())


def test_a_session_is_cut_by_a_reboot() -> None:
    """ssh ends with 255 when the other machine goes down."""

    async def scenario() -> tuple[Ran, str]:
        main, server1, _ = await running()
        server1.commands["python3"] = serve
        session = asyncio.ensure_future(run(main, "ssh ubuntu@server1 python3 manage.py; echo on"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await run(server1, "sudo -n reboot")
        return await session, (await run(server1, "pgrep -f manage.py")).out

    assert play(scenario()) == (Ran(0, "on\n", "Connection to server1 closed by remote host.\r\n"), "")


def test_a_session_ends_with_its_caller() -> None:
    """Whoever cancels the line on main ends what it started on the server."""

    async def scenario() -> tuple[str, str]:
        main, server1, _ = await running()
        server1.commands["python3"] = serve
        session = asyncio.ensure_future(run(main, "ssh ubuntu@server1 python3 manage.py"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = (await run(server1, "pgrep -f manage.py | wc -l")).out
        session.cancel()
        await asyncio.wait({session})
        return before, (await run(server1, "pgrep -f manage.py | wc -l")).out

    assert play(scenario()) == ("1\n", "0\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("curl -s http://server2:8080/tasks/?x=1", Ran(0, "GET /tasks/?x=1 from 172.16.0.3\n")),
        ("curl -sf http://172.16.0.12:8080/no", Ran(22)),
        ("curl -s -o /dev/null -w '%{http_code}\\n' http://server2:8080/no", Ran(0, "404\n")),
        ("curl -s -o page server2:8080/ && cat page", Ran(0, "GET / from 172.16.0.3\n")),
        (
            "curl -sS http://server2/",
            Ran(7, "", "curl: (7) Failed to connect to server2 port 80 after 0 ms: Connection refused\n"),
        ),
        ("curl http://nobody/", Ran(6, "", "curl: (6) Could not resolve host: nobody\n")),
        ("wget -qO- http://server2:8080/", Ran(0, "GET / from 172.16.0.3\n")),
        ("wget -qO- http://server2/", Ran(4)),
        ("wget -qO- http://server2:8080/no", Ran(8)),
    ],
)
def test_pages(line: str, expected: Ran) -> None:
    """curl and wget show what a web server of the kit answers, and their own statuses."""

    async def scenario() -> Ran:
        main, _, server2 = await running()
        listen(server2, 8080, app=hello)
        return await run(main, line)

    assert play(scenario()) == expected


def test_what_is_no_web_server() -> None:
    """What would happen with a port that speaks something else is not simulated."""

    async def scenario() -> None:
        main, _, _ = await running()
        await run(main, "curl -s http://server1:22/ || true")

    with pytest.raises(NotSimulatedError, match="curl -s"):
        play(scenario())
