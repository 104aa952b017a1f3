"""What the client remembers of a controller that it bootstrapped, and the keys that it makes for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.reading import mapping, objects
from simulators.juju.cli.talking import remember_models, told_addresses

if TYPE_CHECKING:
    from simulators.juju.connection import Connection
    from simulators.juju.hands import Bootstrap

PORT = 17070


def remember(call: Call, files: ClientFiles, decided: Bootstrap, connection: Connection, private: str) -> None:
    """Write the client's files."""
    name = decided.controller
    details = {
        "uuid": decided.controller_uuid,
        "api-endpoints": told_addresses(connection) or [f"{decided.machine.addresses[0]}:{PORT}"],
        "ca-cert": decided.ca_cert,
        "cloud": decided.cloud,
        "region": decided.region,
        "type": "maas",
        "agent-version": decided.version,
        "controller-machine-count": 1,
        "active-controller-machine-count": 1,
        "machine-count": 1,
    }
    if private:
        call.around.write(files.path("ssh/juju_id_rsa"), private, mode=0o600)
        call.around.write(files.path("ssh/juju_id_rsa.pub"), decided.client_public_key, mode=0o600)
    files.put_controller(name, details, current=not call.on("no-switch"))
    account = {"user": "admin", "password": decided.password, "last-known-access": "superuser"}
    files.put_account(name, account)
    call.around.write(files.path(f"cookies/{name}.json"), "[]", mode=0o600)
    kept = mapping(files.read("bootstrap-config.yaml"), "controllers")
    kept[name] = {
        "controller-config": {
            "api-port": PORT,
            "audit-log-capture-args": False,
            "auditing-enabled": True,
            "ca-cert": decided.ca_cert,
            "controller-name": name,
            "controller-uuid": decided.controller_uuid,
            "set-numa-control-policy": False,
            "state-port": 37017,
        },
        "model-config": {
            "agent-version": decided.version,
            "default-series": decided.series,
            "name": "controller",
            "type": "maas",
            "uuid": decided.model_uuid,
            **decided.model_config,
        },
        "controller-model-uuid": decided.model_uuid,
        "credential": decided.credential,
        "cloud": decided.cloud,
        "type": "maas",
        "region": decided.region,
        "endpoint": decided.endpoint,
    }
    files.write("bootstrap-config.yaml", {"controllers": dict(sorted(kept.items()))})


async def remember_its_models(call: Call, files: ClientFiles, decided: Bootstrap, connection: Connection) -> None:
    """Add the model that was asked for, write models.yaml, and make the first workload model the current one."""
    added = call.option("add-model")
    if added:
        await connection.call(
            "ModelManager",
            "CreateModel",
            {
                "name": added,
                "owner-tag": "user-admin",
                "config": {"authorized-keys": decided.client_public_key},
                "cloud-tag": f"cloud-{decided.cloud}",
                "region": decided.region,
                "credential": f"cloudcred-{decided.cloud}_admin_{decided.credential}",
            },
        )
    answer = await connection.call("ModelManager", "ListModels", {"tag": "user-admin"})
    found: dict[str, str] = {}
    for each in objects(answer, "user-models"):
        model: dict[str, Any] = each["model"]
        found[f"{str(model['owner-tag']).removeprefix('user-')}/{model['name']}"] = str(model["uuid"])
    workload = [name for name in found if name != "admin/controller"]
    remember_models(call, decided.controller, found, current=workload[0] if workload else "")


def client_key(files: ClientFiles) -> tuple[str, str]:
    """Return the client's key pair: the public one that it has, with an empty private one, or a new pair."""
    try:
        return "", files.around.read(files.path("ssh/juju_id_rsa.pub")).decode()
    except FileNotFoundError:
        return new_key("juju-client-key")


def new_key(comment: str) -> tuple[str, str]:
    """Return a new key pair as ssh keeps it: the private and the public one.

    Ed25519, which takes no time to make: ssh does not care that Juju calls the client's file `juju_id_rsa`.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), f"{public.decode()} {comment}\n"
