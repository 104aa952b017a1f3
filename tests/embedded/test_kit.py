"""The life of an embedded kit: begun by a plan, set back, cut off, closed; nothing is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import shutil
import tempfile
import threading
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from harness import known_hosts
from harness.access import Access, ConnectionRefused, HostUnreachable
from harness.api_key import api_key_of
from harness.errors import KitError, TimedOut, Unreachable, UsageError
from harness.evidence import EvidenceLog
from harness.kitfile import load
from harness.maas import MaasClient
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.network import ANY, Listener
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.plan import Plan
from tests.embedded.conftest import answers, played
from tests.embedded.fakes import SHELLS, FakeShell
from tests.harness.sshd import until

KEY = "cat ~/.ssh/id_ed25519"


def reach(kit: EmbeddedKit) -> Access:
    """Return the harness' way into a kit, by its kit.yaml."""
    return Access.of(load(kit.kit_yaml), log=EvidenceLog())


def client(kit: EmbeddedKit, access: Access) -> MaasClient:
    """Return the harness' client of its MAAS."""
    described = load(kit.kit_yaml)
    return MaasClient(access.http, described.maas.url, api_key_of(described, access))


def statuses(kit: EmbeddedKit, access: Access) -> dict[str, str]:
    """Return each machine's status, as the harness reads it."""
    return {machine.hostname: machine.status_name for machine in client(kit, access).machines()}


# Beginning


def test_its_kit_yaml_is_one_that_a_group_would_write(kit: EmbeddedKit) -> None:
    """The harness loads it; it says where main is, and how to open it."""
    described = load(kit.kit_yaml)

    assert (described.kit, described.stage, str(described.network)) == ("kit", "checkpoint-3", "172.16.0.0/20")
    assert described.access.ssh == ("127.0.0.1", kit.ssh_port, "cloud")
    assert described.access.identity == kit.identity
    assert described.maas.url == "http://172.16.0.3:5240/MAAS/"


def test_the_harness_needs_nothing_else(kit: EmbeddedKit) -> None:
    """Commands on main and on machines, HTTP, MAAS."""
    with reach(kit) as access:
        address = kit.machines["server3"].address

        assert access.run("hostname").text == "main\n"
        assert access.run("whoami", on=address).text == "ubuntu\n"
        assert access.http.get("http://172.16.0.3:5240/MAAS/api/2.0/version/").status_code == 200
        assert client(kit, access).whoami().username == "cloud"


def test_what_the_plan_asks_for_is_built_before_anybody_is_let_in() -> None:
    """The builder gets the plan and the kit with its machines deployed and booted, on the kit's loop."""
    seen: list[object] = []

    async def build(plan: Plan, kit: EmbeddedKit) -> None:
        seen.extend([plan, sorted(kit.machines), all(22 in host.listeners for host in kit.machines.values())])
        seen.extend([kit.main.on, kit.region.machine("server1") is not None, answers(kit.ssh_port)])
        seen.append(threading.current_thread().name)

    plan = Plan(stage="checkpoint-1")
    with start(plan, shells=SHELLS, build=build) as kit:
        kit.do(lambda: None)

    # Its port is open, so that those who come early wait.
    assert seen == [plan, ["server1", "server2"], True, True, True, True, "embedded kits"]


def test_a_plan_that_cannot_be_built_leaves_nothing(tmp_path: Path) -> None:
    """What the builder raises is raised."""

    async def build(plan: Plan, kit: EmbeddedKit) -> None:
        raise KitError("PostgreSQL does not start")

    with pytest.raises(KitError, match="PostgreSQL does not start"):
        start(Plan(), shells=SHELLS, build=build, register=True)
    assert not KitFolder("kit").path.exists()
    assert threads() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Kit 7"}, "kit name 'Kit 7' cannot be used"),
        ({"network": "8.8.8.0/24"}, "network '8.8.8.0/24' cannot be used"),
        ({"plan": Plan(addresses={"server1": 300}), "network": "10.0.0.0/24"}, "does not have: it ends with 255"),
    ],
)
def test_what_cannot_be_used_is_said(options: dict[str, Any], message: str) -> None:
    """And nothing is begun."""
    with pytest.raises(UsageError, match=re.escape(message)):
        played(**options)
    assert threads() == []


def test_a_plan_that_maas_refuses_is_an_error() -> None:
    """Two machines cannot have one address."""
    with pytest.raises(KitError, match="IP address is already in use"):
        played(Plan(addresses={"server1": 20, "server2": 20}))


def test_a_folder_of_the_callers_stays(tmp_path: Path) -> None:
    """With what was written into it."""
    with played(folder=tmp_path / "mine") as kit:
        assert kit.kit_yaml == tmp_path / "mine" / "kit.yaml"
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {"kit.yaml", "id_ed25519", "running.json"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file has its name."""
    (tmp_path / "mine").touch()

    with pytest.raises(UsageError, match="mine cannot be made: File exists"):
        played(folder=tmp_path / "mine")


# What a plan says of the end


def test_released_and_failed_machines() -> None:
    """The one is Ready, the other failed when it was deployed again: neither is there."""
    with played(Plan(released=("server3",), failed=("server4",))) as kit, reach(kit) as access:
        assert statuses(kit, access) == {
            "server1": "Deployed",
            "server2": "Deployed",
            "server3": "Ready",
            "server4": "Failed deployment",
            "server5": "Ready",
        }
        assert sorted(kit.machines) == ["server1", "server2"]


def test_a_plan_may_name_a_machine_that_is_not_there() -> None:
    """A mistake of whoever made the plan."""
    with pytest.raises(KitError, match="knows no machine 'server9'"):
        played(Plan(released=("server9",)))


def test_a_hanging_machine() -> None:
    """It lets us in, and no command ends; the others are well."""
    with played(Plan(hanging=("server1",))) as kit, reach(kit) as access:
        with pytest.raises(TimedOut):
            access.run("hostname", on=kit.machines["server1"].address, timeout=1)
        assert access.run("hostname", on=kit.machines["server2"].address).text == "server2\n"


def test_a_fault_of_maas() -> None:
    """Set when everything is built."""
    with played(Plan(maas_fault={"operation": "*", "status": 503})) as kit, reach(kit) as access:
        assert access.http.get("http://172.16.0.3:5240/MAAS/api/2.0/version/").status_code == 503


# Setting back


def test_a_kit_is_set_back(kit: EmbeddedKit) -> None:
    """Machines, files, MAAS' records; ports, keys and addresses stay, and the harness notices nothing."""
    before = {name: host.address for name, host in kit.machines.items()}
    text = kit.kit_yaml.read_bytes()
    with reach(kit) as access:
        key = access.run(KEY).stdout
        ids = {machine.hostname: machine.system_id for machine in client(kit, access).machines()}
        access.run("hostname", on=before["server2"])
        kit.do(lambda: kit.main.files.write("/home/cloud/work", "done"))
        kit.region.login("cloud", "cloud")
        machine = kit.region.machine("server2")
        assert machine is not None
        kit.rack.driver.release(machine.system_id)

        kit.reset()

        assert before == {name: host.address for name, host in kit.machines.items()}
        assert access.run("cat /home/cloud/work").exit_status == 1
        assert access.run(KEY).stdout == key
        assert ids == {machine.hostname: machine.system_id for machine in client(kit, access).machines()}
        assert text == kit.kit_yaml.read_bytes()
    with reach(kit) as again:
        assert again.run("hostname", on=before["server2"]).text == "server2\n"


def test_a_machines_host_key_comes_back_as_well(kit: EmbeddedKit) -> None:
    """One access remembers it in memory, and would take another one for another machine."""
    address = kit.machines["server2"].address
    with reach(kit) as access:
        access.run("hostname", on=address)
        kit.reset()
        until(lambda: _runs(access, address))


def _runs(access: Access, address: str) -> bool:
    try:
        return access.run("hostname", on=address).exit_status == 0
    except Unreachable:  # it has not noticed yet that its connection is gone
        return False


def test_a_kit_becomes_another(kit: EmbeddedKit) -> None:
    """By another plan, with other machines; kit.yaml says what the new plan says."""
    plan = Plan(stage="checkpoint-1", hosts=("one", "two"), database="one", by_hand="two")
    kit.reset(plan)

    assert (sorted(kit.machines), kit.stage) == (["one", "two"], "checkpoint-1")
    assert load(kit.kit_yaml).roles.database == "one"
    with reach(kit) as access:
        assert statuses(kit, access) == {"one": "Deployed", "two": "Deployed"}


def test_a_fault_does_not_survive_a_reset() -> None:
    """Nor does what hangs."""
    plan = Plan(maas_fault={"operation": "*", "status": 503}, hanging=("server1",))
    with played(plan) as kit:
        kit.reset(replace(plan, maas_fault=None, hanging=()))
        with reach(kit) as access:
            assert statuses(kit, access)["server1"] == "Deployed"
            assert access.run("hostname", on=kit.machines["server1"].address).text == "server1\n"


def test_what_runs_on_main_ends_with_a_reset(kit: EmbeddedKit) -> None:
    """Its connections live on."""
    FakeShell.begun.clear()
    with reach(kit) as access:
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                access.run("wait")
            except KitError as failure:
                ended.append(failure)

        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: FakeShell.begun == ["main: wait"])
        kit.reset()
        thread.join(10)

        assert [str(failure) for failure in ended] == [
            "`wait` on cloud@127.0.0.1 ended without an exit status"
        ] or ended
        assert kit.do(lambda: len(kit.rack.sshd.connections)) == 1


def test_a_reset_that_fails_closes_the_kit(kit: EmbeddedKit) -> None:
    """A kit that is half built is of no use."""
    with pytest.raises(KitError):
        kit.reset(Plan(released=("server9",)))
    assert kit.closed.is_set()
    with pytest.raises(RuntimeError, match="is not played"):
        kit.reset()


# Ending


def test_a_kit_is_cut_off(kit: EmbeddedKit) -> None:
    """Every connection is broken, and nobody listens."""
    with reach(kit) as access:
        access.run("hostname")
        kit.cut()
        kit.cut()

        with pytest.raises(Unreachable):
            access.run("hostname")
    assert not answers(kit.ssh_port)
    assert kit.main.on


def test_nothing_is_left_of_a_kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of fifty at once, some of them in use: no thread, task, socket or folder, and nothing was let go by accident."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with warnings.catch_warnings(record=True) as let_go:
        warnings.simplefilter("always", ResourceWarning)
        ports, running = _play_fifty()
        gc.collect()

    assert len(set(ports)) == 51
    assert [task for task in running if not task.done()] == []
    assert threads() == []
    # Those that the web framework had are told to end, and do so in their own time.
    until(lambda: not [thread for thread in threading.enumerate() if "AnyIO" in thread.name])
    assert [port for port in ports if answers(port)] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("kitcheck-")] == []
    assert [str(each.message) for each in let_go if each.category is ResourceWarning] == []


def _play_fifty() -> tuple[list[int], set[asyncio.Task[Any]]]:
    """Play fifty kits and use some of them; return their ports, and what was going on when they were closed."""
    with contextlib.ExitStack() as stack:
        kits = [stack.enter_context(played(name=f"kit-{number}", dashboard=number == 7)) for number in range(50)]
        for kit in kits[:5]:
            access = stack.enter_context(reach(kit))
            access.run("hostname", on=kit.machines["server2"].address)
            client(kit, access).machines()
        requests.get(f"http://127.0.0.1:{kits[7].dashboard_port}/MAAS/r/machines", timeout=10)
        assert len(threads()) == 1
        running = kits[0].do(asyncio.all_tasks)
        return [port for kit in kits for port in (kit.ssh_port, kit.dashboard_port) if port], running


def threads() -> list[str]:
    """Return the threads of embedded kits."""
    return [thread.name for thread in threading.enumerate() if thread.name == "embedded kits"]


def test_a_kit_is_closed_once(kit: EmbeddedKit) -> None:
    """By whoever comes first; not from its own loop, which would wait for itself."""
    with pytest.raises(RuntimeError, match="on its own loop"):
        kit.do(kit.close)
    kit.close()
    kit.close()

    assert kit.closed.is_set()
    assert not kit.kit_yaml.exists()


def test_nobody_remembers_its_host_key(kit: EmbeddedKit) -> None:
    """Another kit may have its port, and the name, and another key."""
    with reach(kit) as access:
        access.run("hostname")
    assert known_hosts.of_kit(kit.name).keys("127.0.0.1", kit.ssh_port)
    kit.close()

    assert not known_hosts.of_kit(kit.name).keys("127.0.0.1", kit.ssh_port)


def test_a_kit_leaves_no_task_with_others(kit: EmbeddedKit) -> None:
    """Also one that looked whether its folder was still there."""
    before = kit.do(asyncio.all_tasks)
    with played(name="group-7", register=True) as other, reach(other) as access:
        access.run("hostname", on=other.machines["server2"].address)
    after = kit.do(asyncio.all_tasks)

    assert after - before == set()


def test_running_things_end_with_the_kit(kit: EmbeddedKit) -> None:
    """A machine on its way back from a reboot, a command, a connection."""
    connected: list[Any] = []

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.append(transport)

    async def come_back() -> None:
        await asyncio.get_running_loop().create_future()

    def prepare() -> asyncio.Task[None]:
        kit.main.listen(Listener(ANY, 7000, lambda _: Protocol()))
        server = kit.machines["server2"]
        server.shut_down()
        server.returning = asyncio.ensure_future(come_back())
        return server.returning

    returning = kit.do(prepare)
    with reach(kit) as access:
        stream = access.open("172.16.0.3", 7000, timeout=10, limit=10)
        kit.close()

        with pytest.raises(Unreachable):
            stream.recv(1)
    assert returning.cancelled()
    assert connected[0].is_closing()


# Kits that are listed


def test_a_registered_kit_is_among_the_users_kits() -> None:
    """With what `kitcheck kits` shows of it, and gone with it."""
    folder = KitFolder("group-7")
    with played(name="group-7", register=True, dashboard=True) as kit:
        expected = Whereabouts("172.16.0.0/20", "checkpoint-3", kit.ssh_port, kit.dashboard_port, kind="embedded")

        assert folder.whereabouts() == expected
        assert kit.kit_yaml == folder.kit_yaml
        assert answers(kit.dashboard_port)
        with pytest.raises(UsageError, match="there is a kit 'group-7' already"):
            played(name="group-7", register=True)
        assert folder.whereabouts() == expected
    assert not folder.path.exists()


def test_whoever_removes_the_folder_ends_the_kit() -> None:
    """`kitcheck down` in another process; a kit that takes the name at once is left alone."""
    first = played(name="group-7", register=True)
    shutil.rmtree(first.kit_yaml.parent)
    with played(name="group-7", register=True) as second:
        assert first.closed.wait(10)
        assert not answers(first.ssh_port)
        first.close()

        assert answers(second.ssh_port)
        assert second.kit_yaml.exists()
        assert not second.closed.is_set()
    assert threads() == []


def test_two_kits_in_one_process_know_nothing_of_each_other(kit: EmbeddedKit) -> None:
    """The same addresses in both, other machines behind them."""
    with played(Plan(stage="checkpoint-1")) as other, reach(kit) as access, reach(other) as access_of_other:
        address = kit.machines["server2"].address
        assert other.machines["server2"].address == address
        kit.do(lambda: kit.machines["server2"].listeners.clear())

        assert access_of_other.run("hostname", on=address).text == "server2\n"
        with pytest.raises(ConnectionRefused):
            access.open(address, 22, timeout=5, limit=1)
        with pytest.raises(HostUnreachable):
            access_of_other.open(kit.machines["server4"].address, 22, timeout=5, limit=1)
