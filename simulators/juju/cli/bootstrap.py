"""`juju bootstrap`: a machine is allocated and deployed in MAAS, a controller installed on it, and the client told."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from simulators.juju.cli import constraints
from simulators.juju.cli.bootstrap_machine import controller_machine, give_back
from simulators.juju.cli.bootstrapped import PORT, client_key, new_key, remember, remember_its_models
from simulators.juju.cli.call import Call, pairs
from simulators.juju.cli.client_files import ClientFiles, names_of
from simulators.juju.cli.clouds import known, regions
from simulators.juju.cli.reading import as_map
from simulators.juju.cli.refusals import Misused, Refused, not_simulated
from simulators.juju.state import BASES, series_of_base

if TYPE_CHECKING:
    from simulators.juju.connection import Connection
    from simulators.juju.hands import Bootstrap, Cloud

DEFAULT_SERIES = {"3.6": "noble", "2.9": "jammy"}
SERIES = {"3.6": ("focal", "jammy", "noble"), "2.9": ("bionic", "focal", "jammy")}
"""On which a controller can run."""
NEXT = """
Now you can run
	juju add-model <model-name>
to create a new model to deploy workloads."""


async def bootstrap(call: Call) -> None:
    """Make a controller: `bootstrap CLOUD[/REGION] [NAME]`."""
    call.at_most(2)
    files = ClientFiles(call.around)
    cloud_name, region, name = await _named(call, files)
    cloud = known(files).get(cloud_name)
    if cloud is None:
        raise Refused(f'unknown cloud "{cloud_name}", please try "juju update-public-clouds"')
    if region and region not in regions(cloud):
        raise Refused(f'region "{region}" for cloud "{cloud_name}" not valid')
    region = region or str(files.credentials().get(cloud_name, {}).get("default-region") or regions(cloud)[0])
    name = name or f"{cloud_name}-{region}"
    if name in files.controllers():
        raise Refused(f'controller "{name}" already exists')
    if cloud.get("type") != "maas":
        raise not_simulated(f"bootstrap on a cloud of type {cloud.get('type')}")
    credential, oauth = _credential(call, files, cloud_name)
    series = _series(call)
    asked = constraints.parse(call.given.all("constraints") + call.given.all("bootstrap-constraints"))
    wanted = {"arch": "amd64", "mem": "3584M", **asked}
    config = _config(call)

    world = call.around.cloud(str(cloud["endpoint"]), oauth)
    controller_uuid, model_uuid = str(uuid.uuid4()), str(uuid.uuid4())
    call.info(f'Creating Juju controller "{name}" on {cloud_name}/{region}')
    await _answers(world)
    private, public = client_key(files)
    agent_key, agent_public_key = new_key("juju-system-key")
    call.info(f"Looking for packaged Juju agent version {call.version} for amd64")
    call.info(f"Launching controller instance(s) on {cloud_name}/{region}...")
    owner = {
        "juju-controller-uuid": controller_uuid,
        "juju-is-controller": "true",
        "juju-machine-id": "controller-machine-0",
        "juju-model-uuid": model_uuid,
    }
    machine = await controller_machine(call, world, model_uuid, wanted, series, owner, (agent_public_key, public))

    from simulators.juju.certificates import new_authority
    from simulators.juju.hands import Bootstrap

    ca_cert, ca_key = new_authority()
    decided = Bootstrap(
        controller=name,
        controller_uuid=controller_uuid,
        model_uuid=model_uuid,
        version=call.option("agent-version", call.version),
        password=secrets.token_hex(16),
        cloud=cloud_name,
        endpoint=str(cloud["endpoint"]),
        credential=credential,
        maas_oauth=oauth,
        series=series,
        machine=machine,
        ca_cert=ca_cert,
        ca_key=ca_key,
        region=region,
        agent_key=agent_key,
        agent_public_key=agent_public_key,
        client_public_key=public,
        model_config=config,
    )
    call.info("Installing Juju agent on bootstrap instance")
    try:
        connection = await _start(call, decided)
    except Refused:
        await give_back(call, world, machine)
        raise
    try:
        remember(call, files, decided, connection, private)
        await remember_its_models(call, files, decided, connection)
    finally:
        await connection.close()
    if not call.old:
        call.info("")
    call.info(f'Bootstrap complete, controller "{name}" is now available')
    call.info('Controller machines are in the "controller" model')
    if call.old:
        call.info(f'Initial model "{call.option("default-model", "default")}" added')
    elif not call.option("add-model"):
        call.info(NEXT)
    else:
        call.info(f'Workload model "{call.option("add-model")}" added')


async def _named(call: Call, files: ClientFiles) -> tuple[str, str, str]:
    """Return the cloud, the region and the name of the controller, as typed or asked for."""
    if call.words:
        cloud, _, region = call.words[0].partition("/")
        return cloud, region, call.words[1] if len(call.words) > 1 else ""
    names = sorted(files.clouds())
    if not names:
        raise Misused("no cloud specified, and none was added")
    call.info("Clouds\n" + "".join(f"{each}\n" for each in names))
    chosen = (await call.around.ask(f"Select a cloud [{names[0]}]: ") or "").strip() or names[0]
    given = (await call.around.ask(f"\nEnter a name for the Controller [{chosen}]: ") or "").strip()
    return chosen, "", given or chosen


def _credential(call: Call, files: ClientFiles, cloud: str) -> tuple[str, str]:
    """Return the name of the credential to use, and MAAS' API key in it."""
    held = files.credentials().get(cloud, {})
    names = names_of(held)
    wanted = call.option("credential") or str(held.get("default-credential") or "")
    if not names:
        if wanted:
            raise Refused(f'credential "{wanted}" not found')
        raise Refused(
            f'detecting credentials for "{cloud}" cloud provider: credentials not found\n'
            f"See `juju add-credential {cloud} --help` for instructions"
        )
    if not wanted and len(names) > 1:
        raise Refused("more than one credential is available\nspecify a credential using the --credential argument")
    name = wanted or names[0]
    if name not in names:
        raise Refused(f'credential "{name}" not found')
    return name, str(held[name].get("maas-oauth", ""))


def _series(call: Call) -> str:
    """Return the series of the controller's machine."""
    base, series = call.option("bootstrap-base"), call.option("bootstrap-series")
    if base and series:
        raise Misused("cannot specify both bootstrap-series and bootstrap-base")
    if base:
        series = series_of_base(base) or base
    series = series or DEFAULT_SERIES[call.edition]
    if series not in SERIES[call.edition] and not (call.on("force") and series in BASES):
        if call.old:
            raise Refused(f"{series} not supported: use one of {', '.join(SERIES['2.9'])}")
        raise Refused(f'base "{base or series}" not supported: use one of {", ".join(SERIES["3.6"])}')
    return series


def _config(call: Call) -> dict[str, str]:
    from simulators.juju.cli.formats import read_yaml

    found: dict[str, str] = {}
    for each in (*call.given.all("config"), *call.given.all("model-default")):
        if "=" in each:
            found |= pairs((each,))
            continue
        try:
            found |= {str(key): str(value) for key, value in (as_map(read_yaml(call.around.read(each))) or {}).items()}
        except FileNotFoundError:
            raise Refused(f"open {each}: no such file or directory") from None
    return found


async def _answers(world: Cloud) -> None:
    from simulators.juju.hands import CloudError

    try:
        await world.check()
    except CloudError as error:
        raise Refused(str(error)) from None


async def _start(call: Call, decided: Bootstrap) -> Connection:
    """Start the controller on its machine, and return a login to it."""
    from simulators.juju.errors import ApiError, ControllerUnreachableError
    from simulators.juju.hands import CloudError

    address = decided.machine.addresses[0] if decided.machine.addresses else ""
    if not address:
        raise Refused(f'failed to bootstrap model: instance "{decided.machine.system_id}" has no address')
    said: set[str] = set()

    def say(line: object) -> None:
        if str(line) not in said:
            said.add(str(line))
            call.info(str(line))

    if call.old:
        say("Fetching Juju Dashboard 0.8.1")
    say("Waiting for address")
    say(f"Attempting to connect to {address}:22")
    try:
        await call.around.start_controller(decided, say=say)
    except CloudError as error:
        raise Refused(f"failed to bootstrap model: {error}") from None
    say(f"Connected to {address}")
    say("Running machine configuration script...")
    say("Bootstrap agent now started")
    say(f"Contacting Juju controller at {address} to verify accessibility...")
    try:
        return await call.around.connect(
            (f"{address}:{PORT}",), ca_cert=decided.ca_cert, user="admin", password=decided.password, timeout=60.0
        )
    except (ControllerUnreachableError, ApiError) as error:
        raise Refused(f"unable to contact api server after 1 attempts: {error}") from None
