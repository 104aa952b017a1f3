"""python-libmaas against the MAAS of an embedded kit, from outside the process, through `ssh -L`."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from harness.kitfile import load
from simulators.embedded.kit import EmbeddedKit
from simulators.maas.progress import Reads
from simulators.plan import Plan
from tests.embedded.conftest import OpenSsh, played
from tests.maas.test_libmaas import SESSION, SESSION_SECONDS, environment


@pytest.fixture
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the library saw of a bare kit in which everything takes a few looks."""
    python = environment()
    with played(Plan(stage=None)) as kit:
        kit.region.progress = Reads(3)
        with OpenSsh(kit, tmp_path_factory.mktemp("ssh")).forward("172.16.0.3:5240") as (port,):
            told = {"username": "cloud", "password": "cloud", "api_key": api_key(kit)}
            done = subprocess.run(
                [python, SESSION],
                input=json.dumps(told | {"url": f"http://127.0.0.1:{port}/MAAS/"}),
                capture_output=True,
                text=True,
                timeout=SESSION_SECONDS,
                check=False,
            )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def api_key(kit: EmbeddedKit) -> str:
    """Return the key that kit.yaml has."""
    key = load(kit.kit_yaml).maas.api_key
    assert key is not None

    return key.get_secret_value()


@pytest.mark.usefixtures("ssh")
def test_the_library_gets_on_with_an_embedded_kit(seen: dict[str, Any]) -> None:
    """It reads machines, deploys one, switches it off and on, and releases it."""
    for visit in (seen["password"], seen["key"]):
        (address,) = visit["deployed"].pop("addresses")

        assert visit["machines"] == [f"server{number}" for number in range(1, 6)]
        assert visit["deployed"] == {"status": "DEPLOYED", "power": "ON", "waited": True}
        assert address.startswith("172.16.")
        assert visit["off"] == {"status": "DEPLOYED", "power": "OFF", "query": "OFF"}
        assert visit["on"] == {"status": "DEPLOYED", "power": "ON", "query": "ON"}
        assert visit["after"] == {"status": "READY", "power": "OFF", "addresses": []}
    assert (seen["wrong_password"], seen["wrong_key"]) == ("RemoteError", "CallError 401")
