"""Real embedded kits behind the program: played until it is told to stop, graded, and gone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "kitcheck"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where everything is remembered. No engine can be reached: its kits are somebody's."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    for name in ("KITCHECK_HOME", "XDG_STATE_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path / "KITCHECK_HOME"


@pytest.fixture
def played(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Play a kit, as its own program, with what it said at first read already."""
    program = subprocess.Popen(
        [*PROGRAM, "up", "--embedded", "--name", "kit-p", "--at", "3", "--mistake", "started-by-hand"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    said = [program.stdout.readline() for _ in range(8)]
    assert said[0] == "kit-p is up\n"
    yield program
    program.kill()
    program.communicate()


def _left(home: Path) -> list[str]:
    """Return the names of everything that is left anywhere; who grades a kit leaves the lock that it held."""
    files = (path for path in home.parent.rglob("*") if path.is_file() and path.parent != home / "locks")
    return [str(path.relative_to(home.parent)) for path in files]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_kit_that_is_played(home: Path, played: subprocess.Popen[str]) -> None:
    """It is listed, can be graded like any other, and goes when somebody says `kitcheck down`."""
    assert "kit-p\n" in _run("kits").stdout

    graded = _run("grade", "--kit", str(home / "kits" / "kit-p" / "kit.yaml"), "--checkpoint", "1")
    failed = [line.split()[2] for line in graded.stdout.splitlines() if line.startswith("failed   checkpoint-1")]

    assert (graded.returncode, failed) == (1, ["first-django-starts-at-boot"])
    assert _run("down", "kit-p").stdout == "kit-p is gone\n"

    out, err = played.communicate(timeout=30)

    assert (played.returncode, out, err) == (0, "kit-p is gone\n", "")
    assert _left(home) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_until_interrupted(home: Path, played: subprocess.Popen[str], number: signal.Signals) -> None:
    """Ctrl-C and a polite kill end it, and nothing is left."""
    played.send_signal(number)
    out, err = played.communicate(timeout=30)

    assert (played.returncode, out, err) == (0, "kit-p is gone\n", "")
    assert _left(home) == []


def test_killed_kit(home: Path, played: subprocess.Popen[str]) -> None:
    """What a killed program leaves is told, and can be removed."""
    played.kill()
    played.communicate()

    assert "  gone       the program that played it has ended" in _run("kits").stdout
    assert _run("down", "kit-p").stdout == "kit-p is gone\n"
    assert [path for path in _left(home) if not path.startswith("TMPDIR")] == []


def test_demo(home: Path) -> None:
    """Every check passes or is a person's, the result is written where it says, and nothing else is left."""
    ran = _run("demo")
    said = ran.stdout.splitlines()
    verdicts = {line.split()[0] for line in said if "  checkpoint-" in line}
    totals = [line for line in said if re.match(r"[\w-]+: passed, \d+ of \d+ points", line)]
    shown = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    result = json.loads((home / "demo.json").read_bytes())

    assert (ran.returncode, ran.stderr, verdicts) == (0, "", {"passed", "manual"})
    assert (said[-2].partition(",")[0], said[-1]) == ("demo: passed", f"report: {home / 'demo.json'}")
    assert [line for line in totals if line not in shown] == [], "README.md shows the demonstration: write these lines"
    assert result["verdict"] == "passed"
    assert _left(home) == ["KITCHECK_HOME/demo.json"]


def test_demo_loads_only_what_it_needs(home: Path) -> None:
    """Nothing of Docker, of reports in HTML, of terminals: speed is the point of a demonstration."""
    program = (
        "import sys; sys.argv[1:] = ['demo']; from kitcheck.program import main; main();"
        "heavy = {'docker', 'rich', 'jinja2', 'django', 'starlette', 'uvicorn', 'tree_sitter', 'xdist'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stderr.strip() == "[]"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_demo_interrupted(home: Path) -> None:
    """Ctrl-C in the middle: status 130, what is known is written, and no kit is left."""
    program = subprocess.Popen(
        [*PROGRAM, "demo"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert program.stdout is not None
    program.stdout.readline()
    os.killpg(program.pid, signal.SIGINT)
    out, err = program.communicate(timeout=60)

    assert (program.returncode, err) == (130, "")
    assert "grading was interrupted before this check was done" in out
    assert _left(home) == ["KITCHECK_HOME/demo.json"]
