"""The command `juju` on main: its answers, its refusals, and what evidence keeps of both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness.completed import Completed
from harness.errors import AccessRefused, CheckFailed, KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.evidence import EvidenceLog
from harness.juju import command
from tests.harness.juju_shapes import ACCOUNTS, CONTROLLERS, MODELS


class Main:
    """An access whose main answers commands by what they contain, and refuses all others."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.log = EvidenceLog()
        self._answers = answers
        self.asked: list[str] = []

    def hide(self, secret: str) -> None:
        """Keep a secret out of evidence."""
        self.log.hide(secret)

    def run(self, wanted: str, *, timeout: float, limit: int, record: bool = True) -> Completed:
        """Answer, or fail as the answer says."""
        self.asked.append(wanted)
        answer: Any = next((answer for part, answer in self._answers.items() if part in wanted), None)
        if answer is None:
            raise AssertionError(f"unexpected command: {wanted}")
        if isinstance(answer, Exception):
            raise answer
        status, out, err = (0, answer, "") if isinstance(answer, str) else answer
        if record:
            self.log.record("command", "main", f"$ {wanted}", out)
        return Completed(wanted, status, out.encode(), err.encode(), 0.0)


def access(answers: Mapping[str, object]) -> Any:
    """Return such an access."""
    return Main(answers)


def test_models() -> None:
    """Names come without their owners."""
    told = {"models": [{"name": "admin/controller", "short-name": "controller"}, {"name": "openstack"}]}
    main = access({"juju models": json.dumps(told)})

    assert command.models(main, "maas-controller") == ("controller", "openstack")
    assert main.asked == ["PATH=$PATH:/snap/bin juju models -c maas-controller --format=json"]


def test_clouds() -> None:
    """Clouds are told with their types."""
    told = {"maas-one": {"defined": "local", "type": "maas"}, "localhost": {"type": "lxd"}}

    assert command.clouds(access({"clouds --client": json.dumps(told)})) == {"maas-one": "maas", "localhost": "lxd"}


def test_controllers() -> None:
    """Controllers are told by name; 2.9 prints null where there is none."""
    told = {"controllers": {"main": {"uuid": "x"}}, "current-controller": "main"}

    assert command.controllers(access({"juju controllers": json.dumps(told)})) == ("main",)
    assert command.controllers(access({"juju controllers": '{"controllers": null}'})) == ()


def test_a_greeting_of_mains_shell_is_no_answer() -> None:
    """Whatever ~/.bashrc there prints before it; without an answer it stays none."""
    told = json.dumps({"controllers": {"main": {}}})

    assert command.controllers(access({"juju controllers": f"Welcome {{to}}\n12:30:45\n{told}\n"})) == ("main",)
    with pytest.raises(UnexpectedAnswer, match="is not JSON"):
        command.controllers(access({"juju controllers": "Welcome\n"}))


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ((127, "", "bash: juju: command not found\n"), CheckFailed, "not installed on main"),
        ((1, "", "ERROR controller x not found\n"), CheckFailed, "controller x not found"),
        ((1, "", "ERROR No controllers registered.\n\nPlease\n"), CheckFailed, "No controllers registered"),
        ((1, "", "ERROR model m:admin/y not found\n"), CheckFailed, "admin/y not found"),
        ((1, "", "ERROR cannot get discharge: not logged in\n"), AccessRefused, "not logged in"),
        ((1, "", "ERROR unable to connect to API: dial tcp: refused\n"), Unreachable, "unable to connect"),
        ((2, "", "ERROR flag provided but not defined\n"), UnexpectedAnswer, "ended with status 2: flag provided"),
        ((1, "", ""), UnexpectedAnswer, "it said nothing"),
        ("no JSON", UnexpectedAnswer, "is not JSON"),
        ("[]", UnexpectedAnswer, "should be an object"),
        ('{"models": [7]}', UnexpectedAnswer, "should be an object"),
        (json.dumps({"models": [{"name": "a"}] * 501}), UnexpectedAnswer, "501 entries"),
    ],
)
def test_refusals(answer: object, kind: type[Exception], said: str) -> None:
    """What the group has to do is a failure; what nobody can tell is an error."""
    with pytest.raises(kind, match=said):
        command.models(access({"juju": answer}), "x")


def test_names_are_quoted() -> None:
    """A name from kit.yaml is one argument, whatever is in it."""
    main = access({"juju": '{"models": []}'})
    command.models(main, "$(touch x)")

    assert main.asked == ["PATH=$PATH:/snap/bin juju models -c '$(touch x)' --format=json"]


class Files(Main):
    """An access whose main prints the three files, each after the mark that the command brings."""

    def run(self, wanted: str, *, timeout: float, limit: int, record: bool = True) -> Completed:
        """Print them."""
        mark = wanted.partition('echo "')[2].partition(" controllers")[0]
        files = {"controllers.yaml": CONTROLLERS, "accounts.yaml": ACCOUNTS, "models.yaml": MODELS}
        out = "".join(f"\n{mark} {name}\n{text}" for name, text in files.items())
        return Completed(wanted, 0, out.encode(), b"", 0.0)


def test_the_password_stays_out_of_evidence() -> None:
    """The client's files are read whole, and evidence says whom they name and not with which password."""
    main: Any = Files({})
    found = command.client_files(main)
    main.log.record("command", "main", "x", "0123456789abcdef")
    seen = "\n".join(f"{piece.summary}\n{piece.body}" for piece in main.log.pieces)

    assert found["maas-controller"].password == "0123456789abcdef"
    assert "maas-controller: cloud maas-one, version 3.6.8" in seen
    assert "0123456789abcdef" not in seen


@pytest.mark.parametrize(
    ("version", "asked", "answer"),
    [
        (
            "3.6.8",
            "juju run -m c:m grafana/0 get-admin-password --format=json",
            {"grafana/0": {"id": "2", "results": {"password": "s3cret-x"}, "status": "completed", "unit": "grafana/0"}},
        ),
        (
            "2.9.51",
            "juju run-action --wait -m c:m grafana/0 get-admin-password --format=json",
            {"unit-grafana-0": {"UnitId": "grafana/0", "results": {"password": "s3cret-x"}, "status": "completed"}},
        ),
    ],
)
def test_grafanas_password(version: str, asked: str, answer: object) -> None:
    """Both major versions have an action for it; what it says does not become evidence."""
    main = access({asked: json.dumps(answer)})

    assert command.password_of(main, "c:m", "grafana/0", version) == "s3cret-x"
    assert not any("s3cret-x" in piece.body + piece.summary for piece in main.log.pieces)


@pytest.mark.parametrize("answer", [(1, "", "ERROR no unit specified"), "[]", "{}", TimedOut("not done after 12 s")])
def test_no_password(answer: object) -> None:
    """An action that fails, answers nonsense or hangs gives no password, and that is nobody's failure."""
    with pytest.raises(KitError):
        command.password_of(access({"juju": answer}), "c:m", "grafana/0", "3.6.8")
