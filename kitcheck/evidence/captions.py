"""Which pictures the handout asks for at each checkpoint, what each shows, and the check that it illustrates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.reporting.words import noted


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that a checkpoint asks for."""

    subject: str
    """What is looked at: `machines`, `django-1`, `proxy-1`, `juju-status`..."""
    check: str
    """Id of the check that it illustrates."""
    caption: str
    """In English; the catalogue translates it."""


_MACHINES = noted("The machines of the kit in MAAS, with their IP addresses and states.")
_FIRST = noted("The application on the first Django server, installed by hand.")
_SECOND = noted("The application on the second Django server, installed by Ansible.")
_STATUS = noted("What juju status shows on main: the applications, their units and machines.")

WANTED: Mapping[str, tuple[Wanted, ...]] = {
    "checkpoint-1": (
        Wanted("machines", "two-machines-deployed", _MACHINES),
        Wanted("django-1", "first-django-answers", _FIRST),
    ),
    "checkpoint-2": (
        Wanted("machines", "three-machines-deployed", _MACHINES),
        Wanted("django-1", "both-django-answer", _FIRST),
        Wanted("django-2", "both-django-answer", _SECOND),
    ),
    "checkpoint-3": (
        Wanted("machines", "four-machines-deployed", _MACHINES),
        Wanted("proxy-1", "proxy-shares-requests", noted("An answer through NGINX.")),
        Wanted(
            "proxy-2",
            "proxy-shares-requests",
            noted("Another answer through NGINX, to the same request."),
        ),
    ),
    "checkpoint-4": (
        Wanted("machines", "juju-machines-deployed", _MACHINES),
        Wanted("juju-status", "juju-applications-active", _STATUS),
        Wanted("grafana-source", "grafana-has-prometheus", noted("Prometheus as a data source in Grafana.")),
        Wanted(
            "grafana-dashboard",
            "grafana-dashboard-shows-data",
            noted("A dashboard in Grafana with data from Prometheus."),
        ),
    ),
    "checkpoint-5": (
        Wanted("machines", "wordpress-machines-deployed", _MACHINES),
        Wanted("juju-status", "wordpress-applications-active", _STATUS),
        Wanted("wordpress", "wordpress-answers", noted("The front page of WordPress.")),
        Wanted("wordpress-dashboard", "wordpress-dashboard-opens", noted("The dashboard of WordPress.")),
    ),
    "cleanup": (Wanted("machines", "all-machines-ready", _MACHINES),),
}
"""By checkpoint, in the order in which the handout asks for them."""
