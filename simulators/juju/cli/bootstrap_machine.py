"""The controller's machine: allocated and deployed in MAAS, or given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import Refused

if TYPE_CHECKING:
    from simulators.juju.hands import Cloud, Instance

PATIENCE = 1200.0
"""For how long a machine may take until it is deployed, in seconds: Juju's bootstrap-timeout."""
BETWEEN_LOOKS = 1.0


async def controller_machine(
    call: Call,
    world: Cloud,
    model_uuid: str,
    wanted: Mapping[str, str],
    series: str,
    owner: Mapping[str, str],
    public_keys: tuple[str, ...],
) -> Instance:
    """Return the controller's machine when MAAS has deployed it; one that it could not deploy is given back."""
    from simulators.juju.hands import CloudError

    placement = call.option("to")
    try:
        machine = await world.start(
            agent_name=model_uuid,
            constraints=wanted,
            host=placement or None,
            series=series,
            user_data="#cloud-config\nssh_authorized_keys:\n"
            + "".join(f"  - {each.strip()}\n" for each in public_keys),
            owner_data=owner,
        )
    except CloudError as error:
        raise Refused(
            f"failed to bootstrap model: cannot start bootstrap instance: cannot run instance: {error}"
        ) from None
    call.info(f" - {machine.system_id} ({hardware(machine.hardware)})")
    until = call.around.now() + PATIENCE
    try:
        while machine.status != "Deployed":
            if machine.status in ("Failed deployment", "Ready", "Broken") or call.around.now() > until:
                await give_back(call, world, machine)
                why = machine.status_message or machine.status
                raise Refused(
                    f"failed to bootstrap model: cannot start bootstrap instance: cannot run instance: "
                    f'instance "{machine.system_id}" failed to deploy: {why}'
                )
            await call.around.sleep(BETWEEN_LOOKS)
            machine = await world.look(machine.system_id)
    except CloudError as error:
        raise Refused(f"failed to bootstrap model: {error}") from None
    return machine


def hardware(text: str) -> str:
    """Return hardware as bootstrap shows it: `arch=amd64 mem=16G cores=4`."""
    has = {name: value for name, _, value in (part.partition("=") for part in text.split())}
    shown = {"arch": has.get("arch", "amd64"), "mem": "", "cores": has.get("cores", "")}
    if memory := has.get("mem", "").removesuffix("M"):
        shown["mem"] = f"{int(memory) / 1024:.1f}".removesuffix(".0") + "G" if memory.isdigit() else memory
    return " ".join(f"{key}={value}" for key, value in shown.items() if value)


async def give_back(call: Call, world: Cloud, machine: Instance) -> None:
    """Have MAAS take a machine back after all, unless `--keep-broken`."""
    from simulators.juju.hands import CloudError

    if call.on("keep-broken"):
        return
    try:
        await world.stop((machine.system_id,))
    except CloudError as error:
        call.info(f"WARNING cleaning up: {error}")
