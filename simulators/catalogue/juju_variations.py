"""Correct kits of checkpoint 4 that look unlike the handout's."""

from __future__ import annotations

from dataclasses import replace

from simulators.acts import AsksGrafana, Settles, Types
from simulators.catalogue.changes import juju, says, then
from simulators.catalogue.checkpoint_4 import CHANGED_PASSWORD, GRAFANA, MODEL, PROMETHEUS
from simulators.entry import Entry
from simulators.plan import Application
from simulators.second_half import DASHBOARD

VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "other-names",
        "variation",
        "checkpoint-4",
        "Cloud, controller, model and one application have names of the group's own.",
        juju(cloud="maas", controller="main", model="modelo1", prometheus=replace(PROMETHEUS, name="prom")),
    ),
    Entry(
        "edition-a",
        "variation",
        "checkpoint-4",
        "Edition A: Juju 2.9, the cloud maas, the controller main, the model default.",
        juju(channel="2.9", cloud="maas", controller="main", model="default"),
    ),
    Entry(
        "other-machines",
        "variation",
        "checkpoint-4",
        "The controller, Grafana and Prometheus are on other machines than usual.",
        juju(
            controller_host="server5",
            grafana=replace(GRAFANA, host="server1"),
            prometheus=replace(PROMETHEUS, host="server4"),
        ),
    ),
    Entry(
        "charms-from-store",
        "variation",
        "checkpoint-4",
        "The charms come from the store by name, and not from files.",
        juju(grafana=replace(GRAFANA, from_store=True), prometheus=replace(PROMETHEUS, from_store=True)),
    ),
    Entry(
        "in-containers",
        "variation",
        "checkpoint-4",
        "Grafana and Prometheus are in LXD containers on one machine.",
        juju(
            also=(Application("ubuntu", "ubuntu"),),
            grafana=replace(GRAFANA, container=True),
            prometheus=replace(PROMETHEUS, container=True),
        ),
    ),
    Entry(
        "extra-application-blocked",
        "variation",
        "checkpoint-4",
        "Juju's dashboard is deployed too, and blocked.",
        juju(also=(Application("dashboard", "juju-dashboard", becomes="blocked"),)),
    ),
    Entry(
        "second-attempt",
        "variation",
        "checkpoint-4",
        "Grafana was removed and deployed again: its unit is grafana/1.",
        then(
            Types(f"juju remove-application {MODEL} --no-prompt {GRAFANA.name}"),
            Settles({GRAFANA.name: ""}),
            Types(f"juju deploy {MODEL} ./grafana_r*.charm --base ubuntu@20.04"),
            Settles({GRAFANA.name: "active"}),
            Types(f"juju integrate {MODEL} grafana:grafana-source prometheus2:grafana-source"),
            AsksGrafana("POST", "/api/dashboards/db", DASHBOARD),
        ),
    ),
    Entry(
        "exposed-and-requirer-first",
        "variation",
        "checkpoint-4",
        "Grafana is exposed, and was named first when they were integrated.",
        juju(provider_first=False, exposed=True),
    ),
    Entry(
        "password-in-kit-yaml",
        "variation",
        "checkpoint-4",
        "The group changed Grafana's password and wrote it into kit.yaml.",
        lambda plan: says(juju__grafana_password="changed-by-us")(  # noqa: S106 -- a made-up one
            then(CHANGED_PASSWORD)(plan)
        ),
    ),
)
