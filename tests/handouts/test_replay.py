"""Whole editions, and editions in which something is not as listed, typed into embedded kits over SSH."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.access import Access
from harness.errors import UsageError
from harness.evidence import EvidenceLog
from harness.kitfile import load as load_kit
from kitcheck import replay as command
from simulators.embedded.kit import start
from simulators.handouts import outside
from simulators.handouts.lines import Grading
from simulators.handouts.loading import load
from simulators.handouts.replaying import Outcome, Replay
from simulators.handouts.site import HIDDEN, Site
from simulators.plan import Plan


@pytest.mark.parametrize(("letter", "printed"), [("A", 28), ("B", 20)])
def test_an_edition(letter: str, printed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line verbatim, every line as listed, everything graded passed, and no secret in what is shown."""
    file = tmp_path / "replay.json"

    status = command.replay(docker=False, edition=letter, json=file, keep=False)

    out = capsys.readouterr().out
    told = json.loads(file.read_text())
    assert f"{printed} lines printed, {printed} typed verbatim (blanks filled), {printed} as listed\n" in out
    assert [each["id"] for each in told["lines"] if each["verdict"] != "as listed"] == []
    assert {each["verdict"] for each in told["gradings"]} == {"passed"}
    assert status == 0
    assert HIDDEN in next(each["shown"] for each in told["lines"] if each["id"] == "password")


@contextmanager
def _typing(text: str, tmp_path: Path) -> Generator[Callable[[], list[Outcome]]]:
    """Yield what types lines into a bare kit and returns their outcomes."""
    file = tmp_path / "edition.yaml"
    file.write_text(f"edition: B\nlines:\n{text}", encoding="utf-8")
    with start(Plan(stage=None), folder=tmp_path / "kit") as played:
        kit = load_kit(played.kit_yaml)
        with closing(Access.of(kit, log=EvidenceLog())) as access:
            outcomes: list[Outcome] = []

            def run() -> list[Outcome]:
                with Replay(kit, load(file), Site.of(kit, access)) as typist:
                    typist.run(lambda _: None, outcomes.append, lambda _: None)
                return outcomes

            yield run


@pytest.fixture
def type_lines(tmp_path: Path) -> Callable[[str], list[Outcome]]:
    """Return what types lines into a bare kit and returns their outcomes."""

    def typed(text: str) -> list[Outcome]:
        with _typing(text, tmp_path) as run:
            return run()

    return typed


@pytest.mark.parametrize(
    ("line", "verdict", "why"),
    [
        ("{id: a, asked: 'false'}", "differs", "expected exit status 0, seen 1: nothing"),
        ("{id: a, asked: echo two, output: three}", "differs", "expected 'three' in what it says, seen: two"),
        ("{id: a, asked: 'true', wrong: so, status: 1, output: x}", "differs", "expected exit status 1, seen 0"),
        ("{id: a, asked: reboot-the-moon}", "not simulated", "not simulated: reboot-the-moon"),
        ("{id: a, asked: X, blanks: {X: known moon}}", "could not tell", "no line has told 'moon'"),
        ("{id: a, asked: sleep 60, within: 0.2}", "could not tell", "`sleep 60` on main had not ended after 0.2 s"),
        (
            "{id: a, asked: 'true', state: {machines: {server1: Deployed}}, within: 0.1}",
            "differs",
            "expected server1 Deployed within 0.1 s, seen: server1 is Ready in MAAS",
        ),
    ],
)
def test_what_is_not_as_listed(type_lines: Callable[[str], list[Outcome]], line: str, verdict: str, why: str) -> None:
    """What was expected and what was seen; the next line is typed all the same."""
    outcome, after = type_lines(f"- {line}\n- {{id: b, asked: pwd, output: /home/cloud}}\n")

    assert outcome.verdict == verdict
    assert why in outcome.why
    assert after.verdict == "as listed"


def test_lines_of_a_shell_that_did_not_open(type_lines: Callable[[str], list[Outcome]]) -> None:
    """They are not typed on main instead."""
    outcomes = type_lines(
        "- {id: a, asked: ssh ubuntu@172.16.0.99, opens: server4}\n"
        "- {id: b, where: server4, asked: sudo rm -rf /}\n"
        "- {id: c, where: server4, asked: exit, leaves: true}\n"
        "- {id: d, asked: 'true'}\n"
    )

    assert [each.verdict for each in outcomes] == ["could not tell", "not typed", "not typed", "as listed"]
    assert not outcomes[1].verbatim


def test_a_folder_stays(type_lines: Callable[[str], list[Outcome]]) -> None:
    """It is one shell into which all lines of main are typed."""
    _, where = type_lines("- {id: a, asked: cd /tmp}\n- {id: b, asked: pwd, output: ^/tmp}\n")

    assert where.verdict == "as listed"


TUNNEL = (
    "- id: a\n  where: outside\n  printed: ssh cloud@10.103.0.X -L PORT:[MAIN]:5240\n"
    "  blanks: {'0.X': router, '[MAIN]': main}\n"
    "  tunnel: {url: 'http://127.0.0.1:PORT/MAAS/api/2.0/version/', body: version}\n"
)


def no_program(_name: str) -> str | None:
    """Say that nothing is installed."""
    return None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("client", ["openssh", "asyncssh"])
def test_a_tunnel(type_lines: Callable[[str], list[Outcome]], monkeypatch: pytest.MonkeyPatch, client: str) -> None:
    """By the real client, and by the library where none is installed."""
    if client == "asyncssh":
        monkeypatch.setattr(outside.shutil, "which", no_program)
    elif shutil.which("ssh") is None:
        pytest.skip("no OpenSSH client is installed")
    (outcome,) = type_lines(TUNNEL.replace("PORT", str(free_port())))

    assert (outcome.verdict, outcome.verbatim) == ("as listed", True)
    assert outcome.typed.startswith("ssh cloud@10.103.0.19 -L ")


def test_a_tunnel_whose_port_is_taken(type_lines: Callable[[str], list[Outcome]]) -> None:
    """Another port is used, and the line does not count as verbatim."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (outcome,) = type_lines(TUNNEL.replace("PORT", str(taken.getsockname()[1])))

    assert (outcome.verdict, outcome.verbatim) == ("as listed", False)
    assert "the line's own is taken on this computer" in outcome.shown


def test_an_interrupted_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Ctrl-C: what is known is told, and the kit is gone."""
    kits: list[Path] = []

    def interrupted(self: Any, *_: object) -> None:
        kits.extend(tmp_path.rglob("kit.yaml"))
        raise KeyboardInterrupt

    monkeypatch.setattr(Replay, "run", interrupted)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    status = command.replay(docker=False, edition="B", json=None, keep=False)

    assert status == command.INTERRUPTED
    assert "20 lines printed, 0 typed verbatim (blanks filled), 0 as listed" in capsys.readouterr().out
    assert kits
    assert not any(each.exists() for each in kits)


def test_an_embedded_kit_cannot_be_kept() -> None:
    """It ends with the program."""
    with pytest.raises(UsageError, match="--keep is for --docker"):
        command.replay(docker=False, edition="B", json=None, keep=True)


def test_the_sum() -> None:
    """What is not simulated is counted apart; what differs decides the exit status, then what could not be told."""
    from kitcheck.replay import status_of

    assert status_of({"as listed"}, {"passed"}) == 0
    assert status_of({"as listed", "not simulated"}, {"passed"}) == 0
    assert status_of({"as listed", "could not tell"}, {"passed"}) == 2
    assert status_of({"could not tell", "differs"}, {"passed"}) == 1
    assert status_of({"as listed"}, {"passed", "failed"}) == 1
    assert status_of({"as listed"}, {"undecided"}) == 2
    assert status_of({"as listed"}, set()) == 2


def test_gradings_are_told_in_order(tmp_path: Path) -> None:
    """A place at which the group hands in is graded after the lines before it."""
    told: list[str] = []
    with start(Plan(stage=None), folder=tmp_path / "kit") as played:
        kit = load_kit(played.kit_yaml)
        file = tmp_path / "edition.yaml"
        file.write_text(
            "edition: B\nlines:\n- {id: a, asked: 'true'}\n- {grade: [cleanup]}\n- {id: b, asked: 'true'}\n"
        )
        with closing(Access.of(kit, log=EvidenceLog())) as access, Replay(kit, load(file), Site.of(kit, access)) as it:

            def grade(place: Grading) -> None:
                told.append(place.grade[0])

            it.run(lambda _: None, lambda each: told.append(each.id), grade)

    assert told == ["a", "cleanup", "b"]
