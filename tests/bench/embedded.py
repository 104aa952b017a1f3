"""Budgets of embedded kits: the demonstration against bare imports, and many kits in one process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

from tests.bench.budgets import Measured, seconds

ROUNDS = 9
IMPORTS = "import pytest, pytest_bdd, testinfra, requests"
FEW, MANY = 10, 200


def measure() -> list[Measured]:
    """Return the budgets on embedded kits."""
    return [_demo(), *_many()]


def _demo() -> Measured:
    """Return what starting, grading and stopping a kit costs as a process, the two sides measured in turn."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"KITCHECK_HOME": home}

        def run(*arguments: str) -> float:
            command = [sys.executable, *arguments]
            return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment))

        rounds = [(run("-c", IMPORTS), run("-m", "kitcheck", "demo")) for _ in range(ROUNDS + 1)][1:]
    bare, demo = (statistics.median(side) for side in zip(*rounds, strict=True))
    detail = f"kitcheck demo {demo:.2f} s, python -c '{IMPORTS}' {bare:.2f} s"
    return Measured("embedded kit: start, grade, stop", demo / bare, 3.0, detail)


def _many() -> list[Measured]:
    few, many = _graded(FEW), _graded(MANY)
    each = {said["kits"]: said["seconds"] / said["kits"] for said in (few, many)}
    memory = (many["peak_kib"] - few["peak_kib"]) / 1024 / (MANY - FEW)
    detail = f"{each[MANY]:.3f} s a kit among {MANY}, {each[FEW]:.3f} s among {FEW}"
    return [
        Measured(f"a kit of {MANY} in one process, against one of {FEW}", each[MANY] / each[FEW], 1.2, detail),
        Measured(f"one of {MANY} kits: start and grade", each[MANY], None, f"{many['passed']} passed", unit="s"),
        Measured(f"one of {MANY} kits: memory", memory, None, f"peak {many['peak_kib'] / 1024:.0f} MiB", unit="MiB"),
    ]


def _graded(kits: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "tests.bench.many", str(kits)], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
