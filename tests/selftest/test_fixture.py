"""The fixture that gives a test a simulated kit in one line, here and in a project of somebody else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import KitError, UsageError
from harness.observing import boot
from simulators.fixtures import SimulatedKits
from simulators.plan import Plan

ELSEWHERE = """
def test_weights_are_noticed(simulated_kit):
    kit = simulated_kit(mistakes=["unfair-weights"], at="checkpoint-3")
    assert kit.grade(["checkpoint-3"])["messages-differ"] == "passed"
"""


def test_grade(simulated_kit: SimulatedKits) -> None:
    """One line gives the verdicts; what was said is there too."""
    kit = simulated_kit(mistakes=["started-by-hand"])
    verdicts = kit.grade(["checkpoint-1"])

    assert [check for check, verdict in verdicts.items() if verdict == "failed"] == ["first-django-starts-at-boot"]
    assert kit.result is not None
    assert "started by hand" in next(c.rationale for c in kit.result.checks if c.verdict == "failed")


def test_kit(simulated_kit: SimulatedKits) -> None:
    """It can be looked at as steps do, and as a file."""
    kit = simulated_kit(mistakes=["started-by-hand"], at="checkpoint-1")

    assert not any("run.sh" in line for line in boot.start_entries(kit.kit, "server2").crontab)
    assert kit.kit.machine("server1").status_name == "Deployed"
    assert "stage: checkpoint-1" in kit.kit_yaml.read_text()
    assert list(kit.grade()) == list(kit.grade(["checkpoint-1"]))


def test_several_kits_and_plans(simulated_kit: SimulatedKits) -> None:
    """A test may have several, and plans of its own."""
    one, other = simulated_kit(at="checkpoint-1"), simulated_kit(replace(Plan(), database="server5"))

    assert (one.kit.role("database"), other.kit.role("database")) == ("server1", "server5")
    assert one.kit_yaml != other.kit_yaml


def test_way_to_the_kit(simulated_kit: SimulatedKits) -> None:
    """What is wrong with the way is played too."""
    with pytest.raises(KitError, match="refused"):
        _ = simulated_kit(mistakes=["kit-unreachable"]).kit

    verdicts = simulated_kit(mistakes=["connection-lost-half-way"]).grade(["checkpoint-1", "checkpoint-2"])

    assert [verdicts[check] for check in ("both-django-answer", "database-shared")] == ["passed", "error"]


def test_unknown_mistake(simulated_kit: SimulatedKits) -> None:
    """A name that is not in the catalogue is refused."""
    with pytest.raises(UsageError, match="did you mean sticky"):
        simulated_kit(mistakes=["stickyy"])


def test_in_another_project(tmp_path: Path) -> None:
    """One line in its conftest.py loads it; nothing is left of the kit afterwards."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["simulators.fixtures"]\n')
    test = tmp_path / "test_it.py"
    test.write_text(ELSEWHERE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr
