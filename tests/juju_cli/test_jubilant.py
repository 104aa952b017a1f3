"""jubilant, which others wrote for the real command, gets on with ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest
import yaml

from simulators.charms.store import archive
from simulators.juju.hands import Pace
from tests.juju_api.standing import standing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the command is started by a script for sh")
QUICK = Pace(poll=0.02, hook=0.0, lost_after=5.0, idle_after=0.02)
PROGRAM = Path(__file__).with_name("jubilant_juju.py")
ROOT = PROGRAM.parents[2]


@pytest.fixture
def juju(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[jubilant.Juju]:
    """Return jubilant over our command, logged in to a controller that listens on loopback."""
    home = tmp_path / "home"
    data = home / "data"
    data.mkdir(parents=True)
    binary = home / "juju"
    binary.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {PROGRAM} "$@"\n')
    binary.chmod(0o755)
    for name, revision in (("grafana", 69), ("prometheus2", 60)):
        (home / f"{name}_r{revision}.charm").write_bytes(archive(name))
    with standing(tmp_path / "tls", pace=QUICK) as found:
        known = {
            "uuid": "c0000000-0000-4000-8000-000000000001",
            "api-endpoints": [found.address],
            "ca-cert": found.ca_cert,
            "cloud": "maas-one",
        }
        (data / "controllers.yaml").write_text(
            yaml.safe_dump({"controllers": {"maas-controller": known}, "current-controller": "maas-controller"})
        )
        account = {"user": "admin", "password": "secret-of-admin"}
        (data / "accounts.yaml").write_text(yaml.safe_dump({"controllers": {"maas-controller": account}}))
        for variable, value in (("JUJU_DATA", data), ("STANDING", found.address), ("HOME", home)):
            monkeypatch.setenv(variable, str(value))
        monkeypatch.chdir(home)
        yield jubilant.Juju(cli_binary=str(binary), model="openstack", wait_timeout=60)


def test_from_deploy_to_integrate(juju: jubilant.Juju) -> None:
    """Deploy two charms, wait until all is active, relate them, run an action: jubilant reads every answer."""
    juju.deploy("./grafana_r69.charm", base="ubuntu@20.04")
    juju.deploy("./prometheus2_r60.charm", app="prom")
    active = juju.wait(jubilant.all_active, error=jubilant.any_error, delay=0.1)
    juju.integrate("prom:grafana-source", "grafana:grafana-source")
    idle = juju.wait(jubilant.all_agents_idle, delay=0.1)
    task = juju.run("grafana/0", "get-admin-password")

    assert sorted(active.apps) == ["grafana", "prom"]
    assert active.apps["grafana"].units["grafana/0"].workload_status.current == "active"
    assert [each.related_app for each in idle.apps["grafana"].relations["grafana-source"]] == ["prom"]
    assert (task.status, len(task.results["password"])) == ("completed", 16)


def test_refusals(juju: jubilant.Juju) -> None:
    """What Juju refuses is an error with Juju's words on the standard error."""
    with pytest.raises(jubilant.CLIError) as refused:
        juju.integrate("grafana", "prometheus2")

    assert refused.value.returncode == 1
    assert 'ERROR application "grafana" not found' in refused.value.stderr
