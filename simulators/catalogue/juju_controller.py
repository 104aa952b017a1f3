"""What goes wrong with Juju's controller, and what keeps us from telling about it."""

from __future__ import annotations

from dataclasses import replace

from simulators.acts import Releases, Types, Writes
from simulators.catalogue.changes import says, then
from simulators.entry import EVERYTHING, Entry
from simulators.forged import FORGED_MODELS
from simulators.plan import Juju

MISTAKES: tuple[Entry, ...] = (
    Entry(
        "controller-gone",
        "mistake",
        "juju-controller",
        "The machine of the controller was released in MAAS; Juju's client still names the controller.",
        then(Releases("controller")),
        fails={"juju-controller-on-maas": r"No machine in MAAS has the address \S+ of the controller"},
    ),
    Entry(
        "wrong-model",
        "mistake",
        "juju-controller",
        "kit.yaml names a model that the controller does not have.",
        says(juju__model="openstak"),
        fails={"juju-model-exists": r"There is no model 'openstak'"},
    ),
    Entry(
        "models-forged",
        "mistake",
        "juju-controller",
        "A program of the group's own stands before Juju's and tells other models than the controller has.",
        then(
            Types(f"juju add-model -c {Juju().controller} spare"),
            Writes("/usr/local/bin/juju", FORGED_MODELS, 0o755, root=True),
        ),
        fails={"juju-controller-answers": r"the controller's API shows controller, openstack, spare"},
    ),
    Entry(
        "cloud-forgotten",
        "mistake",
        "juju-controller",
        "The file in which Juju's client knows its clouds is gone.",
        then(Types("rm .local/share/juju/clouds.yaml")),
        fails={"juju-cloud-known": r"knows no cloud"},
    ),
)

FAULTS: tuple[Entry, ...] = (
    Entry(
        "controller-port-dead",
        "fault",
        "juju-controller",
        "Juju's agent on the controller's machine was stopped.",
        then(Types("juju ssh -m controller 0 sudo systemctl stop jujud-machine-0")),
        errors={"juju-controller-answers": r"does not answer"},
    ),
    Entry(
        "juju-kit-unreachable",
        "fault",
        "juju-controller",
        "Nobody listens at the kit's address.",
        lambda plan: replace(plan, road="closed"),
        errors={EVERYTHING: r"refused|cannot be reached|nobody"},
    ),
)
