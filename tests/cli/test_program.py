"""The program as a whole: help, statuses, one line for everything that goes wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from harness.errors import TimedOut, UsageError
from tests.cli.conftest import Kitcheck

ROOT = Path(__file__).parents[2]
COMMANDS = ("up", "kits", "down", "grade", "demo", "mistakes", "selftest")
PROGRAM = [sys.executable, "-c", "import sys; from kitcheck.cli import main; sys.exit(main())"]


def test_help_lists_every_command(kitcheck: Kitcheck) -> None:
    """The help names the commands and the exit statuses."""
    ran = kitcheck("--help")

    assert [
        word for word in ("up", "kits", "down", "grade", "demo", "mistakes", "selftest") if f"│ {word} " not in ran.out
    ] == []
    assert "Exit status: 0 all passed, 1 something failed, 2 undecided, 4 unusable" in ran.out
    assert (ran.status, ran.err) == (0, "")


def test_version(kitcheck: Kitcheck) -> None:
    """The version is a line of its own."""
    ran = kitcheck("--version")

    assert (ran.status, len(ran.out.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "command", "complaint"),
    [
        (["grade", "--kit"], "kitcheck", "Option '--kit' requires an argument."),
        (["--nonsense"], "kitcheck", "No such option: --nonsense"),
        (["nonsense"], "kitcheck", "No such command 'nonsense'."),
        (["down", "a", "b"], "kitcheck down", "Got unexpected extra argument(s) (b)"),
        (["class", "show"], "kitcheck class show", "Missing argument 'FILE'."),
        (
            ["selftest", "--repeat", "0"],
            "kitcheck selftest",
            "Invalid value for '--repeat': Input should be greater than or equal to 1",
        ),
    ],
)
def test_unusable_arguments(kitcheck: Kitcheck, arguments: list[str], command: str, complaint: str) -> None:
    """Arguments that nobody knows are one line and status 4."""
    ran = kitcheck(*arguments)

    assert ran.err == f"kitcheck: {complaint} (`{command} --help` lists what there is)\n"
    assert (ran.status, ran.out) == (4, "")


@pytest.mark.parametrize("arguments", [[], ["class"]])
def test_nothing_is_asked_for(kitcheck: Kitcheck, arguments: list[str]) -> None:
    """Without a command there is the help, and no complaint beside it."""
    ran = kitcheck(*arguments)

    assert "Commands" in ran.out or "A kit" in ran.out
    assert (ran.status, ran.err) == (4, "")


def _raise(error: BaseException) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UsageError("no such kit\nat all"), 4, "no such kit at all"),
        (UsageError("no such kit", "nor this one"), 4, "no such kit\nkitcheck: nor this one"),
        (TimedOut("main did not answer", help="is it on?"), 2, "main did not answer. is it on?"),
        (
            ZeroDivisionError("by zero"),
            2,
            "a fault of Kitcheck itself: ZeroDivisionError: by zero (KITCHECK_DEBUG=1 shows where)",
        ),
    ],
)
def test_what_goes_wrong(
    kitcheck: Kitcheck, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, line: str
) -> None:
    """Whatever is raised is one line, without control codes, and its own status."""
    monkeypatch.delenv("KITCHECK_DEBUG", raising=False)
    monkeypatch.setattr("kitcheck.kits.show", lambda: _raise(error))
    ran = kitcheck("kits")

    assert (ran.status, ran.err, ran.out) == (status, f"kitcheck: {line}\n", "")


def test_interrupted(kitcheck: Kitcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C there is nothing to say."""
    monkeypatch.setattr("kitcheck.kits.show", lambda: _raise(KeyboardInterrupt()))
    ran = kitcheck("kits")

    assert (ran.status, ran.err, ran.out) == (130, "", "")


def test_debug_shows_where(kitcheck: Kitcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own has a traceback for those who ask."""
    monkeypatch.setenv("KITCHECK_DEBUG", "1")
    monkeypatch.setattr("kitcheck.kits.show", lambda: _raise(ZeroDivisionError("by zero")))

    assert "Traceback (most recent call last)" in kitcheck("kits").err


def test_reader_has_gone() -> None:
    """`kitcheck --help | head -0` ends without a word."""
    process = subprocess.Popen([*PROGRAM, "--help"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.wait(timeout=30)
    process.stderr.close()

    assert told == b""


def test_help_needs_no_machinery() -> None:
    """Help and complaints are quick: neither pytest nor SSH nor Docker is loaded for them."""
    program = (
        "import sys; sys.argv[1:] = ['--help']; from kitcheck.cli import main; main();"
        "heavy = {'pytest', 'asyncssh', 'docker', 'requests', 'pydantic'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert loaded.stderr.strip() == "[]"
