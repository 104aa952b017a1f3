"""The catalogue's second half: what goes wrong, and what may differ, with Juju, Grafana and Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulators import cleanup_mistakes, wordpress_mistakes
from simulators.acts import Act, AsksGrafana, Powers, Releases, Runs, Settles, Types, Writes
from simulators.entry import EVERYTHING, Change, Entry
from simulators.forged import FORGED, FORGED_MODELS
from simulators.plan import Application, Juju
from simulators.second_half import DASHBOARD, OUR_SOURCE, dashboard, panel

GRAFANA, PROMETHEUS = Juju().grafana, Juju().prometheus
MODEL = f"-m {Juju().controller}:{Juju().model}"
INTEGRATED = "prometheus2:grafana-source grafana:grafana-source"


def _then(*acts: Act) -> Change:
    return lambda plan: replace(plan, then=(*plan.then, *acts))


def _juju(**different: Any) -> Change:
    """Return the change of what Juju deploys."""
    return lambda plan: replace(plan, juju=replace(plan.juju, **different))


def _says(**said: object) -> Change:
    """Return the change of what kit.yaml says of Juju."""
    return lambda plan: replace(
        plan, kit_yaml={**plan.kit_yaml, **{name.replace("__", "."): value for name, value in said.items()}}
    )


def _source_with(**changed: object) -> AsksGrafana:
    """Return how Juju's data source is changed by hand in Grafana."""
    settings: Mapping[str, object] = {
        "name": f"{PROMETHEUS.name} - Juju generated source",
        "type": "prometheus",
        "access": "proxy",
        "url": "http://@prometheus@:9090",
        "isDefault": True,
    }
    return AsksGrafana("PUT", "/api/datasources/uid/@source@", {**settings, **changed})


RANDOM_WALK = {
    "id": 1,
    "type": "timeseries",
    "title": "Prometheus",
    "datasource": {"type": "datasource", "uid": "grafana"},
    "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
    "targets": [
        {"refId": "A", "queryType": "randomWalk", "datasource": {"type": "datasource", "uid": "grafana"}},
    ],
}
NOTHING_SCRAPED = "global:\\n  scrape_interval: 5s\\nscrape_configs: []\\n"
RESTART = "systemctl restart prometheus"
JUJU_MISTAKES: tuple[Entry, ...] = (
    Entry(
        "controller-gone",
        "mistake",
        "juju-controller",
        "The machine of the controller was released in MAAS; Juju's client still names the controller.",
        _then(Releases("controller")),
        fails={"juju-controller-on-maas": r"No machine in MAAS has the address \S+ of the controller"},
    ),
    Entry(
        "wrong-model",
        "mistake",
        "juju-controller",
        "kit.yaml names a model that the controller does not have.",
        _says(juju__model="openstak"),
        fails={"juju-model-exists": r"There is no model 'openstak'"},
    ),
    Entry(
        "models-forged",
        "mistake",
        "juju-controller",
        "A program of the group's own stands before Juju's and tells other models than the controller has.",
        _then(
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
        _then(Types("rm .local/share/juju/clouds.yaml")),
        fails={"juju-cloud-known": r"knows no cloud"},
    ),
    Entry(
        "status-forged",
        "mistake",
        "checkpoint-4",
        "A program of the group's own stands before Juju's and prints a status from better times.",
        _then(
            Writes("/usr/local/bin/juju", FORGED, 0o755, root=True),
            Types(f"/snap/bin/juju remove-relation {MODEL} {INTEGRATED}"),
        ),
        fails={
            "juju-witnesses-agree": r"only `juju status` relates",
            "juju-applications-integrated": r"are not related",
            "grafana-has-prometheus": r"has no data source",
        },
    ),
    Entry(
        "application-missing",
        "mistake",
        "checkpoint-4",
        "Prometheus was removed again.",
        _then(
            Types(f"juju remove-application {MODEL} --no-prompt {PROMETHEUS.name}"),
            Settles({PROMETHEUS.name: ""}),
        ),
        fails={"juju-applications-active": r"has no application 'prometheus2'"},
    ),
    Entry(
        "hook-failed-install",
        "mistake",
        "checkpoint-4",
        "The key of Grafana's packages is missing on its machine, and its install hook fails.",
        _juju(grafana=replace(GRAFANA, options="--config install_keys=outdated", becomes="error")),
        fails={"juju-applications-active": r"hook failed: \"install\""},
    ),
    Entry(
        "machine-down",
        "mistake",
        "checkpoint-4",
        "Grafana's machine was switched off.",
        _then(Powers("grafana"), Settles({GRAFANA.name: "unknown"})),
        fails={
            "juju-applications-active": r"agent of grafana/0 is lost; \S+ is powered off",
            "juju-machines-deployed": r"is powered off",
        },
    ),
    Entry(
        "machine-released-behind-juju",
        "mistake",
        "checkpoint-4",
        "Prometheus' machine was released in MAAS while Juju used it.",
        _then(Releases("prometheus"), Settles({PROMETHEUS.name: "unknown"})),
        fails={
            "juju-applications-active": r"agent of prometheus2/0 is lost; \S+ is 'Ready",
            "juju-machines-deployed": r"is 'Ready' in MAAS",
        },
    ),
    Entry(
        "not-integrated",
        "mistake",
        "checkpoint-4",
        "Both are active, and the integration was removed: `juju status` still looks perfect.",
        _then(
            Types(f"juju remove-relation {MODEL} {INTEGRATED}"),
            Settles({GRAFANA.name: "active", PROMETHEUS.name: "active"}),
        ),
        fails={
            "juju-applications-integrated": r"are not related",
            "grafana-has-prometheus": r"has no data source of type prometheus",
        },
    ),
    Entry(
        "wrong-endpoints",
        "mistake",
        "checkpoint-4",
        "They are related, but so that Prometheus watches Grafana's web site.",
        _then(
            Types(f"juju remove-relation {MODEL} {INTEGRATED}"),
            Types(f"juju integrate {MODEL} prometheus2:target grafana:website"),
            Settles({GRAFANA.name: "active", PROMETHEUS.name: "active"}),
        ),
        fails={
            "juju-applications-integrated": r"not on grafana-source",
            "grafana-has-prometheus": r"has no data source of type prometheus",
        },
    ),
    Entry(
        "source-by-hand",
        "mistake",
        "checkpoint-4",
        "They were never integrated; the data source was made by hand in Grafana.",
        _then(
            Types(f"juju remove-relation {MODEL} {INTEGRATED}"),
            Settles({GRAFANA.name: "active", PROMETHEUS.name: "active"}),
            AsksGrafana(
                "POST",
                "/api/datasources",
                {"name": "prometheus", "type": "prometheus", "access": "proxy", "url": "http://@prometheus@:9090"},
            ),
        ),
        fails={
            "juju-applications-integrated": r"are not related",
            "grafana-has-prometheus": r"was made by hand, not by Juju",
        },
    ),
    Entry(
        "source-dead-url",
        "mistake",
        "checkpoint-4",
        "Somebody changed the data source in Grafana: its address leads nowhere.",
        _then(_source_with(url="http://@prometheus@:9999")),
        fails={
            "grafana-has-prometheus": r"where no Prometheus answers",
            "grafana-queries-prometheus": r"data source '.*' fails: ",
            "grafana-dashboard-shows-data": r"its query `up` fails",
        },
    ),
    Entry(
        "source-other-prometheus",
        "mistake",
        "checkpoint-4",
        "Somebody changed the data source in Grafana: it leads to another Prometheus.",
        lambda plan: _then(_source_with(url="http://@other@:9090"))(
            _juju(also=(Application("prom-test", PROMETHEUS.charm),))(plan)
        ),
        fails={
            "grafana-has-prometheus": r"where another Prometheus answers",
            "grafana-queries-prometheus": r"asks another Prometheus than",
        },
    ),
    Entry(
        "prometheus-scrapes-nothing",
        "mistake",
        "checkpoint-4",
        "Prometheus runs with a configuration that names nothing to scrape.",
        _then(
            Runs("prometheus", f"printf '{NOTHING_SCRAPED}' > /etc/prometheus/prometheus.yml"),
            Runs("prometheus", "systemctl stop prometheus"),
            Runs("prometheus", "rm -rf /var/lib/prometheus/metrics2"),
            Runs("prometheus", "systemctl start prometheus"),
        ),
        fails={
            "grafana-queries-prometheus": r"scrapes nothing of its own",
            "grafana-dashboard-shows-data": r"returns no data",
        },
    ),
    Entry(
        "prometheus-stopped",
        "mistake",
        "checkpoint-4",
        "Prometheus was stopped on its machine; Juju still says active.",
        _then(Runs("prometheus", "systemctl stop prometheus")),
        fails={
            "grafana-has-prometheus": r"is not healthy",
            "grafana-queries-prometheus": r"Prometheus does not answer",
            "grafana-dashboard-shows-data": r"its query `up` fails",
        },
    ),
    Entry(
        "grafana-stopped",
        "mistake",
        "checkpoint-4",
        "Grafana was stopped on its machine; Juju still says active.",
        _then(Runs("grafana", "systemctl stop grafana-server")),
        fails={
            "grafana-has-prometheus": r"Grafana does not answer",
            "grafana-queries-prometheus": r"Grafana does not answer",
            "grafana-dashboard-shows-data": r"Grafana does not answer",
            "grafana-from-outside": r"does not answer through the router",
        },
    ),
    Entry(
        "random-walk",
        "mistake",
        "checkpoint-4",
        "The dashboard called Prometheus plots Grafana's random walk.",
        _then(AsksGrafana("POST", "/api/dashboards/db", dashboard(RANDOM_WALK))),
        fails={"grafana-dashboard-shows-data": r"shows Grafana's random walk"},
    ),
    Entry(
        "panel-without-data",
        "mistake",
        "checkpoint-4",
        "The dashboard's only panel asks for a series that nobody has.",
        _then(AsksGrafana("POST", "/api/dashboards/db", dashboard(panel(1, "Up", "upp", OUR_SOURCE)))),
        fails={"grafana-dashboard-shows-data": r"its query `upp` returns no data"},
    ),
    Entry(
        "no-dashboard",
        "mistake",
        "checkpoint-4",
        "There is no dashboard.",
        _then(AsksGrafana("DELETE", "/api/dashboards/uid/our-kit")),
        fails={"grafana-dashboard-shows-data": r"Grafana has no dashboard"},
    ),
    *wordpress_mistakes.MISTAKES,
    *cleanup_mistakes.MISTAKES,
)

JUJU_VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "other-names",
        "variation",
        "checkpoint-4",
        "Cloud, controller, model and one application have names of the group's own.",
        _juju(cloud="maas", controller="main", model="modelo1", prometheus=replace(PROMETHEUS, name="prom")),
    ),
    Entry(
        "edition-a",
        "variation",
        "checkpoint-4",
        "Edition A: Juju 2.9, the cloud maas, the controller main, the model default.",
        _juju(channel="2.9", cloud="maas", controller="main", model="default"),
    ),
    Entry(
        "other-machines",
        "variation",
        "checkpoint-4",
        "The controller, Grafana and Prometheus are on other machines than usual.",
        _juju(
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
        _juju(grafana=replace(GRAFANA, from_store=True), prometheus=replace(PROMETHEUS, from_store=True)),
    ),
    Entry(
        "in-containers",
        "variation",
        "checkpoint-4",
        "Grafana and Prometheus are in LXD containers on one machine.",
        _juju(
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
        _juju(also=(Application("dashboard", "juju-dashboard", becomes="blocked"),)),
    ),
    Entry(
        "second-attempt",
        "variation",
        "checkpoint-4",
        "Grafana was removed and deployed again: its unit is grafana/1.",
        _then(
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
        _juju(provider_first=False, exposed=True),
    ),
    Entry(
        "password-in-kit-yaml",
        "variation",
        "checkpoint-4",
        "The group changed Grafana's password and wrote it into kit.yaml.",
        lambda plan: _says(juju__grafana_password="changed-by-us")(  # noqa: S106 -- a made-up one
            _then(CHANGED_PASSWORD)(plan)
        ),
    ),
    *wordpress_mistakes.VARIATIONS,
    *cleanup_mistakes.VARIATIONS,
)

CHANGED_PASSWORD = AsksGrafana("PUT", "/api/admin/users/1/password", {"password": "changed-by-us"})
"""What the group does in Grafana's own page."""

JUJU_FAULTS: tuple[Entry, ...] = (
    Entry(
        "grafana-password-changed",
        "fault",
        "checkpoint-4",
        "The group changed Grafana's password, and kit.yaml does not say it.",
        _then(CHANGED_PASSWORD),
        errors=dict.fromkeys(
            ("grafana-has-prometheus", "grafana-queries-prometheus", "grafana-dashboard-shows-data"),
            r"refused the login",
        ),
    ),
    Entry(
        "controller-port-dead",
        "fault",
        "juju-controller",
        "Juju's agent on the controller's machine was stopped.",
        _then(Types("juju ssh -m controller 0 sudo systemctl stop jujud-machine-0")),
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
    *wordpress_mistakes.FAULTS,
)
