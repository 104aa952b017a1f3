"""`juju add-cloud`, from a file or by asking, and `remove-cloud`."""

from __future__ import annotations

import re
from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.clouds import BUILT_IN
from simulators.juju.cli.reading import as_map
from simulators.juju.cli.refusals import Misused, Refused, not_simulated

TYPES = {
    "3.6": ("kubernetes", "lxd", "maas", "manual", "openstack", "vsphere"),
    "2.9": ("lxd", "maas", "manual", "openstack", "vsphere"),
}
"""What can be added by asking."""
ALSO = ("azure", "ec2", "equinix", "gce", "oci")
ADDED = """\
Cloud "{name}" successfully added to your local client.
You will need to add a credential for this cloud (`juju add-credential {name}`)
before you can use it to bootstrap a controller (`juju bootstrap {name}`) or
to create a model (`juju add-model <your model name> {name}`)."""
BOTH_PLACES = "This operation can be applied to both a copy on this client and to the one on a controller."
NO_CONTROLLER = (
    "No current controller was detected and there are no registered controllers on this client: "
    "either bootstrap one or register one."
)


async def only_here(call: Call, what: str) -> None:
    """Ask whether the client alone is meant, where `--client` does not say so and there is a controller.

    Raises Refused for the controller: clouds and credentials of a controller come with it.
    """
    if call.option("controller"):
        raise not_simulated(f"juju {call.name} --controller")
    if call.on("client") or call.on("local"):
        return
    call.info(BOTH_PLACES)
    controller = ClientFiles(call.around).current_controller()
    if not controller:
        call.info(NO_CONTROLLER)
        return
    call.info(
        f"Do you want to {what}:\n    1. client only (--client)\n"
        f'    2. controller "{controller}" only (--controller {controller})\n'
        f"    3. both (--client --controller {controller})"
    )
    answer = await call.around.ask("Enter your choice, or type Q|q to quit: ")
    if answer is None or answer.strip().lower() == "q":
        raise Refused("no choice was made: use --client")
    if answer.strip() != "1":
        raise not_simulated(f"juju {call.name} for a controller")


async def add_cloud(call: Call) -> None:
    """Add a cloud: `add-cloud NAME FILE`, `add-cloud -f FILE NAME`, or what is asked for."""
    call.at_most(2)
    name = call.words[0] if call.words else ""
    file = call.option("file") or (call.words[1] if len(call.words) > 1 else "")
    files = ClientFiles(call.around)
    if file:
        if not name:
            raise Misused("cloud name is required")
        if call.option("file") and len(call.words) > 1:
            raise Misused("cannot specify cloud file with option and argument")
        cloud = _from_file(call, file, name)
        await only_here(call, f'add cloud "{name}" to')
    else:
        await only_here(call, "add a cloud to")
        name, cloud = await _asked(call, name)
    _check(name, cloud, call)
    held = files.clouds()
    if (name in held or name in BUILT_IN) and not call.on("force") and not call.on("replace"):
        raise Refused(f'"{name}" already exists; use `update-cloud` to replace this existing cloud')
    files.put_clouds({**held, name: cloud})
    if cloud.get("type") == "manual":
        call.info(f'Cloud "{name}" successfully added to your local client.')
    else:
        call.info(ADDED.format(name=name))


def _from_file(call: Call, path: str, name: str) -> dict[str, Any]:
    import yaml

    from simulators.juju.cli.formats import read_yaml

    try:
        held = read_yaml(call.around.read(path))
    except FileNotFoundError:
        raise Refused(f"open {path}: no such file or directory") from None
    except IsADirectoryError:
        raise Refused(f"read {path}: is a directory") from None
    except yaml.YAMLError as error:
        raise Refused(f"{yaml_error(error)}") from None
    clouds = as_map((as_map(held) or {}).get("clouds"))
    if clouds is None or name not in clouds:
        raise Refused(f'cloud "{name}" not found in file "{path}"')
    found = as_map(clouds[name])
    if found is None:
        seen = "nothing" if clouds[name] is None else type(clouds[name]).__name__
        raise Refused(f"clouds.{name}: expected map, got {seen}")
    return found


def yaml_error(error: Exception) -> str:
    """Return what is wrong with YAML, in a line, as Go's reader says it."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"yaml: line {mark.line + 1}: {problem}" if mark else f"yaml: {problem}"


def _check(name: str, cloud: dict[str, Any], call: Call) -> None:
    """Raise Refused for what is not a cloud."""
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9.-]*", name):
        raise Refused(f'cloud name "{name}" not valid')
    kind = cloud.get("type")
    if not kind:
        raise Refused(f'cloud "{name}" has no type: every cloud definition must have one, as `type: maas`')
    if kind not in (*TYPES[call.edition], *ALSO):
        raise Refused(f'cloud type "{kind}" not supported')
    if kind == "maas" and not cloud.get("endpoint"):
        raise Refused(f'cloud "{name}" of type maas needs an endpoint, as `endpoint: http://172.16.0.3:5240/MAAS/`')


async def _asked(call: Call, name: str) -> tuple[str, dict[str, Any]]:
    """Ask for the type, the name and the endpoint of a cloud."""
    from simulators.juju.hands import CloudError

    types = TYPES[call.edition]
    call.info("Cloud Types\n" + "".join(f"  {each}\n" for each in types))
    while True:
        kind = _answered(await call.around.ask("Select cloud type: "))
        if kind in types:
            break
        call.info(f'Invalid cloud type: "{kind}"\n')
    if kind != "maas":
        raise not_simulated(f"a cloud of type {kind}")
    while not name:
        call.info("")
        name = _answered(await call.around.ask("Enter a name for your maas cloud: "))
    while True:
        call.info("")
        endpoint = _answered(await call.around.ask("Enter the API endpoint url: "))
        if not re.match(r"https?://[^/]+", endpoint):
            call.info(f'Can\'t validate endpoint: parse "{endpoint}": invalid URI for request')
            continue
        try:
            # Juju asks whether a MAAS is there, which takes no key
            await call.around.cloud(endpoint, "").check()
            break
        except CloudError as error:
            call.info(f"Can't validate endpoint: {error}")
    call.info("")
    return name, {"type": "maas", "auth-types": ["oauth1"], "endpoint": endpoint}


def _answered(line: str | None) -> str:
    if line is None:
        raise Refused("EOF")
    return line.strip()


async def remove_cloud(call: Call) -> None:
    """Forget a cloud of the client; controllers on it live on. One that is not there is no error (Juju 3.6, 2.9)."""
    if not call.words:
        raise Misused("Usage: juju remove-cloud <cloud name>")
    call.at_most(1)
    name = call.words[0]
    files = ClientFiles(call.around)
    held = files.clouds()
    if name in BUILT_IN or name not in held:
        kind = (
            f'Cannot remove built-in cloud "{name}" from' if name in BUILT_IN else f'No cloud called "{name}" exists on'
        )
        call.info(f"{kind}{' this' if name not in BUILT_IN else ''} client")
        return
    files.put_clouds({key: each for key, each in held.items() if key != name})
    call.info(f'Removed details of cloud "{name}" from this client')
