"""Every request that is answered."""

from __future__ import annotations

from simulators.juju.api.call import Served
from simulators.juju.api.facades import (
    action,
    application,
    application_settings,
    charms,
    client,
    cloud,
    controller,
    deploying,
    machines,
    model_manager,
    pinger_and_watchers,
)

SERVED = (
    *pinger_and_watchers.SERVED,
    *client.SERVED,
    *deploying.SERVED,
    *application.SERVED,
    *application_settings.SERVED,
    *charms.SERVED,
    *action.SERVED,
    *machines.SERVED,
    *controller.SERVED,
    *model_manager.SERVED,
    *cloud.SERVED,
)
REFUSED = (*action.REFUSED, *controller.REFUSED)
"""Requests that are known, and refused as not simulated."""

SERVED_BY: dict[tuple[str, str], list[Served]] = {}
for _each in (*SERVED, *REFUSED):
    SERVED_BY.setdefault((_each.facade, _each.request), []).append(_each)
