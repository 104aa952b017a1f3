"""Machines that a plan has deployed again: set up as before, at another address, with their story in MAAS' events."""

from __future__ import annotations

from simulators.embedded.host import Host
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.shell import Shell
from simulators.plan import Plan


async def run(host: Host, line: str) -> int:
    """Run a line on a machine; return its exit status."""
    said = bytearray()
    return await Shell(host).run(line, user=host.user, out=said.extend, err=said.extend)


def events(kit: EmbeddedKit, host: str) -> list[str]:
    """Return what happened to a machine, in order."""
    return [event.type for event in kit.region.events if event.hostname == host]


def test_a_machine_that_is_deployed_again_is_elsewhere() -> None:
    """Its name leads there, Django runs again, and NGINX goes on naming the old address."""
    with start(Plan(redeployed=("server3",))) as kit:
        moved, proxy = kit.machines["server3"], kit.machines["server4"]
        site = proxy.files.read("/etc/nginx/sites-available/default").decode()

        assert events(kit, "server3") == [
            *("Allocated", "Deploying", "Deployed", "Releasing", "Released", "Allocated", "Deploying", "Deployed")
        ]
        assert moved.address == "172.16.0.14"
        assert proxy.resolve("server3") == "172.16.0.14"
        assert 8080 in moved.listeners
        assert "172.16.0.12:8080" in site


def test_a_machine_that_recovered_failed_in_between() -> None:
    """It was released twice, and its address moved on each time."""
    with start(Plan(redeployed=("server4",), recovered=("server4",))) as kit:
        said = events(kit, "server4")

        assert said.count("Marking node failed") == 1
        assert said.count("Released") == 2
        assert 80 in kit.machines["server4"].listeners


def test_only_what_stands_is_deployed_again() -> None:
    """At an earlier stage the machine is not there yet."""
    with start(Plan(stage="checkpoint-1", redeployed=("server3",))) as kit:
        assert sorted(kit.machines) == ["server1", "server2"]


def test_a_database_that_is_deployed_again_has_tables() -> None:
    """Whoever names it by its name finds them at the new address."""
    with start(Plan(stage="checkpoint-1", redeployed=("server1",))) as kit:
        asked = "PGPASSWORD=cloud psql -h server1 -U cloud -qAtXc 'select count(*) from tasks_task' tasks"
        host = kit.machines["server2"]
        host.commands["psql"] = kit.machines["server1"].commands["psql"]
        status = kit.call(run(host, asked))

        assert (status, kit.machines["server1"].address) == (0, "172.16.0.12")
