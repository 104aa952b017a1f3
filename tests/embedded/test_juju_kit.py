"""A kit of the lab's second half in this process: built, seen by several witnesses, disturbed, set back."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import requests

from harness.access import Access
from harness.errors import KitError
from simulators.acts import Writes
from simulators.embedded import maas
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.process import ROOT, Played
from simulators.embedded.shell import reboot
from simulators.mistakes import MISTAKES, VARIATIONS
from simulators.plan import JUJU_STAGES, STAGES, Juju, Plan
from tests.embedded.conftest import connect
from tests.embedded.juju_kits import (
    BUILT,
    CONTROLLER,
    MODEL,
    client_of,
    from_outside,
    machine_of,
    password_of,
    status_of,
    typed,
    unit,
)

UP = "/api/v1/query?query=up%7Bjob%3D%22prometheus%22%7D"

LOADED = """
import sys
from simulators.embedded.kit import start
from simulators.plan import Plan
of_juju = ("websockets", "simulators.juju.", "simulators.grafana", "simulators.charms", "simulators.embedded.juju")
with start(Plan()):
    print(*(name for name in sys.modules if name.startswith(of_juju)))
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[EmbeddedKit]:
    """Play a kit at checkpoint 4, which nobody changes."""
    with start(BUILT) as kit:
        yield kit


@pytest.fixture(scope="module")
def played() -> Iterator[EmbeddedKit]:
    """Play a kit at checkpoint 4 for those who disturb it."""
    with start(BUILT) as kit:
        yield kit


@pytest.fixture
def built(played: EmbeddedKit) -> EmbeddedKit:
    """Return a kit at checkpoint 4 as it was built."""
    played.reset(BUILT)
    return played


# What is built


def test_status_over_ssh_shows_what_was_deployed(shared: EmbeddedKit) -> None:
    """The command as the harness types it, from outside, tells of two active applications, related, on two machines."""

    async def go() -> str:
        async with connect(shared) as main:
            done = await main.run(f"PATH=$PATH:/snap/bin juju status --format=json -m {MODEL}", input="")
            return str(done.stdout)

    status = json.loads(asyncio.run(go()))

    applications = status["applications"]
    assert {name: each["application-status"]["current"] for name, each in applications.items()} == {
        "grafana": "active",
        "prometheus2": "active",
    }
    [relation] = applications["grafana"]["relations"]["grafana-source"]
    assert relation["related-application"] == "prometheus2"
    assert {"server2", "server3"} == {each["display-name"] for each in status["machines"].values()}


def test_machines_are_those_that_maas_deployed(shared: EmbeddedKit) -> None:
    """Instance ids are MAAS' system ids, each machine has its base, and carries the model's owner data."""
    status = status_of(shared)
    for each in status["machines"].values():
        machine = shared.region.machine(each["display-name"])
        assert machine is not None
        assert machine.system_id == each["instance-id"]
        assert machine.owner_data["juju-model-uuid"] == client_of(shared).model
    grafana = machine_of(shared, "grafana")
    assert "20.04" in typed(shared, "lsb_release -ds", on=grafana).out
    assert shared.do(lambda: shared.machines[grafana].files.read("/var/lib/cloud/instance/user-data.txt")).startswith(
        b"#cloud-config"
    )


def test_grafana_answers_from_outside(shared: EmbeddedKit) -> None:
    """Through a forwarded port, with the password that the action tells, a query through Grafana is live."""
    password = password_of(shared)
    address = unit(shared, "grafana")["public-address"]

    async def use(port: int) -> Any:
        def ask() -> Any:
            login = ("admin", password)
            source = requests.get(f"http://127.0.0.1:{port}/api/datasources", auth=login, timeout=10).json()[0]
            proxied = f"http://127.0.0.1:{port}/api/datasources/proxy/uid/{source['uid']}{UP}"
            return source, requests.get(proxied, auth=login, timeout=10).json()

        return await asyncio.to_thread(ask)

    source, answer = from_outside(shared, f"{address}:3000", use)

    assert source["url"] == f"http://{unit(shared, 'prometheus2')['public-address']}:9090"
    [series] = answer["data"]["result"]
    assert series["value"][1] == "1"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library's own making
def test_python_libjuju_from_outside(built: EmbeddedKit) -> None:
    """The real client, over TLS through a forwarded port, sees the same, runs an action and deploys."""
    pytest.importorskip("juju")
    from juju import model as libjuju

    client = client_of(built)

    async def use(port: int) -> tuple[list[str], dict[str, Any], str]:
        model = cast("Any", libjuju).Model()
        where = {"endpoint": f"127.0.0.1:{port}", "uuid": client.model, "cacert": client.ca_cert}
        await model.connect(**where, username="admin", password=client.password, retries=0)
        try:
            action = await model.applications["grafana"].units[0].run_action("get-admin-password")
            results = (await action.wait()).results
            status = await model.get_status()
            return sorted(model.applications), results, status.applications["grafana"].status.status
        finally:
            await model.disconnect()

    names, results, status = from_outside(built, client.endpoint, use)

    assert names == ["grafana", "prometheus2"]
    assert len(results["password"]) == 16
    assert status == "active"


def test_the_first_checkpoint_of_the_half_has_a_controller_and_nothing_else() -> None:
    """At juju-controller there is a model, and nothing in it."""
    with start(replace(Plan(), stage="juju-controller")) as kit:
        assert set(kit.machines) == {CONTROLLER}
        assert status_of(kit)["applications"] == {}


# The command's surroundings


def test_a_program_of_the_groups_own_wins_over_the_snaps(built: EmbeddedKit) -> None:
    """A script in /usr/local/bin is found first, also with /snap/bin at the path's end; the snap's stays reachable."""
    built.reset(
        replace(BUILT, then=(Writes("/usr/local/bin/juju", "#!/bin/sh\ncat <<'E'\n{}\nE\n", 0o755, root=True),))
    )

    assert typed(built, "PATH=$PATH:/snap/bin juju status --format=json").out == "{}\n"
    assert typed(built, f"/snap/bin/juju status -m {MODEL} --format=json").json["applications"]


def test_a_client_that_knows_another_authority_is_refused(built: EmbeddedKit) -> None:
    """When the certificate in controllers.yaml is not the controller's, no login is tried."""
    from simulators.juju.certificates import new_authority

    path = "/home/cloud/.local/share/juju/controllers.yaml"
    text = built.do(lambda: built.main.files.read(path)).decode()
    ours = client_of(built).ca_cert.strip().splitlines()
    other = new_authority()[0].strip().splitlines()
    for one, another in zip(ours, other, strict=False):
        text = text.replace(one, another)
    built.do(lambda: built.main.files.write(path, text))

    done = typed(built, "juju status")

    assert done.status == 1
    assert "x509: certificate signed by unknown authority" in done.err


def test_a_wrong_key_to_maas_is_refused_at_bootstrap() -> None:
    """The credential of the client's file is what MAAS is asked with."""
    with start(replace(Plan(), stage=None)) as kit:
        typed(kit, "sudo snap install juju")
        maas_cloud = (
            "clouds:\n  m:\n    type: maas\n    auth-types: [oauth1]\n    endpoint: http://172.16.0.3:5240/MAAS\n"
        )
        key = "credentials:\n  m:\n    me:\n      auth-type: oauth1\n      maas-oauth: a:b:c\n"
        kit.do(lambda: kit.main.files.write("/home/cloud/c.yaml", maas_cloud))
        kit.do(lambda: kit.main.files.write("/home/cloud/k.yaml", key))

        assert typed(kit, "juju add-cloud --client m -f c.yaml").status == 0
        assert typed(kit, "juju add-credential --client m -f k.yaml").status == 0
        done = typed(kit, "juju bootstrap m one")

        assert done.status == 1
        assert "Authorization Error" in done.err
        assert kit.machines == {}


def test_a_dialogue_reads_what_was_piped_in() -> None:
    """Without a terminal, answers come from the standard input, a line each."""
    with start(replace(Plan(), stage=None)) as kit:
        typed(kit, "sudo snap install juju")
        done = typed(kit, "juju add-cloud --client", stdin=b"maas\nmine\nhttp://172.16.0.3:5240/MAAS\n")

        assert done.status == 0, done.err
        assert "mine" in typed(kit, "juju clouds --client --format=json").json


# What happens to it


def test_prometheus_that_was_stopped(built: EmbeddedKit) -> None:
    """Nothing answers any more, and Juju still says active; started again, it scrapes again."""
    host = machine_of(built, "prometheus2")
    address = unit(built, "prometheus2")["public-address"]

    assert typed(built, "sudo systemctl stop prometheus", on=host).status == 0

    assert typed(built, f"curl -s http://{address}:9090{UP}").status == 7
    assert unit(built, "prometheus2")["workload-status"]["current"] == "active"

    assert typed(built, "sudo systemctl start prometheus", on=host).status == 0

    assert typed(built, f"curl -s http://{address}:9090{UP}").json["data"]["result"]


def test_services_are_back_after_a_reboot(built: EmbeddedKit) -> None:
    """Grafana keeps its data sources and its password over a reboot of its machine."""
    host = machine_of(built, "grafana")
    address = unit(built, "grafana")["public-address"]
    password = password_of(built)

    built.call(reboot(built.machines[host]))

    assert password_of(built) == password
    sources = typed(built, f"curl -s -u admin:{password} http://{address}:3000/api/datasources").out
    assert "Juju generated source" in sources


def test_a_controller_remembers_over_a_reboot(built: EmbeddedKit) -> None:
    """While its machine is off nobody answers; then it knows everything, and goes on working."""
    before = status_of(built)["applications"]
    built.do(lambda: built.machines[CONTROLLER].shut_down())

    done = typed(built, "juju status")
    assert done.status == 1
    assert "no route to host" in done.err

    built.call(built.machines[CONTROLLER].boot())

    after = status_of(built)["applications"]
    assert set(before) == set(after)
    assert before["grafana"]["relations"] == after["grafana"]["relations"]
    assert typed(built, f"juju run -m {MODEL} grafana/0 get-admin-password").status == 0


def test_a_controller_whose_service_was_stopped(built: EmbeddedKit) -> None:
    """Its port is closed, and systemctl brings it back."""
    assert typed(built, "juju ssh -m controller 0 sudo systemctl stop jujud-machine-0").status == 0
    assert "connection refused" in typed(built, "juju status").err
    assert typed(built, "sudo systemctl start jujud-machine-0", on=CONTROLLER).status == 0
    assert typed(built, "juju status").status == 0


def test_a_machine_that_is_switched_off(built: EmbeddedKit) -> None:
    """Its unit's agent is lost, and found again when MAAS switches it on."""
    host = machine_of(built, "grafana")
    system_id = maas.machine(built.region, host).system_id
    _in_maas(built, system_id, "power_off")

    assert unit(built, "grafana")["juju-status"]["current"] == "lost"
    assert unit(built, "prometheus2")["juju-status"]["current"] == "idle"

    _in_maas(built, system_id, "power_on")
    built.call(built.rack.driver.booted())

    assert unit(built, "grafana")["juju-status"]["current"] == "idle"


def test_a_machine_that_was_released_behind_jujus_back(built: EmbeddedKit) -> None:
    """The agent is lost, and stays lost when MAAS deploys the machine for somebody else."""
    host = machine_of(built, "prometheus2")
    _in_maas(built, maas.machine(built.region, host).system_id, "release")

    assert unit(built, "prometheus2")["juju-status"]["current"] == "lost"


def test_applications_that_are_removed_give_their_machines_back(built: EmbeddedKit) -> None:
    """When the last unit is gone, Juju releases the machine."""
    host = machine_of(built, "grafana")

    assert typed(built, f"juju remove-application -m {MODEL} --no-prompt grafana").status == 0

    for _ in range(50):
        if "grafana" not in status_of(built)["applications"] and host not in built.machines:
            break
    assert host not in built.machines


# The kit's life


def test_the_halves_change_places(built: EmbeddedKit) -> None:
    """A kit can be set back to the other half and to this one again; nothing of the other half is left."""
    built.reset(Plan())

    assert set(built.machines) == {"server1", "server2", "server3", "server4"}
    assert typed(built, "juju status").status == 127
    assert 17070 not in built.machines["server1"].listeners

    built.reset(BUILT)

    assert unit(built, "grafana")["workload-status"]["current"] == "active"


def test_nothing_is_left_of_a_kit_that_is_over() -> None:
    """No task of a controller outlives its kit."""
    with start(replace(Plan(), stage=None)) as other:
        before = other.call(_tasks())
        with start(BUILT):
            assert len(other.call(_tasks())) > len(before)

        assert other.call(_tasks()) == before


def test_several_kits_do_not_mix() -> None:
    """Two kits of the second half in one process have controllers of their own."""
    with start(replace(Plan(), stage="juju-controller")) as one, start(replace(Plan(), stage="juju-controller")) as two:
        assert client_of(one) != client_of(two)
        assert typed(one, "juju add-model mine").status == 0
        assert "mine" in typed(one, "juju models").out
        assert "mine" not in typed(two, "juju models").out


def test_a_step_that_fails_is_named(built: EmbeddedKit) -> None:
    """A plan that cannot be built says at which command, and the kit is over."""
    with start(replace(Plan(), stage=None)) as kit, pytest.raises(KitError, match=r"juju bootstrap .*status 1"):
        kit.reset(replace(BUILT, juju=replace(Juju(), controller_host="server9")))


OF_THIS_HALF = [each for each in (*MISTAKES, *VARIATIONS) if each.checkpoint not in STAGES]


@pytest.mark.parametrize("entry", OF_THIS_HALF, ids=lambda entry: entry.id)
def test_everything_of_the_catalogue_can_be_built(entry: Any, played: EmbeddedKit) -> None:
    """Each mistake and each variation is a kit, and no hook asked for anything that nobody plays."""
    played.reset(entry.plan)

    refused = {host.name: host.refused for host in (played.main, *played.machines.values()) if host.refused}
    assert refused == {}


def test_the_harness_reaches_the_model(shared: EmbeddedKit) -> None:
    """kit.yaml leads to a main that has the command, for whoever knows nothing of this package."""
    from harness.evidence import EvidenceLog
    from harness.kitfile import load

    with Access.of(load(shared.kit_yaml), log=EvidenceLog()) as access:
        done = access.run(f"PATH=$PATH:/snap/bin juju status --format=json -m {MODEL}")

    assert json.loads(done.stdout)["model"]["name"] == Juju().model
    assert shared.stage == JUJU_STAGES[-1]


def test_a_process_of_its_own_plays_this_half() -> None:
    """`python -m simulators.embedded --at juju-controller` shows the way to such a kit."""
    with Played(at="juju-controller") as process:
        said = process.ready().kit_yaml.read_text()

    assert "stage: juju-controller" in said
    assert "controller: maas-controller" in said


def test_the_first_half_loads_nothing_of_the_second() -> None:
    """Whoever plays checkpoint 3 does not wait for Juju's modules."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == []


def _in_maas(kit: EmbeddedKit, system_id: str, op: str) -> None:
    kit.do(lambda: maas.ask(kit.region, "POST", f"machines/{system_id}/", op))


async def _tasks() -> set[str]:
    """Return what goes on on the loop of all kits, apart from this question."""
    for _ in range(20):
        await asyncio.sleep(0)
    return {repr(each.get_coro()) for each in asyncio.all_tasks() if each is not asyncio.current_task()}
