"""`juju bootstrap`: what it asks MAAS for, what it prints, which files it writes, and how it fails."""

from __future__ import annotations

import json

import pytest
import yaml

from simulators.juju.cli.bootstrap_machine import hardware
from simulators.juju.cli.bootstrapped import new_key
from tests.juju.worlds import played
from tests.juju_cli.mains import CLOUDS, CREDENTIALS, DATA, ENDPOINT, Main, controller_of, main

LINE = "bootstrap --bootstrap-series=jammy --constraints tags=juju maas-one maas-controller"


async def introduced(here: Main) -> None:
    """Let the client know the cloud and a credential."""
    here.write("c.yaml", CLOUDS)
    here.write("k.yaml", CREDENTIALS)
    await here.done("add-cloud --client -f c.yaml maas-one")
    await here.done("add-credential --client -f k.yaml maas-one")


@played
async def test_what_is_asked_of_maas() -> None:
    """Juju 3.6 wants 3.5 GB and amd64 besides what was typed, and marks the machine as the controller's."""
    async with main() as here:
        await introduced(here)
        await here.done(LINE)
        machine, begins = here.maas.machines["server1"], controller_of(here).bootstrap

    assert machine.asked["constraints"] == {"arch": "amd64", "mem": "3584M", "tags": "juju"}
    assert (machine.asked["host"], machine.asked["series"]) == (None, "jammy")
    assert machine.agent_name == begins.model_uuid
    assert machine.asked["owner_data"] == {
        "juju-controller-uuid": begins.controller_uuid,
        "juju-is-controller": "true",
        "juju-machine-id": "controller-machine-0",
        "juju-model-uuid": begins.model_uuid,
    }
    assert machine.asked["user_data"].splitlines()[1:] == [
        "ssh_authorized_keys:",
        f"  - {begins.agent_public_key.strip()}",
        f"  - {begins.client_public_key.strip()}",
    ]
    assert (begins.version, begins.cloud, begins.credential, begins.maas_oauth, begins.endpoint) == (
        "3.6.8",
        "maas-one",
        "anyuser",
        "a:b:c",
        ENDPOINT,
    )


@played
async def test_what_is_said_in_3_6() -> None:
    """The lines are Juju's, on standard error."""
    async with main() as here:
        await introduced(here)
        ended = await here.done(LINE)

    assert ended.out == ""
    assert ended.err.splitlines() == [
        'Creating Juju controller "maas-controller" on maas-one/default',
        "Looking for packaged Juju agent version 3.6.8 for amd64",
        "Launching controller instance(s) on maas-one/default...",
        " - id1 (arch=amd64 mem=16G cores=4)",
        "Installing Juju agent on bootstrap instance",
        "Waiting for address",
        "Attempting to connect to 172.16.0.21:22",
        "Connected to 172.16.0.21",
        "Running machine configuration script...",
        "Bootstrap agent now started",
        "Contacting Juju controller at 172.16.0.21 to verify accessibility...",
        "",
        'Bootstrap complete, controller "maas-controller" is now available',
        'Controller machines are in the "controller" model',
        "",
        "Now you can run",
        "\tjuju add-model <model-name>",
        "to create a new model to deploy workloads.",
    ]


@played
async def test_2_9_has_a_default_model() -> None:
    """Edition A: on a named host, with the model `default` at once."""
    async with main("2.9") as here:
        await introduced(here)
        ended = await here.done("bootstrap --bootstrap-series=jammy maas-one main --to server1")
        models = yaml.safe_load(here.files[f"{DATA}/models.yaml"])["controllers"]["main"]

    assert ended.err.endswith('Initial model "default" added\n')
    assert here.maas.machines["server1"].asked["host"] == "server1"
    assert controller_of(here).bootstrap.version == "2.9.51"
    assert models["current-model"] == "admin/default"
    assert models["models"]["admin/controller"]["branch"] == "master"


@played
async def test_the_files() -> None:
    """They have the shapes that Juju gives them: python-libjuju reads them."""
    async with main() as here:
        await introduced(here)
        await here.done(LINE)
        begins = controller_of(here).bootstrap
        files = {
            name: yaml.safe_load(here.files[f"{DATA}/{name}.yaml"])
            for name in ("controllers", "accounts", "models", "bootstrap-config")
        }

    controller = files["controllers"]["controllers"]["maas-controller"]
    assert files["controllers"]["current-controller"] == "maas-controller"
    assert controller.pop("ca-cert") == begins.ca_cert
    assert controller == {
        "uuid": begins.controller_uuid,
        "api-endpoints": ["172.16.0.21:17070"],
        "cloud": "maas-one",
        "region": "default",
        "type": "maas",
        "agent-version": "3.6.8",
        "controller-machine-count": 1,
        "active-controller-machine-count": 1,
        "machine-count": 1,
    }
    assert files["accounts"]["controllers"]["maas-controller"] == {
        "user": "admin",
        "password": begins.password,
        "last-known-access": "superuser",
    }
    assert files["models"]["controllers"]["maas-controller"] == {
        "models": {"admin/controller": {"uuid": begins.model_uuid, "type": "iaas", "branch": ""}}
    }
    kept = files["bootstrap-config"]["controllers"]["maas-controller"]
    assert (kept["controller-model-uuid"], kept["credential"], kept["cloud"], kept["endpoint"]) == (
        begins.model_uuid,
        "anyuser",
        "maas-one",
        ENDPOINT,
    )
    assert here.files[f"{DATA}/cookies/maas-controller.json"] == b"[]"
    assert here.files[f"{DATA}/ssh/juju_id_rsa.pub"].startswith(b"ssh-ed25519 ")
    assert "    api-endpoints: ['172.16.0.21:17070']\n" in here.files[f"{DATA}/controllers.yaml"].decode()
    assert "    ca-cert: |\n      -----BEGIN" in here.files[f"{DATA}/controllers.yaml"].decode()
    assert {here.modes[path] for path in here.files if path.startswith(DATA)} == {0o600}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bootstrap nowhere main", 'unknown cloud "nowhere", please try "juju update-public-clouds"'),
        ("bootstrap maas-one/mars main", 'region "mars" for cloud "maas-one" not valid'),
        ("bootstrap maas-one main --credential other", 'credential "other" not found'),
        ("bootstrap maas-one main --constraints tag=juju", 'unknown constraint "tag"'),
        ("bootstrap maas-one main --constraints juju", 'malformed constraint "juju"'),
        (
            "bootstrap maas-one main --constraints mem=lots",
            'bad "mem" constraint: must be a non-negative float with optional M/G/T/P suffix',
        ),
        (
            "bootstrap maas-one main --bootstrap-series=xenial",
            'base "xenial" not supported: use one of focal, jammy, noble',
        ),
        (
            "bootstrap maas-one main --to server9",
            (
                "failed to bootstrap model: cannot start bootstrap instance: cannot run instance: "
                "No available machine matches constraints"
            ),
        ),
    ],
)
@played
async def test_what_is_refused(line: str, message: str) -> None:
    """Nothing is left behind: neither a machine nor a file."""
    async with main() as here:
        await introduced(here)
        ended = await here.types(*line.split())

    assert ended.status == 1
    assert ended.err.splitlines()[-1] == f"ERROR {message}"
    assert {each.status for each in here.maas.machines.values()} == {"Ready"}
    assert f"{DATA}/controllers.yaml" not in here.files


@played
async def test_the_endpoint_of_the_handout() -> None:
    """`192.168.0.3` kept from the handout is found out here, not before."""
    async with main() as here:
        here.write("c.yaml", CLOUDS.replace("172.16", "192.168"))
        here.write("k.yaml", CREDENTIALS)
        await here.done("add-cloud --client -f c.yaml maas-one")
        await here.done("add-credential --client -f k.yaml maas-one")
        ended = await here.types(*LINE.split())

    assert ended.status == 1
    assert ended.err.splitlines()[-1].startswith('ERROR Get "http://192.168.0.3:5240/MAAS/')


@played
async def test_without_a_credential() -> None:
    """Juju says how one is added."""
    async with main() as here:
        here.write("c.yaml", CLOUDS)
        await here.done("add-cloud --client -f c.yaml maas-one")
        ended = await here.types(*LINE.split())

    assert ended.err == (
        'ERROR detecting credentials for "maas-one" cloud provider: credentials not found\n'
        "See `juju add-credential maas-one --help` for instructions\n"
    )


@played
async def test_a_machine_that_fails_is_given_back() -> None:
    """The deployment's message is told, and MAAS has its machine again."""
    async with main() as here:
        await introduced(here)
        here.maas.failing["server1"] = "Loading ephemeral"
        before = here.clock
        ended = await here.types(*LINE.split())

    assert here.clock - before < 60
    assert ended.status == 1
    assert ended.err.splitlines()[-1].endswith('instance "id1" failed to deploy: Loading ephemeral')
    assert here.maas.stopped == ["server1"]


@played
async def test_a_machine_that_takes_too_long() -> None:
    """After twenty minutes Juju gives up."""
    async with main() as here:
        await introduced(here)
        here.maas.slow.add("server1")
        before = here.clock
        ended = await here.types(*LINE.split())

    assert ended.err.splitlines()[-1].endswith("failed to deploy: Deploying")
    assert here.clock - before == pytest.approx(1200, abs=2)
    assert here.maas.stopped == ["server1"]


@played
async def test_a_name_is_taken_once() -> None:
    """A second controller needs another name."""
    async with main(until="bootstrapped") as here:
        ended = await here.types(*LINE.split())
        listed = await here.done("controllers")
        as_json = json.loads((await here.done("controllers --format json")).out)

    assert ended.err == 'ERROR controller "maas-controller" already exists\n'
    assert listed.out.splitlines() == [
        "Controller        Model      User   Access     Cloud/Region      Models  Nodes    HA  Version  ",
        "maas-controller*  openstack  admin  superuser  maas-one/default       2      1  none  3.6.8    ",
    ]
    assert as_json["current-controller"] == "maas-controller"
    assert as_json["controllers"]["maas-controller"]["cloud"] == "maas-one"


def test_hardware_as_bootstrap_shows_it() -> None:
    """Sizes are in gigabytes."""
    assert hardware("arch=amd64 cores=2 mem=3584M tags=juju") == "arch=amd64 mem=3.5G cores=2"


def test_keys_are_ssh_keys() -> None:
    """The private key is OpenSSH's, the public one a line."""
    private, public = new_key("juju-client-key")

    assert private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert public.endswith(" juju-client-key\n")
