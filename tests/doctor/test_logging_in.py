"""Host key, login, commands and forwarding on main, each broken alone."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from harness.doctor import logging_in
from harness.doctor.step import State
from harness.known_hosts import of_kit
from tests.doctor.described import broken, described, examined, written
from tests.harness.sshd import PASSWORD, Answer, Kit, Process, forever, new_key, public, save

TOKEN = "0123456789ab"
"""What the shell is asked to say."""
COMMAND = logging_in.COMMAND.format(token=TOKEN)


def shell(*, before: str = "", ahead: float = 0.0, sudo: bool = True) -> Answer:
    """Return what main says to the command of an examination."""
    said = f"{before}{TOKEN}\ncloud\nmain\n{time.time() + ahead:.0f}\n" + ("sudo\n" if sudo else "")
    return (0 if sudo else 1, said.encode(), b"")


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Generator[Kit]:
    """A main that can be logged in to, and nothing behind it."""

    def said(_bytes: int) -> str:
        return TOKEN

    monkeypatch.setattr(logging_in.secrets, "token_hex", said)
    kit = Kit()
    kit.main.commands[COMMAND] = shell()
    yield kit
    kit.close()


def at(kit: Kit) -> str:
    """Return the address of a kit."""
    return f"cloud@127.0.0.1:{kit.main.port}"


def test_a_login_that_works(kit: Kit, tmp_path: Path) -> None:
    """Who we are is told; no host key is remembered, and what is not there is the next broken step."""
    steps = examined(described(tmp_path, at(kit), password=PASSWORD))

    assert [steps[each].state for each in ("ssh", "host-key", "login", "commands", "forwarding")] == [State.OK] * 5
    assert steps["commands"].seen == "they run as cloud on main; sudo without a password works"
    assert "seen for the first time" in steps["host-key"].seen
    assert of_kit("kit-of-the-test").keys("127.0.0.1", kit.main.port) == ()
    assert (broken(steps).id, steps["servers"].because) == ("maas", "maas")


def test_a_remembered_host_key(kit: Kit, tmp_path: Path) -> None:
    """The same as at the last grading."""
    known = " ".join(kit.main.key.export_public_key("openssh").decode().split()[:2])
    of_kit("kit-of-the-test").check("127.0.0.1", kit.main.port, known)
    steps = examined(described(tmp_path, at(kit), password=PASSWORD))

    assert steps["host-key"].state == State.OK
    assert steps["host-key"].seen == f"ssh-ed25519 {kit.main.key.get_fingerprint()}, the one that is remembered"


def test_a_changed_host_key(kit: Kit, tmp_path: Path) -> None:
    """Another machine, or one installed anew: where the old key is remembered is told, and it stays there."""
    old = " ".join(new_key().export_public_key("openssh").decode().split()[:2])
    known = of_kit("kit-of-the-test")
    known.check("127.0.0.1", kit.main.port, old)
    steps = examined(described(tmp_path, at(kit), password=PASSWORD))
    first = broken(steps)

    assert (first.id, steps["login"].because) == ("host-key", "host-key")
    assert "another SSH host key than before" in first.seen
    assert f"remove line 1 of {known.path}" in first.advice
    assert known.keys("127.0.0.1", kit.main.port) == (old,)
    assert kit.main.users == []


def test_a_refused_password(kit: Kit, tmp_path: Path) -> None:
    """The password appears nowhere."""
    steps = examined(described(tmp_path, at(kit), password="battery staple"))
    first = broken(steps)

    assert (first.id, steps["host-key"].state) == ("login", State.OK)
    assert first.seen == "the kit refuses the password for cloud; it takes: password"
    assert f"`ssh -p {kit.main.port} cloud@127.0.0.1`" in first.advice
    assert "battery" not in str(steps)


def test_a_password_where_only_keys_are_taken(kit: Kit, tmp_path: Path) -> None:
    """No password would do."""
    kit.main.password = None
    kit.main.trusted.append(public(new_key()))
    first = broken(examined(described(tmp_path, at(kit), password=PASSWORD)))

    assert (first.id, first.seen) == ("login", "the kit refuses passwords altogether; it takes: publickey")
    assert "access.identity" in first.advice


def test_a_question_that_one_password_does_not_answer(kit: Kit, tmp_path: Path) -> None:
    """Keyboard-interactive may want more."""
    kit.main.keyboard_only = True
    first = broken(examined(described(tmp_path, at(kit), password="battery staple")))

    assert first.id == "login"
    assert "keyboard-interactive" in first.seen


def test_a_refused_key(kit: Kit, tmp_path: Path) -> None:
    """How to make it known is told."""
    kit.main.trusted.append(public(new_key()))
    identity = save(new_key(), tmp_path / "id")
    first = broken(examined(described(tmp_path, at(kit), identity=str(identity))))

    assert first.id == "login"
    assert first.seen == f"the kit refuses the key {identity} for cloud; it takes: publickey, password"
    assert f"(`ssh-copy-id -i {identity} -p {kit.main.port} cloud@127.0.0.1`), or give access.password" in first.advice


def test_a_key_where_only_passwords_are_taken(kit: Kit, tmp_path: Path) -> None:
    """No key would do."""
    identity = save(new_key(), tmp_path / "id")
    first = broken(examined(described(tmp_path, at(kit), identity=str(identity))))

    assert (first.id, first.seen) == ("login", "the kit takes no keys for cloud; it takes: password")
    assert "access.password" in first.advice


def test_no_key_at_all(kit: Kit, tmp_path: Path) -> None:
    """Neither identity nor password given, and the user has none."""
    kit.main.trusted.append(public(new_key()))
    first = broken(examined(described(tmp_path, at(kit))))

    assert (first.id, first.seen) == (
        "login",
        "the kit refuses every key of yours for cloud; it takes: publickey, password",
    )


def test_a_key_that_others_can_read(kit: Kit, tmp_path: Path) -> None:
    """It works here, and `ssh` itself would refuse it."""
    identity = save(new_key(), tmp_path / "id")
    identity.chmod(0o644)
    step = examined(described(tmp_path, at(kit), identity=str(identity)))["credentials"]

    assert step.state == State.OK
    assert f"chmod 600 {identity}" in step.advice


def test_too_many_keys(kit: Kit, tmp_path: Path) -> None:
    """What sshd says before it hangs up is told."""
    kit.main.turns_away = "Too many authentication failures"
    first = broken(examined(described(tmp_path, at(kit), password=PASSWORD)))

    assert first.id == "login"
    assert "access.identity" in first.advice


def test_a_shell_that_hangs(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login works, and no command ends."""
    monkeypatch.setattr(logging_in, "COMMAND_SECONDS", 0.2)
    kit.main.commands[COMMAND] = forever
    steps = examined(described(tmp_path, at(kit), password=PASSWORD))

    assert (steps["login"].state, steps["commands"].state) == (State.OK, State.BROKEN)
    assert (broken(steps).id, steps["juju"].because) == ("commands", "commands")
    assert "the shell hangs" in broken(steps).seen


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (
            (0, b"Welcome to the backup service\n", b""),
            "something else than what it was asked to: Welcome to",
        ),
        ((1, b"", b"This account is currently not available.\n"), "This account is currently not available."),
        ((0, b"x" * 70_000, b""), "more than 65536 bytes"),
    ],
    ids=["forced", "nologin", "flood"],
)
def test_another_command_than_ours(kit: Kit, tmp_path: Path, answer: Answer, seen: str) -> None:
    """A forced command, and a login shell that takes none."""
    kit.main.commands[COMMAND] = answer
    first = broken(examined(described(tmp_path, at(kit), password=PASSWORD)))

    assert first.id == "commands"
    assert seen in first.seen


def test_what_a_shell_says_unasked(kit: Kit, tmp_path: Path) -> None:
    """Worth knowing, and no obstacle; so are a clock that is wrong and a sudo that asks."""
    kit.main.commands[COMMAND] = shell(before="Hi \x1b[31mthere\n", ahead=-4000, sudo=False)
    step = examined(described(tmp_path, at(kit), password=PASSWORD))["commands"]

    assert (step.state, step.seen) == (
        State.OK,
        "they run as cloud on main; sudo wants a password (no check needs it)",
    )
    assert "'Hi [31mthere'" in step.advice
    assert "s behind this computer's" in step.advice


@pytest.mark.parametrize(
    ("password", "seen", "note"),
    [
        (PASSWORD, "sudo wants a password, with which MAAS' key is read", ""),
        (None, "sudo wants a password, and kit.yaml has none", "give access.password or maas.api_key"),
    ],
)
def test_a_sudo_that_asks(kit: Kit, tmp_path: Path, password: str | None, seen: str, note: str) -> None:
    """Where the key of MAAS is to be read on main, it matters whether kit.yaml has the password."""
    kit.main.trusted.append(public(key := new_key()))
    kit.main.commands[COMMAND] = shell(sudo=False)
    login = {"identity": str(save(key, tmp_path / "id"))} | ({} if password is None else {"password": password})
    path = described(tmp_path, at(kit), **login)
    said = {part: each for part, each in yaml.safe_load(path.read_text()).items() if part != "maas"}
    step = examined(written(path, said))["commands"]

    assert step.seen == f"they run as cloud on main; {seen}"
    assert step.advice.endswith(note)
    assert bool(step.advice) == bool(note)


def test_a_command_without_an_exit_status(kit: Kit, tmp_path: Path) -> None:
    """A channel that just closes is not taken for an answer."""

    async def closes(process: Process) -> None:
        process.close()

    kit.main.commands[COMMAND] = closes
    first = broken(examined(described(tmp_path, at(kit), password=PASSWORD)))

    assert first.id == "commands"
    assert "without an exit status" in first.seen
