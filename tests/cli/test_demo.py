"""The README's commands, run as they are printed there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.paths.printed import fits

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_demo_prints_what_the_readme_says(tmp_path: Path) -> None:
    """It plays a kit, grades it, and says where the report is; its lines are the README's, but for seconds."""
    done = _kitcheck(tmp_path, "demo")
    printed = {_without_seconds(line) for line in done.stdout.splitlines()}
    shown = README.partition("$ make demo")[2].partition("$ make test")[0].splitlines()[1:]
    wanted = [_without_seconds(line) for line in shown if not line.endswith("...")]
    report = tmp_path / "home" / "demo.json"

    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in wanted if line not in printed] == []
    assert done.stdout.splitlines()[-1] == f"report: {report}"
    assert report.exists()
    assert not (tmp_path / "home" / "kits" / "demo").exists()


def test_a_failure_is_told_as_the_readme_says(tmp_path: Path) -> None:
    """With its cause, what was expected and seen, and what to try."""
    command, shown = re.findall(r"^\$ kitcheck (grade .*)\n((?:.*\n)*?)```$", README, re.MULTILINE)[0]
    done = _kitcheck(tmp_path, *command.split())

    assert done.returncode == 1, done.stderr
    assert fits(shown.splitlines(), done.stdout)


def _kitcheck(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "KITCHECK_HOME": str(home / "home"),
        "XDG_STATE_HOME": str(home / "state"),
        "DOCKER_HOST": "tcp://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "kitcheck", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=200)


def _without_seconds(line: str) -> str:
    return re.sub(r"  [0-9.]+s  ", "  ", line).strip()


def test_demo_alone_is_not_parsed(tmp_path: Path) -> None:
    """`kitcheck demo` does not load what parses options; what goes wrong is told as by every other command."""
    program = """
import sys
from kitcheck import demo, head_start, program
def unusable():
    from harness.errors import UsageError
    raise UsageError("not today")
demo.demo, head_start.begin = unusable, lambda _: None
sys.argv[1:] = ["demo"]
status = program.main()
print(status, "typer" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("4 False\n", "kitcheck: not today\n")
