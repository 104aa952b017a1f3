"""What Juju's client on main still knows after a clean-up: asked of the command and read from its files."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from harness.completed import Completed
from harness.errors import AccessRefused, KitError, UnexpectedAnswer
from harness.evidence import EvidenceLog
from harness.kit import Kit
from harness.observing.cleanup import Known, known_controllers
from tests.harness.juju_shapes import ACCOUNTS, CONTROLLERS

NOBODY = 'ERROR No controllers registered.\n\nPlease either create a new controller using "juju bootstrap"..\n'


class Main:
    """An access to a main on which `juju controllers` ends as it is told, with files of its client or without."""

    def __init__(self, told: tuple[int, str, str], files: dict[str, str]) -> None:
        self.log = EvidenceLog()
        self._told = told
        self._files = files

    def hide(self, secret: str) -> None:
        """Keep a secret out of evidence."""
        self.log.hide(secret)

    def run(self, wanted: str, *, timeout: float, limit: int, record: bool = True) -> Completed:
        """Answer a command."""
        status, out, err = self._told
        if "cat " in wanted:
            mark = wanted.partition('echo "')[2].partition(" controllers")[0]
            status, out, err = 0, "".join(f"\n{mark} {name}\n{text}" for name, text in self._files.items()), ""
        return Completed(wanted, status, out.encode(), err.encode(), 0.0)


def known(told: tuple[int, str, str], **files: str) -> Known:
    """Return what is known on such a main."""
    access: Any = Main(told, {f"{name}.yaml": text for name, text in files.items()})
    description: Any = SimpleNamespace()
    return known_controllers(Kit(description, access, access))


def test_controllers_that_are_known() -> None:
    """Both say it: the command, and the files."""
    told = (0, json.dumps({"controllers": {"main": {}, "another": {}}}), "")

    assert known(told, controllers=CONTROLLERS, accounts=ACCOUNTS) == Known(("another", "main"), ("maas-controller",))


def test_none_is_registered() -> None:
    """Juju says it with exit status 1; files are empty or were never written."""
    assert known((1, "", NOBODY)) == Known((), ())
    assert known((1, "", NOBODY), controllers="controllers: {}\n") == Known((), ())
    assert known((0, '{"controllers": null}', "")) == Known((), ())


def test_juju_is_not_installed() -> None:
    """The shell finds no such command; what its files say is kept."""
    assert known((127, "", "bash: juju: command not found"), controllers=CONTROLLERS) == Known(
        None, ("maas-controller",)
    )


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ((0, "no JSON", ""), UnexpectedAnswer),
        ((0, '{"controllers": []}', ""), UnexpectedAnswer),
        ((1, "", "ERROR permission denied"), AccessRefused),
        ((2, "", ""), UnexpectedAnswer),
    ],
)
def test_what_cannot_be_told(told: tuple[int, str, str], error: type[KitError]) -> None:
    """Anything else that the command says is no verdict."""
    with pytest.raises(error):
        known(told)


def test_files_that_cannot_be_read() -> None:
    """Nor is a file that is not Juju's."""
    with pytest.raises(UnexpectedAnswer, match=r"controllers\.yaml"):
        known((1, "", NOBODY), controllers="{")
