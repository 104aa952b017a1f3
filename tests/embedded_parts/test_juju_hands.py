"""Hands on a host: what agents and charms do there, and what they hear of a machine that is off or another one."""

from __future__ import annotations

import asyncio

import pytest

from simulators.embedded.host import Host
from simulators.embedded.juju.hands import HostHands
from simulators.embedded.network import Network
from simulators.embedded.shell import furnish
from simulators.juju.hands import HandsError, Ran
from tests.embedded_parts.kit import on_loop

ADDRESS = "172.16.0.12"
INI = "/etc/grafana/grafana.ini"
PROMETHEUS = "/etc/prometheus/prometheus.yml"


def machine(network: Network, name: str = "server2") -> Host:
    """Return a machine that is switched on."""
    host = Host(name, ADDRESS, network)
    furnish(host)
    network.hosts[ADDRESS] = host
    return host


def pair() -> tuple[Host, HostHands]:
    """Return a machine and hands on it."""
    network = Network()
    host = machine(network)
    return host, HostHands(network, ADDRESS, "server2")


@on_loop
async def test_commands_are_roots() -> None:
    """A command runs as root with its input, and its status is no error."""
    _, hands = pair()

    assert await hands.run("whoami; cat; exit 3", stdin=b"given") == Ran(3, "root\ngiven")


@on_loop
async def test_what_nobody_plays_is_noted() -> None:
    """A command that is not simulated ends as one that is missing, and the host keeps what it was."""
    host, hands = pair()

    ran = await hands.run("frobnicate --all")

    assert ran == Ran(127, "", "not simulated: frobnicate --all\n")
    assert host.refused == ["not simulated: frobnicate --all"]


@on_loop
async def test_files_are_written_and_read() -> None:
    """A file comes with its folders and its mode; one that is not there is None."""
    host, hands = pair()
    await hands.write("/etc/grafana/deep/x.ini", "a = 1\n", mode=0o640)

    assert await hands.read("/etc/grafana/deep/x.ini") == "a = 1\n"
    assert await hands.read("/etc/grafana/deep") is None
    assert await hands.read("/etc/grafana/other") is None
    assert host.files.modes["/etc/grafana/deep/x.ini"] == 0o640


@on_loop
async def test_a_machine_that_is_off() -> None:
    """Nothing works any more, and only `alive` says so without an error; on again, everything does."""
    host, hands = pair()
    host.shut_down()

    assert not await hands.alive()
    for work in (hands.run("true"), hands.read("/x"), hands.write("/x", ""), hands.install("grafana")):
        with pytest.raises(HandsError, match="no route to host"):
            await work

    await host.boot()

    assert await hands.alive()
    assert await hands.run("true") == Ran(0)


@on_loop
async def test_a_command_is_cut_when_the_machine_goes_off() -> None:
    """Whoever waits for a command hears that the connection is lost."""
    host, hands = pair()
    running = asyncio.ensure_future(hands.run("sleep 1000"))
    await asyncio.sleep(0)
    host.shut_down()

    with pytest.raises(HandsError, match="connection lost"):
        await running

    assert host.on_shutdown == []


@on_loop
async def test_a_command_that_takes_too_long() -> None:
    """It is given up."""
    host, hands = pair()

    with pytest.raises(HandsError, match=r"did not end within 0\.01 s"):
        await hands.run("sleep 1000", timeout=0.01)

    assert host.on_shutdown == []


@on_loop
async def test_another_machine_at_the_address_does_not_obey() -> None:
    """A machine that MAAS deployed anew, or under another name, has no agent of ours."""
    host, hands = pair()
    host.shut_down()
    other = machine(host.network)

    assert not await hands.alive()
    assert not await HostHands(host.network, ADDRESS, "server3").alive()
    assert await HostHands(host.network, ADDRESS, "juju-ab12cd-0-lxd-1").alive()
    assert other.on


@on_loop
async def test_a_machine_that_hangs_is_not_alive() -> None:
    """Its sshd is there and its commands never end: no agent answers."""
    host, hands = pair()
    host.hangs = True

    assert not await hands.alive()


@on_loop
async def test_prometheus_is_installed_and_scrapes() -> None:
    """The packages bring files, commands, units and ports; Prometheus reads its own series and the machine's."""
    host, hands = pair()

    ran = await hands.install("prometheus", "prometheus-node-exporter")

    assert ran.status == 0
    assert {"prometheus", "prometheus-node-exporter"} == {name for name, unit in host.units.items() if unit.active}
    assert "version 2.42.0" in (await hands.run("prometheus --version")).out
    status, body = await hands.http("GET", f"http://{ADDRESS}:9090/api/v1/query?query=up")
    assert status == 200
    assert b'"job":"prometheus"' in body
    assert b'"job":"node"' in body
    assert (await hands.install("prometheus")).out == "prometheus is already the newest version.\n"


@on_loop
async def test_prometheus_with_a_broken_configuration_does_not_start() -> None:
    """systemctl says that it failed, and its words are in the journal; mended, it starts."""
    host, hands = pair()
    await hands.install("prometheus")
    good = await hands.read(PROMETHEUS)
    await hands.write(PROMETHEUS, "scrape_configs: 3\n")

    ran = await hands.run("systemctl restart prometheus")

    assert ran.status == 1
    assert any("scrape_configs" in line for line in host.journal)
    assert (await hands.http("GET", f"http://{ADDRESS}:9090/-/ready"))[0] == 0

    await hands.write(PROMETHEUS, good or "")

    assert (await hands.run("systemctl start prometheus")).status == 0
    assert (await hands.http("GET", f"http://{ADDRESS}:9090/-/ready"))[0] == 200


@on_loop
async def test_grafana_keeps_the_first_password() -> None:
    """grafana.ini that was there stays; its password counts at the first start alone, as in Grafana."""
    host, hands = pair()
    await hands.write(INI, "[security]\nadmin_password = first\n")
    await hands.install("grafana")
    headers = {"Authorization": "Basic YWRtaW46Zmlyc3Q="}  # admin:first

    assert (await hands.http("GET", "http://127.0.0.1:3000/api/user", headers=headers))[0] == 200

    await hands.write(INI, "[security]\nadmin_password = second\n[server]\nhttp_port = 3001\n")
    await hands.run("systemctl restart grafana-server")

    assert (await hands.http("GET", "http://127.0.0.1:3001/api/user", headers=headers))[0] == 200
    assert (await hands.http("GET", "http://127.0.0.1:3000/api/user", headers=headers))[0] == 0
    assert "Version" in (await hands.run("grafana-server -v")).out
    assert host.units["grafana-server"].active


@on_loop
async def test_a_service_that_is_killed() -> None:
    """Its unit is no longer active, and its port is closed."""
    host, hands = pair()
    await hands.install("prometheus-node-exporter")

    await hands.run("pkill -f prometheus-node-exporter")

    assert not host.units["prometheus-node-exporter"].active
    assert (await hands.http("GET", f"http://{ADDRESS}:9100/metrics")) == (
        0,
        f"dial tcp {ADDRESS}:9100: connect: connection refused".encode(),
    )


@on_loop
async def test_services_come_back_at_boot() -> None:
    """What was enabled runs again after the machine was off, what was disabled does not."""
    host, hands = pair()
    await hands.install("prometheus", "grafana")
    await hands.run("systemctl disable prometheus")
    host.shut_down()
    await host.boot()

    assert host.units["grafana-server"].active
    assert not host.units["prometheus"].active


@on_loop
async def test_a_package_that_is_not_played() -> None:
    """apt does not know it."""
    _, hands = pair()

    assert await hands.install("mysql-server") == Ran(100, "", "E: Unable to locate package mysql-server\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://172.16.0.99:80/", "dial tcp 172.16.0.99:80: connect: no route to host"),
        ("http://nobody/", "dial tcp: lookup nobody: no such host"),
        ("ftp://172.16.0.12/", 'unsupported protocol scheme "ftp"'),
    ],
)
def test_nobody_answers(url: str, said: str) -> None:
    """Why not is told as Go's programs tell it."""

    async def go() -> tuple[int, bytes]:
        _, hands = pair()
        return await hands.http("GET", url)

    assert asyncio.run(go()) == (0, said.encode())
