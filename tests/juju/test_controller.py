"""A controller's operations on applications: deployed, configured, asked, removed, and what is refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from simulators.charms.store import archive
from simulators.juju.errors import ApiError
from simulators.juju.placing import Place, parse
from tests.juju.worlds import juju, played, refused


def zipped(**files: str) -> bytes:
    """Return an archive of files, `_yaml` at the end of a name being `.yaml`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("_yaml", ".yaml"), text)
    return packed.getvalue()


@played
async def test_a_charm_is_deployed() -> None:
    """An application has a unit on a machine of its own, and its charm makes it active."""
    j = await juju()

    application = j.deploy("prometheus2", name="prom")
    await j.settled("prom/0")

    unit = j.unit("prom/0")
    assert (application.charm, application.series) == ("local:jammy/prometheus2-0", "jammy")
    assert (unit.workload.message, unit.version, unit.leader) == ("Ready", "2.42.0+ds", True)
    assert unit.ports == [(9090, 9090, "tcp"), (12321, 12321, "tcp")]
    assert (application.status.current, application.status.message) == ("active", "Ready")


@played
async def test_revisions_of_local_charms_count_up() -> None:
    """The same charm stored twice is another revision; a charm of the store keeps its own."""
    j = await juju()

    urls = [j.charm("grafana", series="focal").url for _ in range(2)]
    stored = j.controller.add_charm(j.model, archive("grafana"), series="focal", url="ch:amd64/focal/grafana-69")

    assert urls == ["local:focal/grafana-0", "local:focal/grafana-1"]
    assert (stored.url, stored.revision, stored.series) == ("ch:amd64/focal/grafana-69", 69, ("focal",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a zip", "zip: not a valid zip file"),
        (zipped(dispatch=""), 'archive file "metadata.yaml" not found'),
        (zipped(metadata_yaml="name: Äpfel\nsummary: s\ndescription: d", dispatch=""), "expected a charm's name"),
        (zipped(metadata_yaml="name: x\nsummary: s", dispatch=""), "metadata: description: expected string"),
        (zipped(metadata_yaml="name: x\nsummary: s\ndescription: d"), 'neither "dispatch" nor a file in "hooks"'),
        (zipped(metadata_yaml="- a\n- b", dispatch=""), "metadata.yaml: expected map, got list"),
        (zipped(metadata_yaml="a: [", dispatch=""), "metadata.yaml: while parsing"),
        (
            zipped(metadata_yaml="name: x\nsummary: s\ndescription: d\nrequires: {db: {limit: 1}}", dispatch=""),
            "metadata: requires.db.interface: expected string",
        ),
    ],
)
def test_what_is_no_charm(content: bytes, message: str) -> None:
    """An archive that Juju would not take for a charm is refused with the reason."""

    @played
    async def scene() -> None:
        j = await juju()
        error = refused(lambda: j.controller.add_charm(j.model, content, series=""))
        assert message in error.message

    scene()


@played
async def test_a_base_that_the_charm_does_not_support() -> None:
    """Juju 3 speaks of bases, Juju 2.9 of series."""
    new, old = await juju(), await juju(version="2.9.51")

    assert [refused(lambda each=each: each.deploy("grafana", series="jammy")).message for each in (new, old)] == [
        'base "ubuntu@22.04" is not supported, supported bases are: ubuntu@20.04',
        'series "jammy" not supported by charm, supported series are: focal',
    ]
    assert new.model.applications == {}
    assert new.deploy("grafana", series="jammy", force=True).series == "jammy"


@played
async def test_without_a_series_the_charm_decides() -> None:
    """The model's default series counts where the charm supports it; else the charm's first."""
    j = await juju()
    j.model.config["default-series"] = "jammy"

    assert [j.deploy(charm, series="").series for charm in ("grafana", "prometheus2", "ubuntu")] == [
        "focal",
        "jammy",
        "jammy",
    ]


@played
async def test_refused_deployments() -> None:
    """What cannot be deployed is refused, and nothing is left of it."""
    j = await juju()
    j.deploy("grafana")

    assert (
        refused(lambda: j.deploy("grafana")).message == 'cannot add application "grafana": application already exists'
    )
    assert refused(lambda: j.deploy("grafana", name="Gra_fana")).message == 'invalid application name "Gra_fana"'
    assert refused(lambda: j.deploy("grafana", name="g2", config={"keys": "x"})).message == 'unknown option "keys"'
    message = 'option "port" expected int, got "many"'
    assert refused(lambda: j.deploy("grafana", name="g2", config={"port": "many"})).message == message
    message = 'cannot deploy "g2" to machine 7: machine 7 not found'
    assert refused(lambda: j.deploy("grafana", name="g2", placement=("7",))).message == message
    assert list(j.model.applications) == ["grafana"]
    assert list(j.model.machines) == ["0"]


@played
async def test_subordinates() -> None:
    """Charms that live beside others are not simulated, and not taken for ones with machines of their own."""
    j = await juju()
    metadata = "name: beside\nsummary: s\ndescription: d\nsubordinate: true\n"
    url = j.controller.add_charm(j.model, zipped(metadata_yaml=metadata, dispatch=""), series="jammy").url

    error = refused(lambda: j.controller.deploy(j.model, name="beside", charm=url, series="jammy"))

    assert error.message == 'charm "beside" is subordinate: not simulated'


@pytest.mark.parametrize(
    ("placement", "place"),
    [
        ("", Place()),
        ("0", Place(machine="0")),
        ("#:0", Place(machine="0")),
        ("lxd:0", Place(machine="0", container=True)),
        ("lxd", Place(container=True)),
        ("server3", Place(host="server3")),
        ("server-3.maas", Place(host="server-3.maas")),
        ("lxd:server3", 'invalid value "server3" for "lxd" scope: expected machine-id'),
        ("kvm:0", "placement kvm:0: not simulated"),
        ("zone=default", "placement zone=default: not simulated"),
        ("foo=bar", "unknown placement directive: foo=bar"),
        ("%", "unknown placement directive: %"),
    ],
)
def test_placements(placement: str, place: Place | str) -> None:
    """What `--to` takes means what Juju takes it for, or is refused."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("ubuntu", name="first", series="jammy")
        try:
            found: Place | str = parse(j.model, "grafana", placement)
        except ApiError as error:
            found = error.message
        assert place == found

    scene()


@played
async def test_options_are_read_as_their_types_say() -> None:
    """Options come as text or as values; one that is reset has its default again."""
    j = await juju()
    application = j.deploy("grafana", config={"port": "3001"})

    assert application.config == {"port": 3001}

    j.controller.set_config(j.model, "grafana", {"port": None, "install_sources": "deb x"})

    assert application.config == {"install_sources": "deb x"}
    assert refused(lambda: j.controller.set_config(j.model, "gone", {})).code == "not found"


@played
async def test_an_ambiguous_relation() -> None:
    """Five pairs of endpoints fit Grafana and Prometheus, and Juju names them."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")

    assert refused(lambda: j.controller.add_relation(j.model, "grafana", "prometheus2")).message == (
        'ambiguous relation: "grafana prometheus2" could refer to '
        '"grafana:grafana-source prometheus2:grafana-source"; '
        '"prometheus2:alertmanager-service grafana:website"; '
        '"prometheus2:blackbox-exporter grafana:website"; '
        '"prometheus2:snmp-exporter grafana:website"; '
        '"prometheus2:target grafana:website"'
    )


@pytest.mark.parametrize(
    ("first", "second", "message", "code"),
    [
        ("prometheus2:grafana–source", "grafana", 'endpoint "prometheus2:grafana–source" not valid', "not valid"),  # noqa: RUF001 - the handout's
        ("prometheus", "grafana", 'application "prometheus" not found', "not found"),
        ("prometheus2:db", "grafana", 'application "prometheus2" has no "db" relation', "not found"),
        ("ubuntu", "grafana", "no relations found", ""),
        ("prometheus2:target", "grafana:grafana-source", "no relations found", ""),
        (
            "grafana:grafana-source",
            "prometheus2",
            'cannot add relation "grafana:grafana-source prometheus2:grafana-source": relation already exists',
            "already exists",
        ),
    ],
)
def test_refused_relations(first: str, second: str, message: str, code: str) -> None:
    """What cannot be related is refused in Juju's words."""

    @played
    async def scene() -> None:
        j = await juju()
        for charm in ("grafana", "prometheus2"):
            j.deploy(charm)
        j.deploy("ubuntu", series="jammy")
        j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
        error = refused(lambda: j.controller.add_relation(j.model, first, second))
        assert (error.message, error.code) == (message, code)

    scene()


@played
async def test_a_relation_names_the_requirer_first() -> None:
    """Endpoints may be given in either order, with or without names; the key is the same."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")

    pair = j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana")

    assert {name: str(each) for name, each in pair.items()} == {
        "grafana": "grafana:grafana-source",
        "prometheus2": "prometheus2:grafana-source",
    }
    assert [each.key for each in j.model.relations.values()] == ["grafana:grafana-source prometheus2:grafana-source"]


@pytest.mark.parametrize(
    ("requires", "key"),
    [
        ("{host: juju-info, web: http}", "watch:web grafana:website"),
        ("{host: {interface: juju-info, scope: container}}", "watch:host grafana:juju-info"),
    ],
)
def test_what_every_application_provides(requires: str, key: str) -> None:
    """`juju-info` is related when nothing else fits."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("grafana")
        metadata = f"name: watch\nsummary: s\ndescription: d\nrequires: {requires}\n"
        charm = j.controller.add_charm(j.model, zipped(metadata_yaml=metadata, dispatch=""), series="jammy")
        j.controller.deploy(j.model, name="watch", charm=charm.url, series="jammy")
        j.controller.add_relation(j.model, "grafana", "watch")
        assert [each.key for each in j.model.relations.values()] == [key]

    scene()


@played
async def test_actions_are_queued_and_run() -> None:
    """Operations and tasks share a counter; results carry a return code."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")

    first = j.controller.enqueue(j.model, "grafana/leader", "get-admin-password", {})
    second = j.controller.enqueue(j.model, "grafana/0", "get-login-info", {}, operation=first.operation)
    await j.until(lambda: second.status == "completed")

    assert (first.operation, first.id, first.receiver, second.operation, second.id) == ("1", "2", "grafana/0", "1", "3")
    assert first.results["return-code"] == 0
    assert second.results == {
        "url": "http://172.16.0.22:3000/",
        "username": "admin",
        "password": first.results["password"],
        "return-code": 0,
    }


@played
async def test_refused_actions() -> None:
    """A unit that there is not, an action that the charm does not have."""
    j = await juju()
    j.deploy("grafana")

    def asked(unit: str, action: str) -> tuple[str, str]:
        error = refused(lambda: j.controller.enqueue(j.model, unit, action, {}))
        return error.message, error.code

    assert asked("grafana/2", "get-admin-password") == ('"unit-grafana-2" not found', "not found")
    assert asked("grafana/0", "reboot") == ('action "reboot" not defined on unit "grafana/0"', "")
    assert asked("gone/leader", "x") == ('application "gone" not found', "not found")
    assert asked("grafana/leader", "x") == ('could not determine leader for "grafana"', "not found")


@played
async def test_removing_an_application() -> None:
    """Its relations are left, its units stop, and the machine that only it used is released."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
    await j.until(lambda: bool(j.model.units["grafana/0"].progress.relations))
    await j.settled("grafana/0", "prometheus2/0")

    j.controller.remove_application(j.model, "prometheus2")
    await j.until(lambda: list(j.model.machines) == ["0"])

    assert (list(j.model.applications), j.model.relations) == (["grafana"], {})
    assert j.cloud.stopped == ["server3"]
    assert j.machine("grafana/0").sources == {}


@played
async def test_exposing() -> None:
    """An application is exposed or not."""
    j = await juju()
    application = j.deploy("grafana")

    j.controller.expose(j.model, "grafana", exposed=True)

    assert application.exposed is True


@played
async def test_units_come_and_go() -> None:
    """A unit more has the next number and a machine; the leader's place is taken by another."""
    j = await juju()
    j.deploy("prometheus2")
    await j.settled("prometheus2/0")

    j.controller.add_units(j.model, "prometheus2", placement=("server5",))
    await j.settled("prometheus2/1")
    j.controller.remove_unit(j.model, "prometheus2/0")
    await j.until(lambda: j.cloud.stopped == ["server2"] and list(j.model.machines) == ["1"])

    assert [(unit.name, unit.leader) for unit in j.model.units.values()] == [("prometheus2/1", True)]
    assert j.machine("prometheus2/1").hostname == "server5"


@played
async def test_machines_with_units_are_not_removed() -> None:
    """Unless by force, which takes the units with it."""
    j = await juju()
    j.deploy("ubuntu", series="jammy")
    await j.settled("ubuntu/0")

    message = 'machine 0 has unit "ubuntu/0" assigned'
    assert refused(lambda: j.controller.remove_machine(j.model, "0")).message == message
    assert refused(lambda: j.controller.remove_machine(j.named("controller"), "0")).message == (
        "machine 0 is required by the model"
    )

    j.controller.remove_machine(j.model, "0", force=True)
    await j.until(lambda: not j.model.machines)

    assert j.model.applications["ubuntu"].units == {}
    assert j.cloud.stopped == ["server2"]
