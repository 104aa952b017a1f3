"""Empties a kit that stands, so that it can come up anew behind the same ports: only what nobody can change stays."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, cast

from harness.errors import UsageError
from simulators.docker import removal
from simulators.docker.hosts import KIT_LABEL
from simulators.docker.network import network_of
from simulators.docker.rack import make_networks

if TYPE_CHECKING:
    from docker import DockerClient

    from simulators.docker.rack import Rack

SSH = "22/tcp"


def require_same(client: DockerClient, rack: Rack) -> None:
    """Refuse a kit of this name in the engine that is another than the one of the kit's folder. Raises UsageError."""
    networks = _networks(client, rack)
    inner = networks.get(network_of(rack.kit))
    router = _part(client, rack, "router")
    if (inner is not None and _subnet(inner) != rack.network) or (
        router is not None and _published(router) != str(rack.ssh_port)
    ):
        raise UsageError(
            f"the Docker engine's kit {rack.kit!r} is another one than that of our folder, started with another "
            f"KITCHECK_HOME: `kitcheck down {rack.kit}` removes both"
        )


def clear(client: DockerClient, rack: Rack) -> None:
    """Remove main, MAAS with what it remembers, and every machine; return when only networks, router and mirror stay.

    Of these, what is not as it should be is replaced or left for whoever starts the kit. Raises KitError when the
    engine keeps something, UsageError when a network that is missing cannot be made.
    """
    networks = _networks(client, rack)
    wanted = {network_of(rack.kit), f"{network_of(rack.kit)}-outside"}
    if networks.keys() != wanted or _subnet(networks[network_of(rack.kit)]) != rack.network:
        removal.remove(client, rack.kit)
        make_networks(client, rack)
        return
    router = _part(client, rack, "router")
    mirror = _part(client, rack, "mirror")
    kept: set[str] = set()
    if router is not None and _runs(router, rack.images.host) and wanted <= _reached(router).keys():
        kept.add(router["Id"])
    if mirror is not None and _runs(mirror, rack.images.store) and network_of(rack.kit) in _reached(mirror):
        kept.add(mirror["Id"])
    removal.remove_maas(client, rack.kit)
    removal.remove_all_but(client, rack.kit, kept)


def _networks(client: DockerClient, rack: Rack) -> dict[str, dict[str, Any]]:
    """Return what the engine says of the kit's networks, by name."""
    found: list[dict[str, Any]] = cast("Any", client.api).networks(filters={"label": f"{KIT_LABEL}={rack.kit}"})
    return {each["Name"]: each for each in found}


def _subnet(network: dict[str, Any]) -> IPv4Network | None:
    ipam = cast("dict[str, Any]", network.get("IPAM") or {})
    configured = cast("list[dict[str, str]]", ipam.get("Config") or [])
    return IPv4Network(configured[0]["Subnet"]) if configured else None


def _part(client: DockerClient, rack: Rack, part: str) -> dict[str, Any] | None:
    """Return what the engine says of a part's container; None when there is none."""
    from docker.errors import NotFound

    try:
        return cast("Any", client.api).inspect_container(rack.name(part))
    except NotFound:
        return None


def _runs(part: dict[str, Any], image: str) -> bool:
    return part["State"]["Status"] == "running" and part["Config"]["Image"] == image


def _reached(part: dict[str, Any]) -> dict[str, Any]:
    return part["NetworkSettings"]["Networks"]


def _published(router: dict[str, Any]) -> str | None:
    """Return the port of this computer that leads to main."""
    bindings = cast("dict[str, list[dict[str, str]]]", router["HostConfig"]["PortBindings"] or {})
    bound = bindings.get(SSH) or []
    return bound[0]["HostPort"] if bound else None
