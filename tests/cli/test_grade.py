"""`kitcheck grade`: what it prints and writes, and its status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.result import read
from tests.cli.conftest import Kitcheck
from tests.grading.made_up import Lab

ROOT = Path(__file__).parents[2]


def _scenario(id: str, kind: str, *tags: str) -> str:
    return f"@id:{id} @points:2 {' '.join(tags)}\nScenario: It is {id}\n  Then the kit answers {kind}\n\n"


@pytest.mark.parametrize(
    ("kind", "status", "verdict"),
    [("right", 0, "passed"), ("wrong", 1, "failed"), ("late", 2, "undecided"), ("broken", 2, "undecided")],
)
def test_status_is_the_verdict(kitcheck: Kitcheck, lab: Lab, kind: str, status: int, verdict: str) -> None:
    """0 passed, 1 failed, 2 undecided; the last line says which."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", kind))
    ran = kitcheck("grade", "--kit", lab.kit)

    assert (ran.status, ran.err) == (status, "")
    assert ran.out.splitlines()[-1].startswith(f"kit-m: {verdict}, ")


def test_files(kitcheck: Kitcheck, lab: Lab, tmp_path: Path) -> None:
    """The result is written as JSON and as JUnit XML, and says the same."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "wrong"))
    ran = kitcheck("grade", "--kit", lab.kit, "--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml")
    suite = ET.parse(tmp_path / "r.xml").getroot()

    assert ran.status == 1
    assert [check.verdict for check in read(tmp_path / "r.json").checks] == ["passed", "failed"]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.mark.parametrize("chosen", [["3"], ["checkpoint_3"], ["checkpoint-3"], ["3", "checkpoint-3"]])
def test_checkpoint(kitcheck: Kitcheck, lab: Lab, tmp_path: Path, chosen: list[str]) -> None:
    """A checkpoint may be called in several ways, and is graded once."""
    lab.feature("checkpoint-1", _scenario("one", "wrong"))
    lab.feature("checkpoint-3", _scenario("three", "right"))
    options = [word for name in chosen for word in ("--checkpoint", name)]
    ran = kitcheck("grade", "--kit", lab.kit, *options, "--json", tmp_path / "r.json")

    assert ran.status == 0
    assert [check.id for check in read(tmp_path / "r.json").checks] == ["three"]


def test_allow_disruption(kitcheck: Kitcheck, lab: Lab) -> None:
    """Checks that disturb are made only when that is said."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "wrong", "@disruptive"))

    assert kitcheck("grade", "--kit", lab.kit).status == 0
    assert kitcheck("grade", "--kit", lab.kit, "--allow-disruption").status == 1


def test_unusable(kitcheck: Kitcheck, lab: Lab, tmp_path: Path) -> None:
    """Whatever cannot be used is one line and status 4, before the kit is reached."""
    lab.feature("checkpoint-3", _scenario("one", "right"))
    nowhere = tmp_path / "no" / "r.json"
    same = tmp_path / "r"
    told = {
        kitcheck("grade", "--kit", lab.kit, *options)
        for options in (
            ["--checkpoint", "9"],
            ["--json", nowhere],
            ["--junit", tmp_path],
            ["--json", same, "--junit", same],
        )
    }
    told.add(kitcheck("grade", "--kit", tmp_path / "none.yaml"))

    assert {(ran.status, ran.out, ran.err) for ran in told} == {
        (4, "", "kitcheck: no checkpoint is called '9': there are checkpoint-3\n"),
        (4, "", f"kitcheck: {nowhere}: the folder {nowhere.parent} does not exist\n"),
        (4, "", f"kitcheck: {tmp_path}: is a folder; name a file to write\n"),
        (4, "", f"kitcheck: {same}: --json and --junit name the same file\n"),
        (4, "", f"kitcheck: {tmp_path / 'none.yaml'}: cannot be used\n"),
    }
    assert lab.times_opened() == 0


def test_description_that_does_not_fit(kitcheck: Kitcheck, lab: Lab, tmp_path: Path) -> None:
    """A role that MAAS does not know is status 4, and no result is written."""
    lab.feature("checkpoint-3", _scenario("one", "right"))
    lab.describe(stage="checkpoint-3", misfit=True)
    ran = kitcheck("grade", "--kit", lab.kit, "--json", tmp_path / "r.json")

    assert (ran.status, ran.err) == (4, "kitcheck: kit.yaml: roles.proxy: MAAS knows no machine 'server9'\n")
    assert not (tmp_path / "r.json").exists()


def test_unreachable(kitcheck: Kitcheck, lab: Lab) -> None:
    """A kit that is off is undecided, and the reason is said once."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "right"))
    lab.describe(stage="checkpoint-3", unreachable=True)
    ran = kitcheck("grade", "--kit", lab.kit)

    assert (ran.status, ran.out.count("192.0.2.1 port 22: nothing answers")) == (2, 1)


def test_interrupted(kitcheck: Kitcheck, lab: Lab, tmp_path: Path) -> None:
    """After Ctrl-C the status is 130, and the file is whole: what is known, and errors for the rest."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "interrupt") + _scenario("three", "right"))
    ran = kitcheck("grade", "--kit", lab.kit, "--json", tmp_path / "r.json")

    assert ran.status == 130
    assert [check.verdict for check in read(tmp_path / "r.json").checks] == ["passed", "error", "error"]
    assert "grading was interrupted before this check was done" in ran.out


def test_reader_has_gone(lab: Lab, tmp_path: Path) -> None:
    """`kitcheck grade | head -0`: the grading goes on, the result is written, and nothing is complained about."""
    lab.feature("checkpoint-3", _scenario("one", "right") + _scenario("two", "late"))
    program = (
        "import sys; from functools import partial; from pathlib import Path; from harness import grading;"
        "from tests.grading import made_up; from kitcheck.cli import main;"
        f"grading.assign = partial(grading.assign, features=Path({str(lab.features)!r}),"
        " describe=made_up.pytest_kitcheck_describe);"
        "grading.carry_out = partial(grading.carry_out, plugins=[made_up]);"
        "sys.exit(main())"
    )
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-c", program, "grade", "--kit", lab.kit, "--json", tmp_path / "r.json"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)

    assert ran.stderr == b""
    assert json.loads((tmp_path / "r.json").read_bytes())["verdict"] == "undecided"
    assert ran.returncode == 2
