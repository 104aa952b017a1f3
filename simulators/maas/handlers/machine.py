"""One machine: its life cycle, its power, its description."""

from __future__ import annotations

from simulators.maas import lifecycle
from simulators.maas.answer import DELETED
from simulators.maas.call import Call
from simulators.maas.documents import machine_json
from simulators.maas.enlistment import hostname_problem
from simulators.maas.handlers.machines import find_machine
from simulators.maas.models import Machine
from simulators.maas.power import power_parameters
from simulators.maas.refusals import conflict, forbidden, invalid
from simulators.maas.states import Status
from simulators.maas.table import Handler

machine_handler = Handler("MachineHandler", "machines/{system_id}/", "One machine.")


def answer(call: Call, machine: Machine) -> object:
    """Return a machine as it is now, without counting it as a read."""
    return machine_json(call.region, machine)


@machine_handler.on("GET")
def read(call: Call) -> object:
    """Read a machine."""
    machine = find_machine(call)
    text = answer(call, machine)
    call.region.work.count_read(machine)
    return text


@machine_handler.on("PUT", admin=True)
def update(call: Call) -> object:
    """Change hostname, description, zone, pool, memory, cpu_count, min_hwe_kernel or power_type of a machine."""
    region, params, machine = call.region, call.params, find_machine(call)
    if params.text("hostname"):
        hostname = params.text("hostname").partition(".")[0]
        problem = hostname_problem(call, hostname, of=machine)
        if problem:
            raise invalid("hostname", problem)
    for name, known in (("zone", set(region.zones)), ("pool", set(region.pools))):
        if params.text(name) and params.text(name) not in known:
            raise invalid(name, "Select a valid choice. That choice is not one of the available choices.")
    memory = params.number("memory", machine.memory, low=0, high=2**40)
    cpu_count = params.number("cpu_count", machine.cpu_count, low=1, high=4096)
    if "power_type" in params and params.text("power_type") not in {"amt", "manual"}:
        raise invalid("power_type", "Select a valid choice. It should be one of: amt, manual.")
    machine.memory, machine.cpu_count = memory, cpu_count
    machine.hostname = params.text("hostname").partition(".")[0] or machine.hostname
    machine.zone, machine.pool = params.text("zone") or machine.zone, params.text("pool") or machine.pool
    machine.description = params.text("description", machine.description)[:2000]
    machine.min_hwe_kernel = params.text("min_hwe_kernel", machine.min_hwe_kernel)[:64]
    machine.power_type = params.text("power_type", machine.power_type)
    region.changed()
    return answer(call, machine)


@machine_handler.on("DELETE", admin=True)
def delete(call: Call) -> object:
    """Forget a machine, in whatever status; what runs on it is erased. Locked ones are refused."""
    machine = find_machine(call)
    if machine.locked:
        raise forbidden()
    machine.transition = None
    del call.region.machines[machine.system_id]
    call.region.work.erase_quietly(machine.system_id)
    call.region.changed()
    return DELETED


@machine_handler.on("POST", "deploy")
def deploy(call: Call) -> object:
    """Deploy an Allocated or Ready machine: distro_series, user_data in base64, comment."""
    machine, params = find_machine(call), call.params
    lifecycle.deploy(
        call.region,
        call.user,
        machine,
        series=params.text("distro_series"),
        user_data=params.text("user_data"),
        comment=params.text("comment"),
    )
    if "agent_name" in params:
        machine.agent_name = params.text("agent_name")
    return answer(call, machine)


@machine_handler.on("POST", "release")
def release(call: Call) -> object:
    """Release a machine; with erase its disks are erased first."""
    machine, params = find_machine(call), call.params
    erase = params.flag("erase")
    lifecycle.release(call.region, call.user, machine, erase=erase, comment=params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "power_on")
def power_on(call: Call) -> object:
    """Power a machine on; an Allocated one is deployed."""
    machine, params = find_machine(call), call.params
    lifecycle.power_on(
        call.region, call.user, machine, user_data=params.text("user_data"), comment=params.text("comment")
    )
    return answer(call, machine)


@machine_handler.on("POST", "power_off")
def power_off(call: Call) -> object:
    """Power a machine off (stop_mode: soft or hard). Null when its power cannot be driven."""
    machine, params = find_machine(call), call.params
    soft = params.text("stop_mode", "hard") == "soft"
    driven = lifecycle.power_off(call.region, call.user, machine, soft=soft, comment=params.text("comment"))
    return answer(call, machine) if driven else None


@machine_handler.on("GET", "query_power_state", blocking=True)
def query_power_state(call: Call) -> object:
    """Ask the machine's power controller for its state, now."""
    with call.region.transaction():
        machine = find_machine(call)
        if machine.power_type in {"", "manual"}:
            return {"state": "unknown"}
    return {"state": call.region.work.query_power(machine.system_id)}


@machine_handler.on("GET", "power_parameters", admin=True)
def read_power_parameters(call: Call) -> object:
    """Return the power parameters of a machine."""
    return power_parameters(find_machine(call))


@machine_handler.on("POST", "commission", admin=True)
def commission(call: Call) -> object:
    """Look at the machine's hardware anew."""
    machine = find_machine(call)
    lifecycle.commission(call.region, call.user, machine)
    return answer(call, machine)


@machine_handler.on("POST", "abort")
def abort(call: Call) -> object:
    """Stop what is in progress: commissioning, deployment, testing, disk erasing."""
    machine = find_machine(call)
    lifecycle.abort(call.region, call.user, machine, call.params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "lock")
def lock(call: Call) -> object:
    """Lock a deployed machine."""
    machine = find_machine(call)
    lifecycle.lock(call.region, call.user, machine, locked=True, comment=call.params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "unlock")
def unlock(call: Call) -> object:
    """Unlock a machine."""
    machine = find_machine(call)
    lifecycle.lock(call.region, call.user, machine, locked=False, comment=call.params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "mark_broken")
def mark_broken(call: Call) -> object:
    """Mark an own machine as broken; comment says why."""
    machine = find_machine(call)
    lifecycle.mark_broken(call.region, call.user, machine, call.params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "mark_fixed")
def mark_fixed(call: Call) -> object:
    """Make a broken machine Ready."""
    machine = find_machine(call)
    lifecycle.mark_fixed(call.region, call.user, machine, call.params.text("comment"))
    return answer(call, machine)


@machine_handler.on("POST", "rescue_mode", admin=True)
def rescue_mode(call: Call) -> object:
    """Enter rescue mode: the machine's own system is down meanwhile."""
    machine = find_machine(call)
    lifecycle.enter_rescue(call.region, call.user, machine)
    return answer(call, machine)


@machine_handler.on("POST", "exit_rescue_mode", admin=True)
def exit_rescue_mode(call: Call) -> object:
    """Leave rescue mode."""
    machine = find_machine(call)
    lifecycle.exit_rescue(call.region, call.user, machine)
    return answer(call, machine)


@machine_handler.on("POST", "override_failed_testing")
def override_failed_testing(call: Call) -> object:
    """Make a machine Ready although its tests failed."""
    machine = find_machine(call)
    if machine.status != Status.FAILED_TESTING:
        raise conflict("Cannot override testing status because the machine has not failed testing.")
    machine.status = Status.READY
    call.region.changed()
    return answer(call, machine)


@machine_handler.on("POST", "set_owner_data")
def set_owner_data(call: Call) -> object:
    """Set or, with an empty value, remove data that the owner keeps with the machine: any key, any text."""
    machine = find_machine(call)
    if not lifecycle.may_edit(call.user, machine):
        raise forbidden()
    for key, values in call.data.items():
        if values[-1]:
            machine.owner_data[key] = values[-1]
        else:
            machine.owner_data.pop(key, None)
    call.region.changed()
    return answer(call, machine)


machine_handler.on("POST", "set_workload_annotations")(set_owner_data)

machine_handler.leaves_out("GET", "details", "get_curtin_config", "get_token")
machine_handler.leaves_out(
    "POST",
    "clear_default_gateways",
    "mount_special",
    "restore_default_configuration",
    "restore_networking_configuration",
    "restore_storage_configuration",
    "set_storage_layout",
    "test",
    "unmount_special",
)
