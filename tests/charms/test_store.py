"""The charm store's shelf."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from simulators.charms import STORE, archive, download, find
from simulators.charms.grafana import GOOD_KEY, KEY_ID
from simulators.charms.known import NAMES
from simulators.juju.charm_files import read_charm
from simulators.juju.endpoints import endpoints
from simulators.juju.state import BASES, StoredCharm, supported_series
from tests.juju.worlds import refused


def test_every_charm_of_the_store_is_simulated() -> None:
    """Nobody deploys from it what then does nothing; one charm more is cloned with git."""
    assert sorted([*STORE, "mysql"]) == sorted(NAMES)


@pytest.mark.parametrize("name", sorted(STORE))
def test_archives(name: str) -> None:
    """The same bytes each time, and Juju takes them for a charm that supports what the store says."""
    content = archive(name)
    files = read_charm(content)

    assert archive(name) == content
    assert files.name == name
    assert tuple(BASES[each] for each in supported_series(files.metadata, files.manifest)) == STORE[name][2]
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        assert {"dispatch", "README.md"} <= set(opened.namelist())
        assert opened.getinfo("dispatch").external_attr >> 16 == 0o100755


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("grafana", {"grafana-source": "requirer grafana-source", "website": "provider http"}),
        (
            "prometheus2",
            {
                "grafana-source": "provider grafana-source",
                "target": "requirer http",
                "scrape": "requirer prometheus",
                "alertmanager-service": "requirer http",
                "blackbox-exporter": "requirer http",
                "snmp-exporter": "requirer http",
            },
        ),
    ],
)
def test_endpoints(name: str, wanted: dict[str, str]) -> None:
    """As the charms of these names have them."""
    files = read_charm(archive(name))
    charm = StoredCharm(f"local:{name}-0", name, 0, files.metadata, files.actions, files.config, files.manifest)

    found = {each.name: f"{each.role} {each.interface}" for each in endpoints(name, charm).values()}
    assert wanted.items() <= found.items()


def test_the_actions_of_grafana() -> None:
    """Both that the lab uses."""
    assert sorted(read_charm(archive("grafana")).actions) == ["get-admin-password", "get-login-info"]


def test_finding() -> None:
    """A charm's revision and archive, or nothing."""
    assert find("grafana") == (69, archive("grafana"))
    assert find("mysql") is None


def test_downloading() -> None:
    """By name, for a channel and a base or series that it is there for."""
    expected = ("grafana", 69, archive("grafana"))

    assert download("grafana", channel="", base="", series="") == expected
    assert download("ch:grafana", channel="latest/stable", base="ubuntu@20.04/stable", series="") == expected
    assert download("grafana", channel="stable", base="", series="focal") == expected


@pytest.mark.parametrize(
    ("charm", "channel", "base", "message"),
    [
        ("mysql", "", "", 'no charm or bundle found for "mysql"'),
        ("grafana", "edge", "", 'charm or bundle not found for channel "edge"'),
        ("grafana", "", "ubuntu@22.04", 'base "amd64/ubuntu/22.04"'),
    ],
)
def test_what_the_store_does_not_have(charm: str, channel: str, base: str, message: str) -> None:
    """Is refused, with what there is instead."""
    error = refused(lambda: download(charm, channel=channel, base=base, series=""))

    assert message in error.message
    assert error.code == "not found"
    assert "available bases are: ubuntu@20.04" in error.message or charm == "mysql"


def test_the_key_is_a_real_one(tmp_path: Path) -> None:
    """`apt-key add` takes it: it is an OpenPGP key with the id that apt's message names."""
    try:
        shown = subprocess.run(
            ["gpg", "--homedir", str(tmp_path), "--batch", "--show-keys", "--with-colons"],
            input=GOOD_KEY,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        pytest.skip("gpg is not installed")

    assert KEY_ID in shown.stdout
    assert "Kitcheck simulated Grafana packages" in shown.stdout
