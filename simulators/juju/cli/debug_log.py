"""`juju debug-log`: the model's log, line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import Misused
from simulators.juju.cli.talking import to_model

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")
BACKLOG = 10
"""Records that are shown first without `--replay` or `--lines`."""


def entity(name: str) -> str:
    """Return whom a word of `--include` means: `grafana/2` is `unit-grafana-2`, `1` is `machine-1`."""
    if re.fullmatch(r"\d+(/lxd/\d+)*", name):
        return f"machine-{name.replace('/', '-')}"
    if re.fullmatch(r"(unit|machine|controller|application|model)-.*|.*\*.*", name):
        return name
    application, slash, number = name.partition("/")
    return f"unit-{application}-{number}" if slash else f"unit-{application}-*"


async def debug_log(call: Call) -> None:
    """Print the log; go on with what comes, unless this is no terminal or `--no-tail`."""
    call.at_most(0)
    level = call.option("level").upper()
    if level and level not in LEVELS:
        known = '", "'.join(LEVELS)
        raise Misused(f'level value "{call.option("level")}" is not one of "{known}"')
    for option in ("lines", "limit"):
        if not call.option(option, "0").isdigit():
            raise Misused(
                f'invalid value "{call.option(option)}" for option --{option}: strconv.ParseUint: invalid syntax'
            )
    if call.on("no-tail") and call.on("tail"):
        raise Misused("setting --tail and --no-tail not valid")
    no_tail = call.on("no-tail") or not (call.on("tail") or call.around.is_terminal)
    limit = int(call.option("limit", "0"))
    lines = int(call.option("lines", "0")) or (0 if call.on("replay") else BACKLOG)
    count = 0
    async with to_model(call) as (connection, _):
        records = connection.log(
            replay=call.on("replay"),
            no_tail=no_tail,
            include=tuple(entity(each) for each in call.given.all("include")),
            exclude=tuple(entity(each) for each in call.given.all("exclude")),
            level=level,
            lines=lines,
        )
        async for record in records:
            call.around.out(line(call, record))
            count += 1
            if limit and count >= limit:
                break


def line(call: Call, record: Mapping[str, str]) -> str:
    """Return a record as Juju prints it: `unit-grafana-0: 12:00:00 INFO unit.grafana/0.install ...`."""
    from simulators.juju.cli.status_data import parsed

    moment = parsed(record["ts"])
    time = moment.strftime("%Y-%m-%d %H:%M:%S" if call.on("date") else "%H:%M:%S")
    if call.on("ms"):
        time += f".{moment.microsecond // 1000:03d}"
    place = f" {record['loc']}" if call.on("location") and record.get("loc") else ""
    return f"{record['tag']}: {time} {record['sev']} {record['mod']}{place} {record['msg']}\n"
