"""`kitcheck doctor`: what is printed and written, and with which exit status."""

from __future__ import annotations

import io
import json
import sys
from contextlib import closing
from pathlib import Path

import pytest

from harness.doctor.examination import QUESTIONS
from harness.doctor.step import State
from harness.errors import UsageError
from kitcheck.doctor import doctor
from simulators.embedded.kit import start
from simulators.plan import Plan
from simulators.road import closed_port
from tests.doctor.described import described

PAGE = Path(__file__).parent.parent.parent / "docs" / "doctor.md"


def test_everything_can_be_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each step that was taken, and exit status 0."""
    with start(Plan.at("checkpoint-1"), name="kit-d", folder=tmp_path / "kit") as kit:
        status = doctor(kit.kit_yaml, json=tmp_path / "doctor.json")
    lines = capsys.readouterr().out.splitlines()
    told = json.loads((tmp_path / "doctor.json").read_text())

    assert (status, lines[-1]) == (0, "everything that is needed can be reached")
    assert lines[0].startswith("ok          kit.yaml ")
    assert [line for line in lines if line.startswith("not needed  Juju on main")]
    assert (told["schema"], told["kit"], told["reachable"], told["first_broken"]) == (
        "kitcheck/doctor/1",
        "kit-d",
        True,
        None,
    )
    assert [step["id"] for step in told["steps"]] == [question.id for question in QUESTIONS]


def test_something_cannot_be_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last line names the first broken step and what to try; exit status 2."""
    with closing(closed_port()) as kept:
        path = described(tmp_path, f"cloud@127.0.0.1:{kept.getsockname()[1]}", password="correct horse")
        status = doctor(path, json=tmp_path / "doctor.json")
    lines = capsys.readouterr().out.splitlines()
    told = json.loads((tmp_path / "doctor.json").read_text())
    steps = {step["id"]: step for step in told["steps"]}

    assert status == 2
    assert lines[-1].startswith("first broken step: TCP connection: 127.0.0.1: refused")
    assert "; try: at a kit behind a router" in lines[-1]
    assert [line for line in lines if line.startswith("not tried   because of TCP connection: SSH server, host key")]
    assert (told["reachable"], told["first_broken"]) == (False, "tcp")
    assert (steps["login"]["state"], steps["login"]["because"], steps["tcp"]["because"]) == ("not tried", "tcp", None)
    assert "correct horse" not in str(lines) + str(told)


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    """One line that names the key; nothing is tried, and no result is written."""
    path = described(tmp_path, "cloud@127.0.0.1:70000", password="correct horse")
    with pytest.raises(UsageError, match=r"kit.yaml line \d+: access.ssh: expected a port"):
        doctor(path, json=tmp_path / "doctor.json")
    with pytest.raises(UsageError, match="does not exist"):
        doctor(path, json=tmp_path / "nowhere" / "doctor.json")

    assert not (tmp_path / "doctor.json").exists()


def test_a_terminal_of_few_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot show is written out."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    (tmp_path / "schlüssel").write_text("nothing")
    path = described(tmp_path, "cloud@127.0.0.1:1", identity=str(tmp_path / "schlüssel"))
    status = doctor(path)
    out.seek(0)

    assert status == 2
    assert "schl\\xfcssel" in out.read()


def test_the_page_tells_every_step_and_field(tmp_path: Path) -> None:
    """docs/doctor.md has each step by its title and id, each state, and each field of the JSON."""
    page = PAGE.read_text()
    with closing(closed_port()) as kept:
        doctor(described(tmp_path, f"cloud@127.0.0.1:{kept.getsockname()[1]}"), json=tmp_path / "doctor.json")
    told = json.loads((tmp_path / "doctor.json").read_text())

    for question in QUESTIONS:
        assert f"| `{question.id}` | {question.title} |" in page
    for word in (*told, *told["steps"][0], *State):
        assert f"`{word}`" in page
