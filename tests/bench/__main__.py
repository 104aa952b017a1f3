"""`make bench`: measures every budget, prints a table, and fails when a bound does not hold."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from harness.errors import UsageError
from tests.bench import course, embedded, imports, kits, maas
from tests.bench.budgets import Measured


def main() -> int:
    """Measure, print, and return 1 when a bound does not hold."""
    found: list[Measured] = [*imports.measure(), *embedded.measure(), *course.measure(), *maas.measure()]
    missing = ""
    try:
        found += kits.measure()
    except UsageError as error:
        missing = str(error)
    table = Table("budget", "measured", "bound", "kept", "how")
    for each in found:
        bound = "reported" if each.bound is None else f"{each.bound:g} {each.unit}"
        table.add_row(each.what, f"{each.value:.2f} {each.unit}", bound, "yes" if each.kept else "NO", each.detail)
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table)
    if missing:
        console.print(f"not measured: budgets of Docker kits ({missing})", markup=False)
    return 0 if all(each.kept for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
