"""Sentences about Juju: its cloud, its controller, and the applications that it deployed."""

from __future__ import annotations

from pytest_bdd import then

from harness.judging.applications import judge_active, judge_integrated, judge_machines
from harness.judging.juju import (
    judge_agree,
    judge_agree_with_maas,
    judge_answers,
    judge_cloud,
    judge_controller_instance,
    judge_controller_machine,
    judge_model,
)
from harness.kit import Kit
from harness.observing import juju


def applications(kit: Kit) -> dict[str, str]:
    """Return the names of both applications by their keys in kit.yaml."""
    names = kit.description.juju
    return {"grafana": names.grafana, "prometheus": names.prometheus}


@then("Juju on main knows a cloud of type maas, and the controller is on it")
def cloud_known(kit: Kit) -> None:
    """Fail unless the client's own list of clouds has it, and the controller's entry names it."""
    controller = juju.controller(kit)
    kit.require(judge_cloud(juju.client(kit).clouds.get(), controller))


@then('the controller answers "juju" on main and on its API')
def controller_answers(kit: Kit) -> None:
    """Ask both; a controller that does not answer is no fault that could be told."""
    seen = juju.witnesses(kit)
    models = None if seen.sight is None else tuple(seen.sight.get().models)
    kit.require(judge_answers(seen.models.get(), models, seen.without))


@then("MAAS shows the controller's machine deployed")
def controller_machine(kit: Kit) -> None:
    """Fail unless MAAS has the controller's address on a machine that is Deployed."""
    place = juju.endpoint(kit)
    kit.require(judge_controller_machine(juju.controller(kit).name, place.address, kit.machines()))


@then("the controller says that it runs on the machine that MAAS shows")
def controller_instance(kit: Kit) -> None:
    """Fail unless the controller's own model has a machine with MAAS' system id."""
    kit.require(judge_controller_instance(juju.endpoint(kit).address, kit.machines(), juju.own_model(kit)))


@then("the controller has the group's model")
def model_exists(kit: Kit) -> None:
    """Fail unless both witnesses show it."""
    seen = juju.witnesses(kit)
    models = None if seen.sight is None else tuple(seen.sight.get().models)
    kit.require(judge_model(juju.short(kit.description.juju.model), seen.models.get(), models))


@then('"juju status" on main and the controller\'s API say the same')
def witnesses_agree(kit: Kit) -> None:
    """Fail when they differ, and still do at a second look; without an API, compare with MAAS."""
    seen = juju.witnesses(kit)
    if seen.sight is None:
        kit.require(judge_agree_with_maas(seen.status.get(), kit.machines(), seen.without))
        return
    finding = judge_agree(seen.status.get(), juju.truth(kit))
    if not finding.holds:
        finding = judge_agree(*juju.both(kit))
    kit.require(finding)


@then("Grafana and Prometheus are active, and their agents are idle")
def applications_active(kit: Kit) -> None:
    """Fail unless Juju shows both well; MAAS is asked for the cause when they wait for machines."""
    names = applications(kit)
    kit.require(judge_active(juju.settled(kit, *names.values()), names, kit.machines()))


@then("MAAS shows the machines of Grafana and Prometheus deployed, each application on its own")
def machines_deployed(kit: Kit) -> None:
    """Fail unless MAAS has every unit's machine Deployed, with the address that Juju shows."""
    names = applications(kit)
    status = juju.settled(kit, *names.values())
    kit.require(judge_machines(status, names, kit.machines(), kit.description.network))


@then('Grafana and Prometheus are integrated on "grafana-source"')
def applications_integrated(kit: Kit) -> None:
    """Fail unless they are related, and there."""
    names = kit.description.juju
    status = juju.settled(kit, names.grafana, names.prometheus)
    kit.require(judge_integrated(status, names.grafana, names.prometheus))
