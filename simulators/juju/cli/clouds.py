"""`juju clouds` and `show-cloud`: what the client and the controller know of clouds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles, names_of
from simulators.juju.cli.formats import clean, table
from simulators.juju.cli.reading import mapping, objects, strings
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import first_result, to_controller

DESCRIPTIONS = {
    "maas": "Metal As A Service",
    "lxd": "LXD Container Hypervisor",
    "openstack": "Openstack Cloud",
    "manual": "",
    "kubernetes": "A Kubernetes Cluster",
}
"""By type, as Juju describes clouds that nobody described."""
BUILT_IN: Mapping[str, dict[str, Any]] = {
    "localhost": {"type": "lxd", "auth-types": ["certificate"], "regions": {"localhost": {}}}
}
"""What Juju knows without being told. Its list of public clouds is not simulated."""
HINT = "You can bootstrap a new controller using one of these clouds...\n"


def known(files: ClientFiles) -> dict[str, dict[str, Any]]:
    """Return every cloud of the client, built in ones included."""
    return {**BUILT_IN, **files.clouds()}


def regions(cloud: dict[str, Any]) -> list[str]:
    """Return a cloud's regions; one of type maas has `default` when nobody named any."""
    named = list(mapping(cloud, "regions"))
    return named or (["default"] if cloud.get("type") in ("maas", "manual") else [])


async def clouds(call: Call) -> None:
    """List clouds: those of the controller in use, and those of the client."""
    form = call.format("tabular")
    files = ClientFiles(call.around)
    only_client = call.on("client") or call.on("local")
    controller = call.option("controller") or ("" if only_client else files.current_controller())
    ours = {name: _described(files, name, each) for name, each in sorted(known(files).items())}
    theirs: dict[str, Any] = {}
    if controller and not only_client:
        async with to_controller(call, controller) as (connection, controller):
            answer = await connection.call("Cloud", "Clouds")
        for tag, each in sorted(mapping(answer, "clouds").items()):
            name = str(tag).removeprefix("cloud-")
            told: dict[str, Any] = {**each, "regions": {r["name"]: {} for r in objects(each, "regions")}}
            theirs[name] = {**_described(files, name, told), "defined": "public"}
    if form != "tabular":
        call.show({name: _plain(each) for name, each in {**theirs, **ours}.items()}, form)
        return
    if not call.on("all") and not (controller and not only_client):
        call.info("Only clouds with registered credentials are shown.\nThere are more clouds, use --all to see them.")
    text = ""
    if theirs:
        text += f"\nClouds available on the controller:\n{_table(theirs, with_source=False)}"
    if not controller or call.on("client"):
        call.info(HINT)
    if ours:
        text += f"{chr(10) if theirs else ''}Clouds available on the client:\n{_table(ours, with_source=True)}"
    call.print(text)


def _described(files: ClientFiles, name: str, cloud: dict[str, Any]) -> dict[str, Any]:
    held = files.credentials().get(name, {})
    return {
        "defined": "built-in" if name in BUILT_IN and name not in files.clouds() else "local",
        "type": cloud.get("type", ""),
        "description": cloud.get("description") or DESCRIPTIONS.get(str(cloud.get("type")), ""),
        "auth-types": list(strings(cloud, "auth-types")),
        "endpoint": cloud.get("endpoint", ""),
        "regions": {region: mapping(cloud, "regions").get(region) or {} for region in regions(cloud)},
        "default-region": held.get("default-region", ""),
        "credential-count": len(names_of(held)),
    }


def _plain(cloud: dict[str, Any]) -> dict[str, Any]:
    return clean({key: each for key, each in cloud.items() if key not in ("default-region", "credential-count")})


def _table(found: dict[str, dict[str, Any]], *, with_source: bool) -> str:
    rows = [["Cloud", "Regions", "Default", "Type", *(("Credentials", "Source", "Description") if with_source else ())]]
    for name, each in found.items():
        places = list(each["regions"])
        row = [name, str(len(places)), each["default-region"] or (places[0] if places else ""), each["type"]]
        rows.append(
            [*row, *((str(each["credential-count"]), each["defined"], each["description"]) if with_source else ())]
        )
    return table([[*row, ""] for row in rows])


async def show_cloud(call: Call) -> None:
    """Show a cloud in full."""
    form = call.format("yaml", "display")
    if not call.words:
        raise Misused("no cloud specified")
    call.at_most(1)
    name = call.words[0]
    files = ClientFiles(call.around)
    shown: dict[str, Any] | None = None
    if name in known(files):
        shown = {"name": name, **_described(files, name, known(files)[name])}
    elif files.current_controller() and not call.on("client"):
        async with to_controller(call, call.option("controller")) as (connection, _):
            answer = first_result(await connection.call("Cloud", "Cloud", {"entities": [{"tag": f"cloud-{name}"}]}))
        found = mapping(answer, "cloud")
        told: dict[str, Any] = {**found, "regions": {each["name"]: {} for each in objects(found, "regions")}}
        shown = {"name": name, **_described(files, name, told), "defined": "public"}
    if shown is None:
        raise Refused(f"cloud {name} not found")
    if form == "yaml":
        call.info(f'Client cloud "{name}":\n')
    call.show(clean(shown), form)
