"""Machines' life as docs/machines.md tells it, typed on the main of a kit of containers."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.docker import kits, removal
from simulators.docker.changing.machines import Control
from simulators.docker.images import Images
from simulators.lab_network import Addresses, kit_network
from tests.machines_page import Reader

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


def test_the_page_is_true(engine: DockerClient, images: Images, at_home: Path) -> None:
    """A deployment that fails is seen, explained and mended; in the end everything is released."""
    assert images
    assert at_home
    name = f"page-{os.getpid()}"
    try:
        running = kits.up(name, network=kits.free_network(engine), say=print)
        description = load(running.kit_yaml, {})
        with closing(Access.of(description, log=EvidenceLog())) as access:
            key = access.run("sudo maas apikey --username=cloud", timeout=30).text.strip()
            found = re.search(r":(\d+)/", running.dashboard)
            assert found is not None
            control = Control(int(found[1]), key)
            ids = {host: each["system_id"] for host, each in control.ask("GET", "state")["machines"].items()}
            main = str(Addresses(kit_network(running.network)).main)
            reader = Reader(access, {"MAIN": main, "KEY": key, "OTHER": ids["server1"]})
            control.ask("PUT", "machines/server4", {"deployment_fails": "No medium was found"})
            reader.type("maas login cloud http://MAIN:5240/MAAS/ KEY")
            reader.type(f"maas cloud machine deploy {ids['server4']} distro_series=jammy")
            said = reader.read_page()
    finally:
        removal.remove(engine, name)

    brought = list(said.values())
    assert '"status_message": "Marking node failed - No medium was found"' in brought[1]
    assert brought[2].count('"level": "ERROR"') == 1
    assert said["ssh -o StrictHostKeyChecking=no ubuntu@ADDRESS hostname"] == "server4\n"
    assert re.findall(r'"status_name": "(\w+)"', brought[-1]) == ["Ready"] * 5
