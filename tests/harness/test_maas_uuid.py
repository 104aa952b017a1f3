"""MAAS' own id is read on main, in the background; whatever comes instead of one is no id, and no error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from harness import maas_uuid
from harness.completed import Completed
from harness.errors import TimedOut, UsageError
from harness.maas_uuid import MaasUuid, found

UUID = "0d5a1c6e-3f0b-4a57-9a3c-1f2e3d4c5b6a"
OTHER = "7c1de9aa-52b7-4f0e-8f35-0c9b8a7d6e5f"


class Main:
    """An access to a main that answers one command."""

    def __init__(self, answer: Callable[[], str]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, bytes | None]] = []

    def run(self, command: str, *, timeout: float, limit: int, stdin: bytes | None, record: bool) -> Completed:
        """Answer, or fail."""
        assert (timeout, limit, record) == (maas_uuid.SECONDS, 4_096, False)
        self.asked.append((command, stdin))
        return Completed(command, 1, self.answer().encode(), b"cat: /var/lib/maas/maas_uuid: No such file", 0.0)


def read(main: Main, password: SecretStr | None = None) -> str:
    """Return the id that this main tells."""
    asked: Any = main
    return MaasUuid(asked, password).get()


def test_main_tells_it() -> None:
    """The file is root's: sudo reads it, and asks nobody for a password."""
    main = Main(lambda: UUID)

    assert read(main) == UUID
    assert main.asked == [
        ("sudo -n cat /var/snap/maas/common/maas/maas_uuid /var/lib/maas/maas_uuid", None),
    ]


def test_sudo_may_ask() -> None:
    """The password goes in where no list of processes shows it."""
    main = Main(lambda: UUID)

    assert read(main, SecretStr("s3cret")) == UUID
    assert main.asked == [
        ("sudo -k -S -p '' cat /var/snap/maas/common/maas/maas_uuid /var/lib/maas/maas_uuid", b"s3cret\n"),
    ]


@pytest.mark.filterwarnings("error")  # a thread that ends by an exception is only warned of
@pytest.mark.parametrize("failure", [TimedOut("late"), UsageError("known_hosts cannot be written")])
def test_a_main_that_cannot_be_asked(failure: Exception) -> None:
    """It tells nothing; whoever asks it something that matters hears why."""

    def fail() -> str:
        raise failure

    assert read(Main(fail)) == ""


def test_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Main takes its time until somebody wants to know."""
    wanted, looks = threading.Event(), iter((False, True))

    def clock() -> float:
        if next(looks):
            wanted.set()
        return 0.0

    def slow() -> str:
        assert wanted.wait(10)
        return UUID

    monkeypatch.setattr(maas_uuid, "time", SimpleNamespace(monotonic=clock))

    assert read(Main(slow)) == UUID


def test_nobody_waits_for_a_sudo_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not longer than it may take; what comes in time is taken."""
    monkeypatch.setattr(maas_uuid, "PATIENCE", 0.0)
    go, gone = threading.Event(), threading.Event()

    def late() -> str:
        assert go.wait(10)
        return UUID

    class Waited(MaasUuid):
        def _ask(self) -> None:
            super()._ask()
            gone.set()

    asked: Any = Main(late)
    told = Waited(asked)
    before = told.get()
    go.set()

    assert gone.wait(10)
    assert (before, told.get()) == ("", UUID)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Welcome to Ubuntu\n{UUID}\n", UUID),
        (f"  {UUID.upper()}\r\n", UUID),
        (f"{UUID}{OTHER}", UUID),
        (f"{OTHER}\n{UUID}\n", OTHER),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        (f"{UUID}0", ""),
        (f"={UUID}", ""),
        (UUID.replace("-", ""), ""),
        (UUID.replace("0", "\u0660"), ""),
    ],
)
def test_what_is_an_id(text: str, expected: str) -> None:
    """A line that is a UUID, or two where both files are there without an end of line; nothing else."""
    assert found(text) == expected
