"""On which release of Ubuntu a charm is deployed: what its metadata says, and what each Juju knows."""

from __future__ import annotations

import pytest
import yaml

from simulators.charms.repositories import REPOSITORIES
from simulators.juju.state import Application, supported_series
from tests.juju.worlds import played
from tests.juju_cli.mains import Main, controller_of, main

MYSQL = REPOSITORIES["TiagoDemay/charm-mysql"]


def clone(here: Main) -> None:
    """Put the patched MySQL into main's home, as git does."""
    for path, text in MYSQL.items():
        here.write(f"charm-mysql/{path}", text)


def cut(here: Main, *series: str) -> None:
    """Put the store's WordPress into main's home, with other series in its metadata."""
    metadata = {"name": "wordpress", "summary": "A blog", "description": "A blog", "series": list(series)}
    here.write("wordpress/metadata.yaml", yaml.safe_dump(metadata))
    here.write("wordpress/dispatch", "#!/bin/sh\n")


def applications(here: Main) -> dict[str, Application]:
    """Return the applications of `openstack`."""
    return next(each for each in controller_of(here).models.values() if each.name == "openstack").applications


@played
async def test_the_cloned_charm() -> None:
    """Juju 2.9 deploys it on bionic, the only one that it names, whatever the model prefers."""
    async with main("2.9", until="bootstrapped") as here:
        await here.done("model-config default-series=jammy")
        clone(here)
        ended = await here.done("deploy ./charm-mysql mysql")
        await here.active("mysql/0")
        mysql, machine = applications(here)["mysql"], here.maas.machines["server2"]

    assert ended.err.splitlines() == [
        'Located local charm "mysql", revision 0',
        'Deploying "mysql" from local charm "mysql", revision 0 on bionic',
    ]
    assert (mysql.series, mysql.charm) == ("bionic", "local:bionic/mysql-0")
    assert machine.asked["series"] == "bionic"


@played
async def test_edited_metadata() -> None:
    """The pulled WordPress prefers xenial; cut down to bionic, as the handout asks, it goes there."""
    async with main("2.9", until="bootstrapped") as here:
        await here.types("charm", "pull", "wordpress")
        pulled = await here.done("deploy ./wordpress first")
        metadata = yaml.safe_load(here.read("wordpress/metadata.yaml"))
        here.write("wordpress/metadata.yaml", yaml.safe_dump({**metadata, "series": ["bionic"]}))
        edited = await here.done("deploy ./wordpress second")

    assert metadata["series"] == ["xenial", "bionic"]
    assert pulled.err.splitlines()[-1].endswith("on xenial")
    assert edited.err.splitlines()[-1].endswith("on bionic")


@played
async def test_a_default_that_the_charm_supports() -> None:
    """A model's default series counts before the charm's order."""
    async with main("2.9", until="bootstrapped") as here:
        await here.done("model-config default-series=bionic")
        await here.types("charm", "pull", "wordpress")
        ended = await here.done("deploy ./wordpress")

    assert ended.err.splitlines()[-1].endswith("on bionic")


@pytest.mark.parametrize(
    ("channel", "series", "line", "message"),
    [
        ("2.9", ("warty", "foo"), "./wordpress", 'the charm defined series "warty, foo" not supported'),
        ("2.9", ("bionic",), "./wordpress --series focal", 'series "focal" not supported by charm'),
        ("2.9", ("bionic",), "./wordpress --series foo", 'series "foo" not supported'),
        ("3.6", ("bionic",), "./wordpress", 'the charm defined bases "ubuntu@18.04" not supported'),
        ("3.6", ("bionic",), "./wordpress --base ubuntu@18.04 --force", 'the charm defined bases "ubuntu@18.04"'),
        ("3.6", ("xenial", "bionic"), "wordpress", 'the charm defined bases "ubuntu@16.04, ubuntu@18.04"'),
        ("3.6", ("jammy",), "./wordpress --base ubuntu@18.04 --force", "base: ubuntu@18.04 not supported"),
    ],
)
@played
async def test_what_is_refused(channel: str, series: tuple[str, ...], line: str, message: str) -> None:
    """In the client's words, before anything is made; a name alone is the store's charm, refused by the controller."""
    async with main(channel, until="bootstrapped") as here:
        if line.startswith("./"):
            cut(here, *series)
        ended = await here.types("deploy", *line.split())
        found = applications(here)

    assert ended.status == 1
    assert ended.err.splitlines()[-1].startswith(f"ERROR {message}")
    assert found == {}


@played
async def test_of_several_the_first_that_juju_knows() -> None:
    """Juju 3.6 passes over bionic; 2.9 over what is no release of Ubuntu."""
    async with main("3.6", until="bootstrapped") as new, main("2.9", until="bootstrapped") as old:
        cut(new, "bionic", "jammy")
        cut(old, "foo", "focal")
        await new.done("deploy ./wordpress")
        await old.done("deploy ./wordpress")
        found = [applications(each)["wordpress"].series for each in (new, old)]

    assert found == ["jammy", "focal"]


def test_the_manifest_counts_before_metadata() -> None:
    """A newer charm says it there, and Juju does not look at what else is written."""
    manifest = {"bases": [{"name": "ubuntu", "channel": "22.04/stable"}]}

    assert supported_series({"series": ["bionic"]}, manifest) == ("jammy",)
    assert supported_series({"series": ["bionic"]}, {}) == ("bionic",)
    assert supported_series({"series": "bionic"}, {}) == ("bionic",)
    assert supported_series({}, {}) == ()
