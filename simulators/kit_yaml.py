"""The kit.yaml of a simulated kit: what its group would write, or what the plan says that it wrote instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from simulators.lab_network import Addresses, kit_network
from simulators.plan import LAB_PATH, Plan


def describe(
    plan: Plan, *, kit: str, ssh: str, identity: Path, network: str, api_key: str, password: str | None = None
) -> dict[str, Any]:
    """Return what kit.yaml says of a kit whose main is reached at `ssh` (user@host:port).

    It is opened with `password` where there is one, else with the key `identity`.
    """
    main = Addresses(kit_network(network)).main
    said: dict[str, Any] = {
        "kit": kit,
        "access": {"ssh": ssh} | ({"identity": str(identity)} if password is None else {"password": password}),
        "network": network,
        "maas": {"url": f"http://{main}:5240/MAAS/", "api_key": api_key},
    }
    said |= _juju(plan) if plan.of_juju else _django(plan)
    if plan.stage is not None:
        said["stage"] = plan.stage
    for key, value in plan.kit_yaml.items():
        _say(said, key.split("."), value)
    return said


def _django(plan: Plan) -> dict[str, Any]:
    """Return what it says of the lab's first half."""
    return {
        "roles": {"database": plan.database, "django": list(plan.django), "proxy": plan.proxy},
        "django": {
            "port": 8080,
            "path": plan.path if plan.reaches("checkpoint-3") else LAB_PATH,
            "admin": {"user": "cloud", "password": "cloud"},
        },
        "proxy": {"port": 80},
    }


def _juju(plan: Plan) -> dict[str, Any]:
    """Return what it says of the second."""
    juju = plan.juju
    names = {"grafana": juju.grafana.name, "prometheus": juju.prometheus.name}
    if plan.reaches("checkpoint-5"):
        names = {"wordpress": juju.wordpress.name, "mysql": juju.mysql.name}
        names |= {"wordpress_user": plan.blog.user, "wordpress_password": plan.blog.password}
    return {"juju": {"controller": juju.controller, "model": juju.model, **names}}


def as_yaml(said: Mapping[str, object]) -> bytes:
    """Return the file's content."""
    return yaml.safe_dump(said, sort_keys=False, default_flow_style=None, allow_unicode=True).encode()


def _say(said: dict[str, Any], keys: list[str], value: object) -> None:
    """Set the value of a key inside, None leaving it out."""
    *outer, last = keys
    for key in outer:
        said = cast("dict[str, Any]", said.setdefault(key, {}))
    if value is None:
        said.pop(last, None)
    else:
        said[last] = value
