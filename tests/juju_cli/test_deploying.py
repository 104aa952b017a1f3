"""`juju download`, `charm pull` and `juju deploy`."""

from __future__ import annotations

import io
import zipfile

import pytest

from simulators.charms.store import archive
from simulators.juju.cli import constraints
from simulators.juju.cli.charm_archive import zipped
from simulators.juju.cli.store_charms import unpacked
from simulators.juju.state import Application
from tests.juju.worlds import played
from tests.juju_cli.mains import HOME, Main, controller_of, main


def applications(here: Main) -> dict[str, Application]:
    """Return the applications of `openstack`."""
    return next(each for each in controller_of(here).models.values() if each.name == "openstack").applications


@played
async def test_downloading() -> None:
    """The file's name has the charm's revision; where to go on is said."""
    async with main() as here:
        ended = await here.done("download grafana")
        elsewhere = await here.done("download prometheus2 --filepath /tmp/p.charm")
        unknown = await here.types("download", "grafanna")

    assert here.files[f"{HOME}/grafana_r69.charm"] == archive("grafana")
    assert here.files["/tmp/p.charm"] == archive("prometheus2")
    assert ended.err == (
        'Fetching charm "grafana" revision 69 using "stable" channel and base "amd64/ubuntu/20.04"\n'
        'Install the "grafana" charm with:\n    juju deploy ./grafana_r69.charm\n'
    )
    assert 'channel and base "amd64/ubuntu/22.04"' in elsewhere.err
    assert elsewhere.err.endswith("juju deploy /tmp/p.charm\n")
    assert (unknown.status, unknown.err) == (1, 'ERROR no charm or bundle found for "grafanna" (not found)\n')


@played
async def test_pulling() -> None:
    """Edition A's `charm pull` unpacks into a folder that is new."""
    async with main("2.9") as here:
        ended = await here.done("status") if here.app else await here.types("charm", "pull", "grafana")
        again = await here.types("charm", "pull", "grafana")
        named = await here.types("charm", "pull", "prometheus2", "there")
        other = await here.types("charm", "push", "x")

    assert (ended.status, ended.out) == (0, "cs:grafana-69\n")
    assert here.is_file("grafana/metadata.yaml")
    assert here.modes[f"{HOME}/grafana/dispatch"] == 0o755
    assert again.err == 'ERROR directory "grafana" already exists\n'
    assert (named.status, here.is_file("there/metadata.yaml")) == (0, True)
    assert other.status == 2


def test_archives_that_lead_out_are_refused() -> None:
    """No charm writes outside of its folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("../.ssh/authorized_keys", "x")

    with pytest.raises(Exception, match="is outside of the charm"):
        unpacked(packed.getvalue())


@played
async def test_a_file() -> None:
    """Edition B: a downloaded charm, on the base that is asked for."""
    async with main(until="bootstrapped") as here:
        await here.done("download grafana")
        ended = await here.done("deploy ./grafana_r69.charm --base ubuntu@20.04")
        second = await here.done("deploy ./grafana_r69.charm again --config port=3000")
        found = applications(here)

    assert ended.err == (
        'Located local charm "grafana", revision 0\n'
        'Deploying "grafana" from local charm "grafana", revision 0 on ubuntu@20.04/stable\n'
    )
    assert '"again" from local charm "grafana", revision 1' in second.err
    assert {name: (each.series, each.charm) for name, each in found.items()} == {
        "grafana": ("focal", "local:focal/grafana-0"),
        "again": ("focal", "local:focal/grafana-1"),
    }


@played
async def test_a_folder() -> None:
    """Edition A: a pulled charm, on the series that it supports although the model's is another."""
    async with main("2.9", until="bootstrapped") as here:
        await here.done("model-config default-series=jammy")
        await here.types("charm", "pull", "grafana")
        ended = await here.done("deploy ./grafana")
        found = applications(here)
        bare = await here.types("deploy", "grafana")

    assert ended.err.splitlines()[1] == 'Deploying "grafana" from local charm "grafana", revision 0 on focal'
    assert found["grafana"].series == "focal"
    assert bare.err.startswith('ERROR The charm or bundle "grafana" is ambiguous.\n')


@played
async def test_hooks_of_a_folder_can_be_run() -> None:
    """Every file of a folder is executable in the archive, and nothing of version control is in it."""
    async with main("2.9") as here:
        await here.types("charm", "pull", "grafana")
        here.write("grafana/.git/HEAD", "x")
        here.write("grafana/src/deep/charm.py", "x")
        packed = zipfile.ZipFile(io.BytesIO(zipped(here, "./grafana/")))

    names = {each.filename: each.external_attr >> 16 & 0o777 for each in packed.infolist()}
    assert names["dispatch"] == 0o755
    assert "src/deep/charm.py" in names
    assert ".git/HEAD" not in names


@played
async def test_the_store() -> None:
    """A name alone is a charm of the store."""
    async with main("3.6", until="bootstrapped") as new, main("2.9", until="bootstrapped") as old:
        ended = await new.done("deploy grafana --channel stable")
        before = await old.done("deploy grafana g --series focal")
        unknown = await new.types("deploy", "grafanna")
        unsupported = await new.types("deploy", "grafana", "x", "--base", "ubuntu@22.04")
        found = (applications(new)["grafana"], applications(old)["g"])

    assert ended.err == (
        'Deployed "grafana" from charm-hub charm "grafana", revision 69 '
        "in channel latest/stable on ubuntu@20.04/stable\n"
    )
    assert before.err.splitlines() == [
        'Located charm "grafana" in charm-hub, revision 69',
        'Deploying "g" from charm-hub charm "grafana", revision 69 in channel latest/stable on focal',
    ]
    assert [(each.charm, each.channel) for each in found] == [("ch:amd64/focal/grafana-69", "latest/stable")] * 2
    assert (unknown.status, unsupported.status) == (1, 1)
    assert "not supported by charm" in unsupported.err


@played
async def test_where_and_with_what() -> None:
    """Placement, constraints and options reach the controller."""
    async with main(until="bootstrapped") as here:
        here.write("options.yaml", "grafana:\n  port: 3000\n")
        await here.done("download grafana")
        await here.done("deploy ./grafana_r69.charm --to server4 --constraints mem=8G --config options.yaml")
        await here.active("grafana/0")
        grafana, machine = applications(here)["grafana"], here.maas.machines["server4"]

    assert machine.status == "Deployed"
    assert machine.asked["constraints"]["mem"] == "8192M"
    assert grafana.config == {"port": 3000}


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("deploy", 2, "no charm or bundle specified"),
        ("deploy ./nothing", 1, 'no charm was found at "./nothing"'),
        ("deploy ./text.charm", 1, 'invalid charm or bundle provided at "./text.charm"'),
        (
            "deploy ./folder",
            1,
            'attempting to deploy "./folder": open ./folder/metadata.yaml: no such file or directory',
        ),
        (
            "deploy ./grafana_r69.charm --base ubuntu@22.04",
            1,
            'base "ubuntu@22.04/stable" not supported by charm, the charm supported bases are: ubuntu@20.04',
        ),
        ("deploy ./grafana_r69.charm --base ubuntu", 2, 'invalid base string "ubuntu"'),
        ("deploy ./grafana_r69.charm --base ubuntu@3.1", 1, "base: ubuntu@3.1 not supported"),
        ("deploy ./grafana_r69.charm Grafana", 2, 'invalid application name "Grafana", unexpected character'),
        ("deploy ./grafana_r69.charm --config nothing=1", 1, 'unknown option "nothing"'),
        ("deploy ./grafana_r69.charm --to 7", 1, 'cannot deploy "grafana" to machine 7: machine 7 not found'),
        ("deploy ./grafana_r69.charm --resource a=b", 1, "juju deploy --resource: not simulated"),
    ],
)
@played
async def test_what_is_refused(line: str, status: int, message: str) -> None:
    """Nothing is deployed."""
    async with main(until="bootstrapped") as here:
        here.write("text.charm", "not a charm")
        here.write("folder/README", "nothing")
        await here.done("download grafana")
        ended = await here.types(*line.split())
        found = applications(here)

    assert ended.status == status
    assert ended.err.splitlines()[-1].startswith(f"ERROR {message}")
    assert found == {}


@played
async def test_series_of_2_9() -> None:
    """Edition A says series where edition B says base."""
    async with main("2.9", until="bootstrapped") as here:
        await here.done("download grafana")
        ended = await here.types("deploy", "./grafana_r69.charm", "--series", "jammy")

    assert ended.err == (
        'ERROR series "jammy" not supported by charm, supported series are: focal. '
        "Use --force to deploy the charm anyway.\n"
    )


def test_placements() -> None:
    """`--to` takes machines, containers and hosts."""
    assert constraints.placements(("0,lxd:0", "lxd", "server2"), "uuid") == [
        {"scope": "#", "directive": "0"},
        {"scope": "lxd", "directive": "0"},
        {"scope": "lxd", "directive": ""},
        {"scope": "uuid", "directive": "server2"},
    ]


def test_constraints_for_the_api() -> None:
    """Sizes are in megabytes, rounded up, lists are lists."""
    assert constraints.for_api(constraints.parse(("mem=3.5G cores=2", "tags=juju,big"))) == {
        "mem": 3584,
        "cores": 2,
        "tags": ["juju", "big"],
    }
