"""What the group does in a browser between the lines: a dashboard in Grafana, WordPress' installation page."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError, UnexpectedAnswer

if TYPE_CHECKING:
    import requests

    from simulators.handouts.site import Site

WITHIN_S = 120.0
PAUSE_S = 0.5


def browse(what: str, site: Site) -> str:
    """Do it, and return what came of it in a few words. Raises KitError."""
    return {"dashboard": _make_dashboard, "wordpress": _install_wordpress}[what](site)


def _make_dashboard(site: Site) -> str:
    """Make a dashboard of two panels on the data source that Juju made."""
    from simulators.second_half import DASHBOARD, GRAFANA_PORT

    base = f"http://{site.value('unit grafana')}:{GRAFANA_PORT}"
    login = ("admin", site.value("known grafana-password"))
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = site.access.http.get(f"{base}/api/datasources", auth=login)
        sources = cast("list[dict[str, Any]]", _json(answer) if answer.status_code == 200 else [])
        found = next((each for each in sources if "Juju generated source" in str(each.get("name"))), None)
        if found is not None:
            break
        if time.monotonic() > deadline:
            raise UnexpectedAnswer(f"Grafana has no data source of Juju's after {WITHIN_S:g} s: {answer.status_code}")
        time.sleep(PAUSE_S)
    text = json.dumps(DASHBOARD).replace("@source@", str(found["uid"]))
    made = site.access.http.post(f"{base}/api/dashboards/db", json=json.loads(text), auth=login)
    if made.status_code != 200:
        raise UnexpectedAnswer(f"Grafana answers {made.status_code} to a new dashboard: {made.text[:200]}")
    return f"Grafana has a dashboard on {found['name']!r}"


def _install_wordpress(site: Site) -> str:
    """Fill in WordPress' installation page."""
    from simulators.plan import Blog

    form = Blog().form
    base = f"http://{site.value('unit wordpress')}"
    deadline = time.monotonic() + WITHIN_S
    while True:
        last = ""
        try:
            answer = site.access.http.post(f"{base}/wp-admin/install.php?step=2", data=form)
            if answer.status_code in (200, 302):
                return f"WordPress at {base}/ is installed"
            last = f"status {answer.status_code}"
        except KitError as error:
            last = str(error)
        if time.monotonic() > deadline:
            raise UnexpectedAnswer(f"WordPress' installation page does not answer after {WITHIN_S:g} s: {last}")
        time.sleep(PAUSE_S)


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        raise UnexpectedAnswer(f"{answer.url} answers no JSON") from None
