"""What is told about a bundle that is as it was written: which kit it shows and when, or others could hand it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from harness.printable import one_line
from harness.result import Result
from harness.table import score
from kitcheck.evidence.identity import same_kits

LINE = 300
"""Characters of a line; the kit chose most of them."""


def about(result: Result) -> Iterator[str]:
    """Yield lines about a result: kit, verdict and points, when it was graded, and what tells the kit from others."""
    yield one_line(f"kit {result.kit}: {result.verdict}, {score(result.points)}", limit=LINE)
    for each in result.checkpoints:
        yield one_line(f"{each.id}: {each.verdict}, {score(each.points)}", limit=LINE)
    begun = result.started_at.astimezone(UTC)
    yield one_line(f"graded {begun:%Y-%m-%d %H:%M:%S} UTC by Kitcheck {result.kitcheck_version}", limit=LINE)
    yield from (one_line(line, limit=LINE) for line in _identity(result))


def alike(bundles: Iterable[tuple[str, Result]]) -> Iterator[str]:
    """Yield a line for each thing that several bundles, given as (file, result), have in common of one kit."""
    yield from (one_line(str(same), limit=2 * LINE) for same in same_kits(bundles))


def _identity(result: Result) -> Iterator[str]:
    identity = result.identity
    machines = ", ".join(f"{name} {id_}" for name, id_ in sorted((identity.system_ids or {}).items()))
    known = {
        "MAAS": identity.maas_uuid,
        "machines": machines,
        "host key of main": (identity.host_keys or {}).get("main", ""),
        "Juju's controller": identity.controller_uuid,
    }
    yield from (f"{name} {value}" for name, value in known.items() if value)
    if not any(known.values()):
        yield "nothing that tells this kit from others was seen"
