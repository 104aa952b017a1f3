"""MAAS as Juju sees it: machines by the HTTP API 2.0, asked for and refused in the words of Juju's MAAS provider."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from simulators.juju.hands import CloudError, Instance
from simulators.juju.maas_api import MaasApi, RefusedError, Web, plain_web
from simulators.juju.maas_constraints import allocation

__all__ = ["MaasCloud", "Web", "plain_web"]

_PLAIN_WHEN_DEPLOYING = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Refusals of a deployment whose text gomaasapi passes on as it is."""


class MaasCloud:
    """MAAS with one API key, as `simulators.juju.hands.Cloud` describes it.

    Orders, parameters and messages as in Juju 3.6 (its MAAS provider on gomaasapi 2). With an empty key only `check`
    is of use: it then asks whether a MAAS is there, as the interactive `juju add-cloud` does.
    """

    def __init__(self, endpoint: str, api_key: str, web: Web) -> None:
        self._endpoint = endpoint
        self._anonymous = not api_key
        self._api = MaasApi(endpoint, api_key, web)

    async def check(self) -> None:
        """Ask for the version and who we are. Raises CloudError: no MAAS there, or the key is malformed or refused."""
        if not self._anonymous:
            self._api.key()
        try:
            version = await self._api.ask("GET", "version/", signed=False)
        except RefusedError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise
            hint = "" if self._endpoint.rstrip("/").endswith("/MAAS") else " (it normally ends with /MAAS)"
            sentence = "could not connect to MAAS controller - check the endpoint is correct"
            raise CloudError(sentence + hint) from None
        if not isinstance(version, dict) or "capabilities" not in version:
            raise CloudError("failed to get expected data from server")
        if self._anonymous:
            return
        try:
            await self._api.ask("GET", "users/", op="whoami")
        except RefusedError as error:
            raise (CloudError(error.body) if error.status == HTTPStatus.UNAUTHORIZED else error) from None

    async def start(
        self,
        *,
        agent_name: str,
        constraints: Mapping[str, str],
        host: str | None,
        series: str,
        user_data: str,
        owner_data: Mapping[str, str],
    ) -> Instance:
        """Allocate a machine and begin to deploy it; a machine that MAAS will not deploy is released again.

        Zone after zone is tried, as Juju does; a placed machine is asked for by its name in any zone. Owner data that
        MAAS refuses are left out: Juju writes that to its log only. Raises CloudError.
        """
        wanted = allocation(constraints)
        wanted["agent_name"] = [agent_name]
        if host:
            wanted["name"] = [host]
        machine = await self._allocate(wanted, await self._zones(constraints, host))
        system_id = str(machine["system_id"])
        encoded = base64.b64encode(user_data.encode()).decode()
        try:
            machine = await self._api.ask(
                "POST", f"machines/{system_id}/", "deploy", {"distro_series": [series], "user_data": [encoded]}
            )
        except CloudError as error:
            await self._give_back(system_id)
            if isinstance(error, RefusedError) and error.status in _PLAIN_WHEN_DEPLOYING:
                raise CloudError(error.body) from None
            raise
        if owner_data:
            values = {name: [value] for name, value in owner_data.items()}
            with suppress(RefusedError):
                machine = await self._api.ask("POST", f"machines/{system_id}/", "set_owner_data", values)
        return _instance(machine)

    async def look(self, system_id: str) -> Instance:
        """Return a machine as it is now. Raises CloudError, also when MAAS knows it no more."""
        found = await self._machines(id=system_id)
        if not found:
            raise CloudError(f'instance "{system_id}" not found')
        return found[0]

    async def stop(self, system_ids: tuple[str, ...]) -> None:
        """Release machines; those that are released already, or that MAAS does not know, are no error."""
        if system_ids:
            await self._release(system_ids, alone=False)

    async def of_agent(self, agent_name: str) -> tuple[Instance, ...]:
        """Return the machines that were allocated with that agent name."""
        return await self._machines(agent_name=agent_name)

    async def _zones(self, constraints: Mapping[str, str], host: str | None) -> list[str]:
        """Return the zones to try in order; an empty name is any zone."""
        given = [zone for zone in constraints.get("zones", "").split(",") if zone]
        if given or host:
            return given or [""]
        zones = [str(zone["name"]) for zone in _list(await self._api.ask("GET", "zones/"))]
        if not zones:
            raise CloudError("no usable availability zones")
        return zones

    async def _allocate(self, wanted: Mapping[str, Sequence[str]], zones: list[str]) -> dict[str, Any]:
        for number, zone in enumerate(zones, 1):
            place = {"zone": [zone]} if zone else {}
            try:
                return await self._api.ask("POST", "machines/", "allocate", {**wanted, **place})
            except RefusedError as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise CloudError(f"failed to acquire node: {error}") from None
                if number == len(zones):
                    raise CloudError(f"failed to acquire node: {error.body}") from None
        raise AssertionError("there is a last zone")

    async def _give_back(self, system_id: str) -> None:
        """Release a machine whose deployment was refused; that refusal is what is told, whatever becomes of this."""
        with suppress(CloudError):
            await self._release((system_id,), alone=True)

    async def _release(self, system_ids: tuple[str, ...], *, alone: bool) -> None:
        values = {"machines": list(system_ids), "comment": ["Released by Juju MAAS provider"]}
        try:
            await self._api.ask("POST", "machines/", "release", values)
        except RefusedError as error:
            # Juju: after a conflict everything that could be released is; after 400 and 403 nothing is.
            if error.status == HTTPStatus.CONFLICT:
                return
            if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
                raise CloudError(f"cannot release nodes: {error}") from None
            if not alone:
                for system_id in system_ids:
                    await self._release((system_id,), alone=True)

    async def _machines(self, **filters: str) -> tuple[Instance, ...]:
        found = await self._api.ask("GET", "machines/", values={name: [value] for name, value in filters.items()})
        return tuple(_instance(machine) for machine in _list(found))


def _list(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list):
        raise CloudError("unexpected: MAAS answered with something else than a list")
    return cast("list[dict[str, Any]]", found)


def _instance(machine: Any) -> Instance:
    """Return what the API says of a machine. Raises CloudError when that is no machine."""
    try:
        zone = str(machine["zone"]["name"])
        return Instance(
            system_id=str(machine["system_id"]),
            hostname=str(machine["hostname"]),
            addresses=tuple(str(address) for address in machine["ip_addresses"]),
            status=str(machine["status_name"]),
            status_message=str(machine["status_message"] or ""),
            hardware=_hardware(machine, zone),
            zone=zone,
        )
    except (KeyError, TypeError) as error:
        raise CloudError(f"unexpected: machine 2.0 schema check failed: {error}") from None


def _hardware(machine: Any, zone: str) -> str:
    tags = ",".join(str(tag) for tag in machine["tag_names"])
    parts = (
        f"arch={str(machine['architecture'] or '').partition('/')[0]}",
        f"cores={machine['cpu_count']}",
        f"mem={machine['memory']}M",
        f"tags={tags}" if tags else "",
        f"availability-zone={zone}",
    )
    return " ".join(part for part in parts if part)
