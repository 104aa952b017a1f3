"""A restart forgets nothing, and says what it interrupted."""

from __future__ import annotations

import json
import stat
import threading
import time
from pathlib import Path

import pytest

from simulators.maas import lifecycle
from simulators.maas.driver import Deployment
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Tag
from simulators.maas.region import Region
from simulators.maas.state_file import StateFileError, dump
from simulators.maas.states import Status


def used_region(path: Path) -> Region:
    """Return a region in which something has happened."""
    region = Region(MemoryDriver(), seed=5, state_file=path)
    with region.transaction():
        for name in ("server1", "server2"):
            machine = region.machine(name)
            assert machine is not None
            lifecycle.deploy(region, region.users["cloud"], machine)
        region.tags["extra"] = Tag("extra", "mine")
        region.changed()
    region.login("cloud", "cloud")
    return region


def test_everything_is_there_again(tmp_path: Path) -> None:
    """Machines, addresses, keys, sessions, tags, events and the numbers that come next."""
    path = tmp_path / "state.json"
    first = used_region(path)
    first.close()
    second = Region(MemoryDriver(), seed="other", state_file=path)

    assert json.dumps(dump(second)) == json.dumps(dump(first))
    assert second.next_id("interface") == first.next_id("interface")
    assert second.letters(20) == first.letters(20)


def test_it_is_private_and_never_half_written(tmp_path: Path) -> None:
    """The file holds keys; nothing else is left in the folder."""
    path = tmp_path / "state.json"
    used_region(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_it_is_written_without_being_told(tmp_path: Path) -> None:
    """A simulator that is killed loses at most some milliseconds."""
    path = tmp_path / "state.json"
    region = used_region(path)
    deadline = time.monotonic() + 5
    while not path.exists() and time.monotonic() < deadline:
        threading.Event().wait(0.005)

    assert [machine["status"] for machine in json.loads(path.read_text())["machines"]][:2] == [6, 6]
    region.close()


class StuckDriver(MemoryDriver):
    """A driver that is still at work when the simulator dies."""

    def __init__(self) -> None:
        super().__init__(instant=False)
        self.started = threading.Event()
        self.end = threading.Event()

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Never come back while anybody waits."""
        self.started.set()
        self.end.wait(10)

    def release(self, machine: str) -> None:
        """Never come back while anybody waits."""
        self.started.set()
        self.end.wait(10)


def test_interrupted_deployment_has_failed(tmp_path: Path) -> None:
    """What was Deploying is Failed deployment after a restart, with the reason."""
    path = tmp_path / "state.json"
    driver = StuckDriver()
    region = Region(driver, seed=5, state_file=path)
    machine = region.machine("server3")
    assert machine is not None
    with region.transaction():
        lifecycle.deploy(region, region.users["cloud"], machine)
    driver.started.wait(10)
    region.close()
    again = Region(MemoryDriver(), state_file=path).machine("server3")
    driver.end.set()

    assert again is not None
    assert (again.status, again.error_description) == (
        Status.FAILED_DEPLOYMENT,
        "MAAS was restarted while it deployed this machine",
    )


def test_interrupted_release_is_finished(tmp_path: Path) -> None:
    """What was Releasing is released again: the driver's call does no harm twice."""
    path = tmp_path / "state.json"
    stuck = StuckDriver()
    region = Region(stuck, seed=5, state_file=path)
    machine = region.machine("server3")
    assert machine is not None
    machine.status, machine.power_state, machine.owner = Status.DEPLOYED, "on", "cloud"
    with region.transaction():
        lifecycle.release(region, region.users["cloud"], machine)
    stuck.started.wait(10)
    region.close()
    driver = MemoryDriver()
    again = Region(driver, state_file=path)
    with again.transaction():
        released = again.machine("server3")
    stuck.end.set()

    assert released is not None
    assert (released.status, driver.calls) == (Status.READY, [("release", released.system_id)])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "kitcheck/maas-state/1"}', "\x00"])
def test_a_file_that_is_not_ours(tmp_path: Path, text: str) -> None:
    """One line that names the file and what to do."""
    path = tmp_path / "state.json"
    path.write_text(text)

    with pytest.raises(StateFileError, match=r"state\.json: .*remove it to start anew"):
        Region(MemoryDriver(), state_file=path)
