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
    return [*_processes(), *_many()]


def _processes() -> list[Measured]:
    """Return what starting, grading and stopping kits costs as a process, all measured in turn."""
    commands = {
        "checkpoints 1-3": ("-m", "kitcheck", "grade", "--simulate"),
        "everything": ("-m", "kitcheck", "demo"),
    }
    bounds = {"checkpoints 1-3": 3.0, "everything": 6.0}
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"KITCHECK_HOME": home}

        def run(*arguments: str) -> float:
            command = [sys.executable, *arguments]
            return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment))

        rounds = [[run("-c", IMPORTS), *(run(*each) for each in commands.values())] for _ in range(ROUNDS + 1)][1:]
    bare, *took = (statistics.median(side) for side in zip(*rounds, strict=True))
    return [
        Measured(
            f"embedded kits, {what}: start, grade, stop",
            whole / bare,
            bounds[what],
            f"kitcheck {' '.join(command[2:])} {whole:.2f} s, python -c '{IMPORTS}' {bare:.2f} s",
        )
        for (what, command), whole in zip(commands.items(), took, strict=True)
    ]


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
