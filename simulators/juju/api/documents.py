"""What several documents say of a model, its machines and its units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from simulators.juju.api.shapes import base_of, entity_status, hardware_value, moment
from simulators.juju.model_config import model_config
from simulators.juju.state import Status

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import Application, Machine, Model, StoredCharm, Unit

OWN = ("name", "type", "uuid", "agent-version", "authorized-keys")
"""Settings that are each model's own."""
SEVERITY = ("error", "blocked", "maintenance", "waiting", "active", "terminated", "unknown")
"""Juju: an application that sets no status of its own has the most severe of its units'."""


def agent_version(core: Core) -> str:
    """Return the version of every agent."""
    return core.controller.bootstrap.version


def configuration(core: Core, model: Model) -> dict[str, dict[str, Any]]:
    """Return a model's configuration, each setting with its source."""
    untouched = defaults(core, model)
    return {
        name: {"value": value, "source": "default" if untouched.get(name) == value and name not in OWN else "model"}
        for name, value in sorted({**untouched, **model.config}.items())
    }


def defaults(core: Core, model: Model) -> dict[str, Any]:
    """Return the configuration of a model that nobody configured."""
    return model_config(core.controller.bootstrap, model.name, model.uuid, {})


def machine_addresses(machine: Machine | None) -> list[str]:
    """Return a machine's addresses, the one that others should use first."""
    return list(machine.instance.addresses) if machine and machine.instance else []


def unit_addresses(model: Model, unit: Unit) -> list[str]:
    """Return the addresses of a unit's machine."""
    return machine_addresses(model.machines.get(unit.machine))


def opened_ports(unit: Unit) -> list[str]:
    """Return `3000/tcp`, `8000-8010/udp`."""
    return [f"{start}/{how}" if start == end else f"{start}-{end}/{how}" for start, end, how in unit.ports]


def port_ranges(unit: Unit) -> list[dict[str, Any]]:
    """Return the opened ports as ranges."""
    return [{"from-port": start, "to-port": end, "protocol": how} for start, end, how in unit.ports]


def ports(unit: Unit) -> list[dict[str, Any]]:
    """Return the opened ports that are no ranges."""
    return [{"protocol": how, "number": start} for start, end, how in unit.ports if start == end]


def application_status(application: Application) -> Status:
    """Return the application's own status, or the most severe of its units'."""
    units = list(application.units.values())
    if application.status.current not in ("", "unset") or not units:
        return application.status

    def severity(unit: Unit) -> int:
        current = unit.workload.current
        return SEVERITY.index(current) if current in SEVERITY else len(SEVERITY)

    return min(units, key=severity).workload


def declared_endpoints(charm: StoredCharm) -> list[str]:
    """Return the names of the endpoints that a charm's metadata names, sorted."""
    kinds = (cast("dict[str, Any]", charm.metadata.get(kind) or {}) for kind in ("provides", "requires", "peers"))
    return sorted(name for each in kinds for name in each)


def cloud_tag(core: Core) -> str:
    """Return the tag of the controller's cloud."""
    return f"cloud-{core.controller.bootstrap.cloud}"


def credential_tag(core: Core, name: str) -> str:
    """Return a credential's tag: `cloudcred-maas-one_admin_anyuser`; an underscore within a name is `%5f`."""
    parts = (core.controller.bootstrap.cloud, "admin", name)
    return "cloudcred-" + "_".join(each.replace("_", "%5f") for each in parts)


def model_info(core: Core, model: Model) -> dict[str, Any]:
    """Return a model as `ModelInfo` and `CreateModel` tell of it."""
    bootstrap = core.controller.bootstrap
    series = str(configuration(core, model).get("default-series", {}).get("value") or bootstrap.series)
    return {
        "name": model.name,
        "type": "iaas",
        "uuid": model.uuid,
        "controller-uuid": bootstrap.controller_uuid,
        "is-controller": model.uuid == bootstrap.model_uuid,
        "provider-type": "maas",
        "default-series": series,
        "default-base": f"ubuntu@{base_of(series)['channel']}",
        "cloud-tag": cloud_tag(core),
        "cloud-region": bootstrap.region,
        "cloud-credential-tag": credential_tag(core, model.credential or bootstrap.credential),
        "owner-tag": f"user-{model.owner}",
        "life": model.life,
        "status": entity_status(model.status),
        "users": [
            {"user": "admin", "display-name": "admin", "last-connection": last_login(core, model), "access": "admin"}
        ],
        "machines": [machine_info(each) for each in model.machines.values()],
        "sla": {"level": "unsupported", "owner": ""},
        "agent-version": bootstrap.version,
    }


def last_login(core: Core, model: Model) -> str | None:
    """Return when somebody logged in to a model, None when nobody did since the controller was started."""
    at = core.last_logins.get(model.uuid)
    return None if at is None else moment(at)


def machine_info(machine: Machine) -> dict[str, Any]:
    """Return a machine as descriptions of models tell of it."""
    instance = machine.instance
    return {
        "id": machine.id,
        "hardware": hardware_value(instance.hardware) if instance else {},
        "instance-id": instance.system_id if instance else "",
        "display-name": instance.hostname if instance else "",
        "status": machine.agent.current,
        "message": machine.agent.message,
        "has-vote": machine.manager,
        "wants-vote": machine.manager,
    }


def model_summary(core: Core, model: Model) -> dict[str, Any]:
    """Return a model as a list of models tells of it."""
    info = model_info(core, model)
    cores = sum(int(each["hardware"].get("cores", 0)) for each in info["machines"])
    # A machine counts, a container on it does not
    counts = {
        "machines": sum(1 for each in model.machines.values() if not each.parent),
        "cores": cores,
        "units": len(model.units),
    }
    kept = {name: info[name] for name in info if name not in ("users", "machines", "cloud-credential-tag")}
    return {
        **kept,
        "cloud-credential-tag": info["cloud-credential-tag"],
        "user-access": "admin",
        "last-connection": last_login(core, model),
        "counts": [{"entity": name, "count": count} for name, count in counts.items() if count],
    }
