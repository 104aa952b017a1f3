"""python-libmaas, which others wrote for the real MAAS, gets on with the simulated one.

The library is AGPL and never becomes part of this project: it runs as a program of its own, in an environment of its
own under `.venv-libmaas/`, which the first run makes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulators.maas.app import create_app
from simulators.maas.memory import MemoryDriver
from simulators.maas.progress import Reads
from simulators.maas.region import Region
from tests.maas.serving import serving

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests/libmaas/requirements.lock"
SESSION = ROOT / "tests/libmaas/session.py"
INSTALL_SECONDS = 300
SESSION_SECONDS = 120
SERVERS = [f"server{number}" for number in range(1, 6)]


def environment() -> Path:
    """Return the Python of the library's environment, made when it is missing; skip where it cannot be made."""
    content = LOCK.read_bytes() + sys.version.encode()
    home = ROOT / ".venv-libmaas" / hashlib.sha256(content).hexdigest()[:16]
    python, whole = home / "bin/python", home / "whole"
    home.parent.mkdir(exist_ok=True)
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it at once
        if not whole.exists():
            shutil.rmtree(home, ignore_errors=True)
            install(home, python)
            whole.touch()
    return python


def install(home: Path, python: Path) -> None:
    """Make the environment, or skip; where nothing may be skipped (KITCHECK_REQUIRE_DOCKER=1), fail."""
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for command in ([sys.executable, "-m", "venv", str(home)], [*pip, "-r", str(LOCK)]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
            said = done.stderr if done.returncode else ""
        except subprocess.TimeoutExpired:
            said = f"not done after {INSTALL_SECONDS} s"
        if said:
            reason = f"the environment of python-libmaas cannot be made: {said.strip().splitlines()[-1][:300]}"
            if os.environ.get("KITCHECK_REQUIRE_DOCKER") == "1":
                pytest.fail(reason)
            pytest.skip(reason)


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the library saw when it logged in to a lab in which everything takes a few looks."""
    python = environment()
    region = Region(MemoryDriver(), seed=1, progress=Reads(3))
    told = {"username": "cloud", "password": "cloud", "api_key": region.users["cloud"].tokens[0].api_key}
    with serving(create_app(region)) as site:
        done = subprocess.run(
            [python, SESSION],
            input=json.dumps(told | {"url": f"{site}/MAAS/"}),
            capture_output=True,
            text=True,
            timeout=SESSION_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["password", "key"])
def visit(request: pytest.FixtureRequest, seen: dict[str, Any]) -> dict[str, Any]:
    """What was seen after logging in with the password, and what with the key."""
    return seen[request.param]


def test_strangers_are_refused(seen: dict[str, Any]) -> None:
    """A wrong password and a wrong key; without a key the description itself offers no reading of machines."""
    refusals = {name: seen[name] for name in ("wrong_password", "wrong_key", "nobody")}

    assert refusals == {"wrong_password": "RemoteError", "wrong_key": "CallError 401", "nobody": "AttributeError"}


def test_the_lab_is_as_it_should_be(visit: dict[str, Any]) -> None:
    """Machines, network, images."""
    names = ("version", "whoami", "machines", "filtered", "zones", "subnets", "fabrics", "pools", "domains", "images")

    assert {name: visit[name] for name in names} == {
        "version": "3.5.13",
        "whoami": "cloud",
        "machines": SERVERS,
        "filtered": ["server2"],
        "zones": ["default"],
        "subnets": ["172.16.0.0/20"],
        "fabrics": [[0]],
        "pools": ["default"],
        "domains": ["maas"],
        "images": ["ubuntu/bionic", "ubuntu/focal", "ubuntu/jammy", "ubuntu/noble"],
    }
    assert "undefined" in visit["spaces"]
    assert visit["maas_name"] == "kit"


def test_tags_come_and_go(visit: dict[str, Any]) -> None:
    """Made, put on a machine, taken off, deleted."""
    assert visit["tagged"] == ["web"]
    assert (visit["tags"], visit["tags_after"]) == (["juju", "web"], ["juju"])


def test_zones_are_made(visit: dict[str, Any]) -> None:
    """And removed again: the second visit sees what the first one saw."""
    assert visit["zones_with_another"] == ["default", "rack-2"]


def test_allocation_is_by_constraints(visit: dict[str, Any]) -> None:
    """The tag finds server1; what fits nothing, names nothing or is taken is refused as the library expects."""
    assert visit["allocated"] == {"status": "ALLOCATED", "power": "OFF", "hostname": "server1", "owner": "cloud"}
    assert (visit["nothing_fits"], visit["taken"]) == ("MachineNotFound", "MachineNotFound")
    assert visit["no_such_tag"] == "CallError 400"


def test_deploying_is_waited_for(visit: dict[str, Any]) -> None:
    """Deployed in the end, with an address, after the library had to look more than once."""
    (address,) = visit["deployed"].pop("addresses")

    assert visit["deployed"] == {"status": "DEPLOYED", "power": "ON", "waited": True}
    assert address.startswith("172.16.")
    assert visit["deploy_again"] == "CallError 409"


def test_power_is_real(visit: dict[str, Any]) -> None:
    """Off and on, in MAAS' record and by asking the power controller; the machine stays deployed."""
    assert visit["off"] == {"status": "DEPLOYED", "power": "OFF", "query": "OFF"}
    assert visit["on"] == {"status": "DEPLOYED", "power": "ON", "query": "ON"}


def test_releasing_is_waited_for(visit: dict[str, Any]) -> None:
    """Ready in the end, without owner and address."""
    assert visit["released"] == {"status": "READY", "power": "OFF", "waited": True, "owner": None}
    assert visit["after"] == {"status": "READY", "power": "OFF", "addresses": []}
    assert {"Deployed", "Released"} <= set(visit["events"])
