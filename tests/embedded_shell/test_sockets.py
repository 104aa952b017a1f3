"""ss, /dev/tcp and nc: what listens, who was connected, what a knock hears."""

from __future__ import annotations

import pytest

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host
from simulators.embedded.network import Network
from tests.embedded_shell.machines import Ran, kit, listen, machine, play, ran, run


def listening() -> Host:
    """Return a machine on which PostgreSQL and Django listen."""
    host = machine()
    listen(host, 5432, bind="127.0.0.1", process=host.start("postgres", user="postgres"))
    listen(host, 8080, process=host.start("python3", "manage.py", user="ubuntu"))
    return host


def test_listening_sockets() -> None:
    """Columns as iproute2 has them: addresses on the right, ports on the left of a colon."""
    assert ran(listening(), "ss -Hltn").out == (
        "LISTEN 0      128    127.0.0.1:5432 0.0.0.0:*\nLISTEN 0      128      0.0.0.0:8080 0.0.0.0:*\n"
    )


def test_whose_they_are() -> None:
    """Root sees every process, others only their own."""
    host = listening()

    assert ran(host, "sudo -n ss -Hltnp").out == (
        'LISTEN 0      128    127.0.0.1:5432 0.0.0.0:* users:(("postgres",pid=401,fd=3))\n'
        'LISTEN 0      128      0.0.0.0:8080 0.0.0.0:* users:(("python3",pid=402,fd=3)) \n'
    )
    assert [("python3" in line, "postgres" in line) for line in ran(host, "ss -Hltnp").out.splitlines()] == [
        (False, False),
        (True, False),
    ]


def test_with_a_header() -> None:
    """The header's own width counts; without `-t` the family comes first."""
    host = listening()

    assert ran(host, "ss -ltn").out.splitlines() == [
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
        "LISTEN 0      128        127.0.0.1:5432      0.0.0.0:*          ",
        "LISTEN 0      128          0.0.0.0:8080      0.0.0.0:*          ",
    ]
    assert ran(host, "ss --numeric --listening").out.splitlines()[:2] == [
        "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
        "tcp   LISTEN 0      128        127.0.0.1:5432      0.0.0.0:*          ",
    ]


def test_one_port() -> None:
    """A filter leaves one port."""
    assert ran(listening(), "ss -Hltn 'sport = :8080'").out == "LISTEN 0      128    0.0.0.0:8080 0.0.0.0:*\n"
    assert ran(listening(), "ss -Hltn sport = :80") == Ran(0)


def test_who_was_connected() -> None:
    """Connections are seen for a minute, as Linux keeps them in TIME-WAIT."""
    now = [100.0]
    network = Network(clock=lambda: now[0])
    host, other = machine(network=network), machine("server4", "172.16.0.14", network)

    async def scenario() -> tuple[str, str, str]:
        await host.boot()
        listen(host, 8080)
        host.network.connect(other, host.address, 8080)
        fresh = (await run(host, "ss -Htan 'sport = :8080'")).out
        elsewhere = (await run(host, "ss -Htan 'sport = :80'")).out
        now[0] += 61
        return fresh, elsewhere, (await run(host, "ss -Htan 'sport = :8080'")).out

    fresh, elsewhere, later = play(scenario())
    assert [line.split() for line in fresh.splitlines()] == [
        ["LISTEN", "0", "128", "0.0.0.0:8080", "0.0.0.0:*"],
        ["TIME-WAIT", "0", "0", "172.16.0.12:8080", "172.16.0.14:32769"],
    ]
    assert elsewhere == ""
    assert later.count("\n") == 1


def test_a_knock() -> None:
    """bash's /dev/tcp tells an open port from a closed one, a missing machine and an unknown name; dash has none."""

    async def scenario() -> list[Ran]:
        _, server1, server2 = kit()
        await server1.boot()
        await server2.boot()
        listen(server1, 5432)
        listen(server1, 5433, bind="127.0.0.1")
        names = ("server1/5432", "172.16.0.11/5432", "server1/5433", "172.16.0.99/22", "postgres-server/5432")
        found = [await run(server2, f"bash -c '</dev/tcp/{name}'") for name in names]
        found.append(await run(server2, "timeout 3 bash -c '</dev/tcp/server1/5432' 2>/dev/null && echo open"))
        found.append(await run(server2, "sh -c '</dev/tcp/server1/5432'"))
        with pytest.raises(NotSimulatedError):
            await run(server2, "cat </dev/tcp/server1/5432")
        return found

    def refused(place: str, why: str) -> Ran:
        return Ran(1, "", f"bash: connect: {why}\nbash: line 1: /dev/tcp/{place}: {why}\n")

    unknown = "bash: line 1: postgres-server: Name or service not known\n"
    assert play(scenario()) == [
        Ran(0),
        Ran(0),
        refused("server1/5433", "Connection refused"),
        refused("172.16.0.99/22", "No route to host"),
        Ran(1, "", f"{unknown}bash: line 1: /dev/tcp/postgres-server/5432: Invalid argument\n"),
        Ran(0, "open\n"),
        Ran(2, "", "sh: 1: cannot open /dev/tcp/server1/5432: No such file\n"),
    ]


def test_nc() -> None:
    """`nc -z` says it by its status."""

    async def scenario() -> list[int]:
        _, server1, server2 = kit()
        await server1.boot()
        await server2.boot()
        listen(server1, 80)
        lines = ("nc -z -w 3 server1 80", "nc -z server1 81", "nc -z -w3 172.16.0.99 80", "nc -z nobody 80")
        return [(await run(server2, line)).status for line in lines]

    assert play(scenario()) == [0, 1, 1, 1]


def test_names() -> None:
    """getent finds machines by name and address, the lines of /etc/hosts, and says by 2 that there is none."""

    async def scenario() -> list[Ran]:
        _, server1, server2 = kit()
        await server1.boot()
        await server2.boot()
        server2.resolves["database"] = "172.16.0.11"
        lines = ("server1", "SERVER1.maas", "172.16.0.12", "database", "nobody", "localhost", "server1 nobody")
        return [await run(server2, f"getent hosts {line}") for line in lines]

    assert play(scenario()) == [
        Ran(0, "172.16.0.11     server1.maas\n"),
        Ran(0, "172.16.0.11     server1.maas\n"),
        Ran(0, "172.16.0.12     server2.maas\n"),
        Ran(0, "172.16.0.11     database\n"),
        Ran(2),
        Ran(0, "127.0.0.1       localhost\n"),
        Ran(2, "172.16.0.11     server1.maas\n"),
    ]
