"""Budget: importing the harness costs a reader of `--help` nothing worth noticing."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.budgets import Measured, median_seconds


def measure() -> list[Measured]:
    """Return the cost of `import harness` beyond that of Python itself."""

    def run(code: str) -> float:
        return median_seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True), 7)

    bare, ours = run("pass"), run("import harness")
    detail = f"python -c 'import harness' {ours:.3f} s, python -c pass {bare:.3f} s"
    return [Measured("import harness", max(0.0, ours - bare), 0.15, detail, unit="s")]
