"""Switches a kit's parts on in an order in which each finds what it needs, new or as a checkpoint remembers them."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError, TimedOut
from harness.eventually import eventually
from simulators import second_half
from simulators.docker import removal
from simulators.docker.checkpoints import Stored
from simulators.docker.hands import Hands
from simulators.docker.machines import create_machine, machine_options, ssh_answers
from simulators.docker.rack import Rack, main_files, make_maas, make_main, make_mirror, make_router
from simulators.docker.second_half import Driver
from simulators.docker.together import together
from simulators.maas.inventory import MachineSpec, lab_machines

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from harness.access import Access
    from simulators.docker.keeping import Keys
    from simulators.plan import Plan

READY_WITHIN_S = 60.0
"""Seconds within which a machine that is switched on answers; a loaded computer may need most of it."""


def new_key(comment: str) -> tuple[bytes, str]:
    """Return a new key pair: the private part as a file holds it, the public one as a line."""
    import asyncssh

    key = cast("Any", asyncssh).generate_private_key("ssh-ed25519", comment=comment)
    return key.export_private_key(), key.export_public_key().decode().strip()


def start(client: DockerClient, rack: Rack, plan: Plan, *, api_key: str, keys: Keys, access: Access) -> None:
    """Start a kit whose machines are Ready; return when main lets us in and MAAS answers. Raises KitError."""
    private, public = new_key("cloud@main")
    files = main_files(outside_key=keys.public_key, api_key=api_key, own_key=(private, f"{public}\n".encode()))
    files |= keys.on_main
    config = maas_config(rack, plan, api_key=api_key, main_key=public)
    main, *others = together(lambda: make_main(client, rack, files), *_way_in(client, rack))
    maas = make_maas(client, rack, config)
    _switch_on(main, maas, others)
    wait_for_access(rack, access)


def restore(client: DockerClient, rack: Rack, plan: Plan, stored: Stored, *, keys: Keys, access: Access) -> None:
    """Start a kit as a checkpoint remembers it; return when everything that ran there answers again.

    Raises KitError.
    """
    files = main_files(outside_key=keys.public_key, api_key=stored.api_key) | keys.on_main
    main, router, mirror, *machines = together(
        lambda: make_main(client, rack, files, image=stored.main),
        *_way_in(client, rack),
        *_machines(client, rack, stored),
    )
    maas = restored_maas(client, rack, plan, stored)
    # The database, where there is one; Juju's machines all wait for each other.
    first = machines[:1] if stored.database is not None else machines
    _switch_on(main, maas, [router, mirror, *first])
    wait_for_access(rack, access)
    _switch_on_machines(stored, machines[len(first) :], access)
    if stored.database is None:
        Driver(Hands(access, "restoring")).drive(second_half.ready(replace(plan, stage=stored.stage)))


def put_back(client: DockerClient, rack: Rack, stored: Stored, access: Access) -> None:
    """Replace every machine of a running kit by what a checkpoint remembers; return when all answers again.

    Raises KitError, docker.errors.DockerException.
    """
    removal.remove_machines(client, rack.kit)
    database, *rest = together(*_machines(client, rack, stored))
    database.start()
    _switch_on_machines(stored, rest, access)


def put_maas_back(client: DockerClient, rack: Rack, plan: Plan, stored: Stored) -> None:
    """Replace a running kit's MAAS by one that remembers what a checkpoint does; return when it answers.

    Raises KitError, docker.errors.DockerException.
    """
    removal.remove_maas(client, rack.kit)
    restored_maas(client, rack, plan, stored).start()
    _until(lambda: _maas_answers(rack.dashboard_port), rack, "maas")


def restored_maas(client: DockerClient, rack: Rack, plan: Plan, stored: Stored) -> Container:
    """Return MAAS with what a checkpoint remembers, switched off."""
    return make_maas(client, rack, maas_config(rack, plan, api_key=stored.api_key, main_key=""), state=stored.state)


def maas_config(rack: Rack, plan: Plan, *, api_key: str, main_key: str) -> dict[str, Any]:
    """Return what MAAS is told of the kit: network, machines, who may log in with which keys, and its driver's part."""
    cloud = {"username": "cloud", "password": "cloud", "is_superuser": True, "api_key": api_key}
    inventory = {
        "network": str(rack.network),
        "machines": [asdict(spec) for spec in _specs(plan.hosts)],
        "users": [cloud | ({"ssh_keys": [main_key]} if main_key else {})],
        "maas_name": rack.kit,
    }
    return {
        "inventory": inventory,
        "kit": rack.kit,
        "image": rack.images.host,
        "home": rack.addresses.main,
        "names": rack.addresses.router,
    }


def _way_in(client: DockerClient, rack: Rack) -> list[Callable[[], Container]]:
    """Return what makes router and mirror, or finds those that a kit which is put back has already."""
    return [
        lambda: _standing(client, rack.name("router")) or make_router(client, rack),
        lambda: _standing(client, rack.name("mirror")) or make_mirror(client, rack),
    ]


def _standing(client: DockerClient, name: str) -> Container | None:
    from docker.errors import NotFound

    try:
        return client.containers.get(name)
    except NotFound:
        return None


def _specs(hosts: Sequence[str]) -> list[MachineSpec]:
    """Return the lab's machines by other names; those beyond the lab's are like its last."""
    lab = lab_machines()
    return [
        replace(lab[min(number, len(lab)) - 1], hostname=host, mac_address=f"54:b2:03:00:00:{number:02x}")
        for number, host in enumerate(hosts, start=1)
    ]


def _machines(client: DockerClient, rack: Rack, stored: Stored) -> list[Callable[[], Container]]:
    """Return what makes each machine of a checkpoint, switched off: the database host first."""
    boot = machine_options(client, names=rack.addresses.router)

    def machine(name: str) -> Callable[[], Container]:
        each = stored.machines[name]
        return lambda: create_machine(client, rack.kit, each.system_id, each.deployment, each.image, boot)

    return [machine(name) for name in sorted(stored.machines, key=lambda name: name != stored.database)]


def _switch_on_machines(stored: Stored, rest: Iterable[Container], access: Access) -> None:
    """Start the machines but for the database host, which was started already; return when everything answers.

    The database comes first: Django gives up for good when it is silent (measured).
    """
    if stored.database is None:
        wait_for_ports(access, stored.ports)
        return
    address = stored.machines[stored.database].address
    wait_for_ports(access, [(address, 22)])
    # Not only its port: that is open while PostgreSQL still recovers and turns everybody away. And not by the packaged
    # `pg_isready`, a script that takes longer than PostgreSQL.
    ready = "until $(ls /usr/lib/postgresql/*/bin/pg_isready) --quiet --host localhost; do sleep 0.02; done"
    access.run(ready, on=address, timeout=READY_WITHIN_S)
    together(*(each.start for each in rest))
    wait_for_ports(access, stored.ports)


def wait_for_access(rack: Rack, access: Access) -> None:
    """Return when main lets us in through the router, and MAAS answers on the router's published port."""
    # Only then a login: one that fails is not tried again for a while.
    _until(lambda: ssh_answers("127.0.0.1", port=rack.ssh_port), rack, "main")
    completed = access.run("true", timeout=READY_WITHIN_S)
    if completed.exit_status != 0:
        raise KitError(f"main of kit {rack.kit!r} takes a login and cannot run `true`: {completed.error_text[:200]}")
    _until(lambda: _maas_answers(rack.dashboard_port), rack, "maas")


def wait_for_ports(access: Access, ports: Iterable[tuple[str, int]]) -> None:
    """Return when each address and port takes connections from main. Raises KitError after READY_WITHIN_S seconds."""
    ports = tuple(ports)
    if not ports:
        return
    each = "; ".join(f"until nc -z -w 1 {address} {port}; do sleep 0.05; done" for address, port in ports)
    access.run(each, timeout=READY_WITHIN_S)


def _until(condition: Callable[[], bool], rack: Rack, part: str) -> None:
    try:
        eventually(condition, timeout=READY_WITHIN_S, interval=0.02)
    except TimedOut as late:
        raise KitError(
            f"{part} of kit {rack.kit!r} does not answer within {READY_WITHIN_S:g} s",
            help=f"`docker logs {rack.name(part)}` may show why, before it is removed",
        ) from late


def _switch_on(main: Container, maas: Container, others: Iterable[Container]) -> None:
    """Start main, then MAAS, which shares its network, and meanwhile the others."""

    def both() -> None:
        main.start()
        maas.start()

    together(both, *(each.start for each in others))


def _maas_answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/MAAS/api/2.0/version/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
