"""Machines' life as docs/machines.md tells it, typed on an embedded kit's main."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.embedded.kit import EmbeddedKit, start
from simulators.plan import Plan
from tests.machines_page import Reader


@pytest.fixture
def failed() -> Iterator[tuple[EmbeddedKit, Access]]:
    """Return a kit whose server4 failed to deploy, and the way in."""
    with start(Plan(stage="checkpoint-3", failed=("server4",))) as kit:
        description = load(kit.kit_yaml)
        with Access.of(description, log=EvidenceLog()) as access:
            yield kit, access


def test_the_page_is_true(failed: tuple[EmbeddedKit, Access]) -> None:
    """A failed deployment is seen, explained and mended; in the end everything is released."""
    kit, access = failed
    key = access.run("sudo maas apikey --username=cloud", timeout=10).text.strip()
    others = [machine.system_id for machine in kit.region.machines.values() if machine.hostname != "server4"]
    known = {"MAIN": "172.16.0.3", "KEY": key, "OTHER": " machines=".join(others)}
    said = Reader(access, known).read_page()

    brought = list(said.values())
    assert '"status_message": "Marking node failed - Power on for the node failed' in brought[1]
    assert (brought[2].count('"level": "ERROR"'), '"hostname": "server4"' in brought[2]) == (1, True)
    assert said["ssh -o StrictHostKeyChecking=no ubuntu@ADDRESS hostname"] == "server4\n"
    assert re.findall(r'"status_name": "(\w+)"', brought[-1]) == ["Ready"] * 5
    assert kit.machines == {}


def test_a_failed_machine_is_not_deployed_before_it_is_released(failed: tuple[EmbeddedKit, Access]) -> None:
    """MAAS refuses with its own sentence, on the standard output, and the command ends with status 2."""
    kit, access = failed
    machine = kit.region.machine("server4")
    assert machine is not None
    key = access.run("sudo maas apikey --username=cloud", timeout=10).text.strip()
    access.run(f"maas login cloud http://172.16.0.3:5240/MAAS/ {key}", timeout=10)
    done = access.run(f"maas cloud machine deploy {machine.system_id}", timeout=10)

    assert (done.exit_status, done.text) == (2, "Can't deploy a machine that is in the 'Failed deployment' state\n")
