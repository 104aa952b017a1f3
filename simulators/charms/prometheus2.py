"""The charm prometheus2: a Prometheus that scrapes itself, its machine and what is related, and is offered to Grafana.

After the charm of that name, revision 60: ports 9090 and 12321, the message `Ready`, the settings on `grafana-source`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from simulators.charms.behaviour import ActionFailed, Context, install, must, write_if_other

if TYPE_CHECKING:
    from simulators.juju.progress import Hook

PORT = 9090
CONFIGURATION = "/etc/prometheus/prometheus.yml"
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""The one in C, where PyYAML was built with it, is ten times as fast."""
SCRAPED = ("target", "scrape")
"""The endpoints whose remote units are scraped."""


class Prometheus2:
    """The charm's behaviour."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Install Prometheus, keep its configuration true, and tell every Grafana where it is."""
        if hook.kind == "install":
            await install(context, "prometheus", "prometheus-node-exporter")
        elif hook.kind == "stop":
            await context.hands.run("systemctl stop prometheus")
            return
        elif hook.kind == "remove":
            return
        text = configuration(context)
        if await write_if_other(context, CONFIGURATION, text):
            context.say("prometheus.yml changed: restarting prometheus")
            await must(context, "systemctl restart prometheus")
        if hook.kind == "install":
            return
        found = re.search(r"version (\d[\w.+~-]*)", "".join(await _version(context)))
        context.wishes.version = found[1] if found else None
        context.wishes.opened |= {(PORT, PORT, "tcp"), (12321, 12321, "tcp")}
        for relation in context.related("grafana-source"):
            context.wishes.settings[relation.id] = {
                "type": "prometheus",
                "url": f"http://{context.address}:{PORT}",
                "description": "Juju generated source",
            }
        context.status("active", "Ready")

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The charm's actions."""
        raise ActionFailed(f"{name}: not simulated")


async def _version(context: Context) -> tuple[str, str]:
    ran = await context.hands.run("prometheus --version")
    # Prometheus before 2.47 prints it on standard error.
    return ran.out, ran.err


def configuration(context: Context) -> str:
    """Return prometheus.yml for what is related now.

    Scrapes are 5 s apart and not the charm's 15: who waits for data waits less.
    """
    jobs: list[dict[str, Any]] = [_job("prometheus", [f"localhost:{PORT}"]), _job("node", ["localhost:9100"])]
    for endpoint in SCRAPED:
        for relation in context.related(endpoint):
            targets = list(_targets(relation.units))
            jobs += [_job(f"{relation.remote_application}-{relation.id}", targets)] if targets else []
    told = {"global": {"scrape_interval": "5s", "evaluation_interval": "5s"}, "scrape_configs": jobs}
    text = yaml.dump(told, Dumper=DUMPER)
    return f"# Written by Juju's charm prometheus2; changes are lost at its next hook.\n{text}"


def _job(name: str, targets: list[str]) -> dict[str, Any]:
    return {"job_name": name, "static_configs": [{"targets": targets}]}


def _targets(units: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield where remote units are scraped, which they tell as http's `hostname` and `port`."""
    for _, settings in sorted(units.items()):
        host = settings.get("hostname") or settings.get("private-address")
        if host and (port := settings.get("port")):
            yield f"{host}:{port}"
