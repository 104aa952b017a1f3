"""The charm grafana: its key, its password, its data sources."""

from __future__ import annotations

import pytest

from simulators.charms import grafana
from simulators.charms.grafana import GOOD_KEY, KEY_MARKS
from simulators.juju.hands import Ran
from tests.juju.worlds import Juju, juju, played

SOURCE = "prometheus2 - Juju generated source"


async def integrated() -> Juju:
    """Return a world in which Grafana has Prometheus for a source."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
    await j.until(lambda: "server2" in j.cloud.machines and bool(j.cloud.machines["server2"].sources))
    await j.settled("grafana/0", "prometheus2/0")
    return j


@played
async def test_it_is_installed() -> None:
    """The password is in the configuration before the package comes, and an action tells it."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")

    machine = j.machine("grafana/0")
    password = (await j.ran("grafana/0", "get-admin-password"))["password"]
    assert machine.packages == ["grafana"]
    assert f"admin_password = {password}\n" in machine.files["/etc/grafana/grafana.ini"]
    assert (len(password), password.isalnum()) == (16, True)
    assert [each for each in machine.commands if each.startswith("systemctl")] == [
        "systemctl enable grafana-server",
        "systemctl start grafana-server",
    ]
    assert (j.unit("grafana/0").ports, j.unit("grafana/0").version) == ([(3000, 3000, "tcp")], "9.5.3")
    assert j.unit("grafana/0").workload.message == "Ready"


@played
async def test_each_unit_has_a_password_of_its_own() -> None:
    """No two are the same."""
    j = await juju()
    j.deploy("grafana", units=2)
    await j.settled("grafana/0", "grafana/1")

    assert len({(await j.ran(f"grafana/{number}", "get-admin-password"))["password"] for number in (0, 1)}) == 2


@pytest.mark.parametrize("value", ["none", "", GOOD_KEY.replace("mDME", "mDMF")])
def test_without_the_key(value: str) -> None:
    """Whatever the option says instead of the key, apt does not believe the packages, and says so."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("grafana", config={"install_keys": value})
        await j.settled("grafana/0", workload="error")

        assert j.unit("grafana/0").workload.message == 'hook failed: "install"'
        assert j.machine("grafana/0").packages == []
        assert any("NO_PUBKEY" in each.message for each in j.model.log)
        assert any("is not signed" in each.message for each in j.model.log)

    scene()


@pytest.mark.parametrize("ring", ["/etc/apt/trusted.gpg", "/etc/apt/trusted.gpg.d/grafana.asc"])
@pytest.mark.parametrize("content", [GOOD_KEY, f"\x98\x33{KEY_MARKS[1]} <packages@example.org>"])
def test_the_key_is_installed_by_hand(ring: str, content: str) -> None:
    """After `apt-key add` and `juju resolved` it goes on, whichever form the key ring has."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("grafana", config={"install_keys": "none"})
        await j.settled("grafana/0", workload="error")

        j.machine("grafana/0").files[ring] = content
        j.controller.resolve(j.model, "grafana/0", retry=True)
        await j.settled("grafana/0")

    scene()


@played
async def test_the_option_is_corrected() -> None:
    """A good key in the option cures it as well."""
    j = await juju()
    j.deploy("grafana", config={"install_keys": "none"})
    await j.settled("grafana/0", workload="error")

    j.controller.set_config(j.model, "grafana", {"install_keys": None})
    j.controller.resolve(j.model, "grafana/0", retry=True)
    await j.settled("grafana/0")

    assert j.machine("grafana/0").packages == ["grafana"]


@played
async def test_another_key_in_the_ring() -> None:
    """A key of somebody else is none."""
    j = await juju()
    j.deploy("grafana", config={"install_keys": "none"})
    await j.settled("grafana/0", workload="error")
    tried = sum('hook "install"' in each.message for each in j.model.log)

    j.machine("grafana/0").files["/etc/apt/trusted.gpg"] = "another key"
    j.controller.resolve(j.model, "grafana/0", retry=True)
    await j.until(lambda: sum('hook "install"' in each.message for each in j.model.log) > tried)

    assert j.machine("grafana/0").packages == []


@played
async def test_packages_that_cannot_be_had() -> None:
    """What apt says is in the log."""
    j = await juju()
    for machine in j.cloud.machines.values():
        machine.results["install"] = Ran(100, "", "E: Unable to fetch some archives\n")
    j.deploy("grafana")
    await j.settled("grafana/0", workload="error")

    assert any(each.message == "E: Unable to fetch some archives" for each in j.model.log)


@played
async def test_a_grafana_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The charm waits for it for a while, and fails."""
    monkeypatch.setattr(grafana, "HEALTH_ATTEMPTS", 1)
    j = await juju()
    for machine in j.cloud.machines.values():
        machine.results["systemctl start grafana-server"] = Ran(0)
    j.deploy("grafana")
    await j.settled("grafana/0", workload="error")

    assert j.unit("grafana/0").workload.message == 'hook failed: "leader-elected"'
    assert any("Grafana does not answer on port 3000: connection refused" in each.message for each in j.model.log)


@played
async def test_a_related_prometheus_is_a_source() -> None:
    """Named after the application, at the address that its unit told."""
    j = await integrated()

    source = j.machine("grafana/0").sources[SOURCE]
    told = {name: source[name] for name in ("name", "type", "url", "access", "isDefault")}
    assert told == {
        "name": SOURCE,
        "type": "prometheus",
        "url": "http://172.16.0.23:9090",
        "access": "proxy",
        "isDefault": True,
    }


@played
async def test_a_source_that_moved() -> None:
    """When Prometheus says another address the same source is changed."""
    j = await integrated()
    sources = j.machine("grafana/0").sources
    uid = sources[SOURCE]["uid"]

    relation = j.model.relations[0]
    relation.data["prometheus2/0"] = {**relation.data["prometheus2/0"], "url": "http://172.16.0.99:9090"}
    j.model.touch("relation", "0")
    await j.until(lambda: sources[SOURCE]["url"] == "http://172.16.0.99:9090")

    assert (list(sources), sources[SOURCE]["uid"]) == ([SOURCE], uid)


@played
async def test_a_relation_that_ends_takes_its_source_with_it() -> None:
    """And nobody else's."""
    j = await integrated()
    sources = j.machine("grafana/0").sources
    sources["by hand"] = {"name": "by hand", "uid": "mine"}

    j.controller.remove_relation(j.model, "grafana:grafana-source", "prometheus2:grafana-source")
    await j.until(lambda: not j.model.relations)

    assert list(sources) == ["by hand"]


@played
async def test_a_password_that_somebody_changed() -> None:
    """The charm cannot log in any longer: its hook fails, and the log says why without the password."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    await j.settled("grafana/0", "prometheus2/0")
    j.machine("grafana/0").grafana_password = "changed"

    j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
    await j.settled("grafana/0", workload="error")

    password = (await j.ran("grafana/0", "get-admin-password"))["password"]
    assert j.unit("grafana/0").workload.message == 'hook failed: "grafana-source-relation-changed"'
    assert any("401 " in each.message and "Invalid username or password" in each.message for each in j.model.log)
    assert not any(password in each.message for each in j.model.log)


@played
async def test_a_source_that_cannot_be_taken_back() -> None:
    """With a password that somebody changed, the end of the relation fails as its beginning would."""
    j = await integrated()
    j.machine("grafana/0").grafana_password = "changed"

    j.controller.remove_relation(j.model, "grafana:grafana-source", "prometheus2:grafana-source")
    await j.settled("grafana/0", workload="error")

    assert j.unit("grafana/0").workload.message == 'hook failed: "grafana-source-relation-broken"'


@played
async def test_a_wrong_relation_makes_no_source() -> None:
    """Prometheus scrapes Grafana's website then, and Grafana knows nothing of it."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    await j.settled("grafana/0", "prometheus2/0")

    j.controller.add_relation(j.model, "prometheus2:target", "grafana:website")
    prometheus = j.machine("prometheus2/0")
    await j.until(lambda: "172.16.0.22:3000" in prometheus.files["/etc/prometheus/prometheus.yml"])
    await j.settled("grafana/0", "prometheus2/0")

    assert j.machine("grafana/0").sources == {}
