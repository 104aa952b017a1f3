"""What happened to machines."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from simulators.maas.call import Call
from simulators.maas.documents import event
from simulators.maas.models import Event
from simulators.maas.refusals import Refusal
from simulators.maas.table import PREFIX, Handler

events = Handler("EventsHandler", "events/", "What happened to machines.")

LEVELS = {"AUDIT": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
"""By rank: whoever asks for one sees all that is as grave or graver; but AUDIT is one of its own."""
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - reads better than twelve strings
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()  # noqa: SIM905 - as above


def written(seconds: float) -> str:
    """Return a time as MAAS writes it in events: `Sat, 21 Nov. 2026 18:55:23`."""
    when = datetime.fromtimestamp(min(max(seconds, 0), 2**37), UTC)
    month = _MONTHS[when.month - 1] + ("" if when.month == 5 else ".")
    return f"{_DAYS[when.weekday()]}, {when.day:02d} {month} {when.year} {when:%H:%M:%S}"


@events.on("GET", "query")
def query(call: Call) -> object:
    """List events, newest first: hostname, id, mac_address, owner, level, limit (100, at most 1000), before, after."""
    params, region = call.params, call.region
    limit = params.number("limit", 100, low=0)
    if limit > 1000:
        raise Refusal(400, f"Requested number of events {limit} is greater than limit: 1000")
    before, after = params.number("before", -1), params.number("after", -1)
    level = params.text("level", "INFO").upper()
    if level not in LEVELS:
        raise Refusal(400, f"Unrecognised log level: {level[:40]}")
    macs = [mac.lower() for mac in params.listed("mac_address")]
    by_mac = {
        machine.system_id
        for machine in region.machines.values()
        if any(nic.mac_address in macs for nic in machine.interfaces)
    }
    known = {machine.system_id for machine in region.machines.values()}
    chosen = [
        item
        for item in region.events
        if item.node in known
        and level != "AUDIT"
        and LEVELS[item.level] >= LEVELS[level]
        and ("hostname" not in params or item.hostname in params.listed("hostname"))
        and ("id" not in params or item.node in params.listed("id"))
        and ("owner" not in params or item.username in params.listed("owner"))
        and (not macs or item.node in by_mac)
        and (before < 0 or item.id < before)
        and (after < 0 or item.id > after)
    ]
    page = _page(chosen, limit, oldest=after >= 0)
    first, last = (page[0].id, page[-1].id) if page else (max(before, after, 0), max(before, after, 0))
    return {
        "count": len(page),
        "events": [event(item, written(item.created)) for item in page],
        "next_uri": _link(call, "after", first, limit),
        "prev_uri": _link(call, "before", last, limit),
    }


def _page(chosen: list[Event], limit: int, *, oldest: bool) -> list[Event]:
    """Return a page, newest first: what follows an id (`oldest`), or what is newest."""
    if limit == 0:
        return []
    part = chosen[:limit] if oldest else chosen[-limit:]
    return part[::-1]


def _link(call: Call, direction: str, number: int, limit: int) -> str:
    kept = {name: values for name, values in call.data.items() if name not in {"before", "after", "limit"}}
    return f"{PREFIX}events/?" + urlencode({"op": "query", "limit": limit, direction: number, **kept}, doseq=True)
