"""What goes wrong with Grafana, Prometheus and their integration, and what keeps us from telling about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulators.acts import AsksGrafana, Powers, Releases, Runs, Settles, Types, Writes
from simulators.catalogue.changes import juju, then
from simulators.entry import Entry
from simulators.forged import FORGED
from simulators.plan import Application, Juju
from simulators.second_half import OUR_SOURCE, dashboard, panel

GRAFANA, PROMETHEUS = Juju().grafana, Juju().prometheus
MODEL = f"-m {Juju().controller}:{Juju().model}"
INTEGRATED = "prometheus2:grafana-source grafana:grafana-source"
CHANGED_PASSWORD = AsksGrafana("PUT", "/api/admin/users/1/password", {"password": "changed-by-us"})
"""What the group does in Grafana's own page."""


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

MISTAKES: tuple[Entry, ...] = (
    Entry(
        "status-forged",
        "mistake",
        "checkpoint-4",
        "A program of the group's own stands before Juju's and prints a status from better times.",
        then(
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
        then(
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
        juju(grafana=replace(GRAFANA, options="--config install_keys=outdated", becomes="error")),
        fails={"juju-applications-active": r"hook failed: \"install\""},
    ),
    Entry(
        "machine-down",
        "mistake",
        "checkpoint-4",
        "Grafana's machine was switched off.",
        then(Powers("grafana"), Settles({GRAFANA.name: "unknown"})),
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
        then(Releases("prometheus"), Settles({PROMETHEUS.name: "unknown"})),
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
        then(
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
        then(
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
        then(
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
        then(_source_with(url="http://@prometheus@:9999")),
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
        lambda plan: then(_source_with(url="http://@other@:9090"))(
            juju(also=(Application("prom-test", PROMETHEUS.charm),))(plan)
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
        then(
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
        then(Runs("prometheus", "systemctl stop prometheus")),
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
        then(Runs("grafana", "systemctl stop grafana-server")),
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
        then(AsksGrafana("POST", "/api/dashboards/db", dashboard(RANDOM_WALK))),
        fails={"grafana-dashboard-shows-data": r"shows Grafana's random walk"},
    ),
    Entry(
        "panel-without-data",
        "mistake",
        "checkpoint-4",
        "The dashboard's only panel asks for a series that nobody has.",
        then(AsksGrafana("POST", "/api/dashboards/db", dashboard(panel(1, "Up", "upp", OUR_SOURCE)))),
        fails={"grafana-dashboard-shows-data": r"its query `upp` returns no data"},
    ),
    Entry(
        "no-dashboard",
        "mistake",
        "checkpoint-4",
        "There is no dashboard.",
        then(AsksGrafana("DELETE", "/api/dashboards/uid/our-kit")),
        fails={"grafana-dashboard-shows-data": r"Grafana has no dashboard"},
    ),
)

FAULTS: tuple[Entry, ...] = (
    Entry(
        "grafana-password-changed",
        "fault",
        "checkpoint-4",
        "The group changed Grafana's password, and kit.yaml does not say it.",
        then(CHANGED_PASSWORD),
        errors=dict.fromkeys(
            ("grafana-has-prometheus", "grafana-queries-prometheus", "grafana-dashboard-shows-data"),
            r"refused the login",
        ),
    ),
)
