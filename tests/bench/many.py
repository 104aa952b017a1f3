"""`python -m tests.bench.many 200`: so many embedded kits in this process, all there at once, each of them graded."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time

from harness.grading import grade
from simulators.embedded.kit import start
from simulators.plan import Plan


def main(count: int) -> None:
    """Start, grade, and print what it cost as JSON."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        kits = [stack.enter_context(start(Plan(), name=f"kit-{number}")) for number in range(count)]
        verdicts = [grade(kit.kit_yaml).verdict for kit in kits]
    print(
        json.dumps(
            {
                "kits": count,
                "passed": sum(verdict.value == "passed" for verdict in verdicts),
                "seconds": time.perf_counter() - began,
                "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
