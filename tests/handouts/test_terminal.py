"""The typist's terminal: statuses, prompts, secrets, deadlines, shells inside, nano."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator

import pytest

from harness.errors import TimedOut, UnexpectedAnswer, Unreachable
from simulators.handouts import terminal as module
from simulators.handouts.terminal import Reply, Typed
from tests.handouts.scripted import FIRST, Script, ScriptedShell, terminal

WITHIN = 10.0


def typed(script: Script, scene: Callable[[module.Terminal, ScriptedShell], Awaitable[None]]) -> None:
    """Play a scene at a terminal."""

    async def played() -> None:
        opened, shell = await terminal(script)
        try:
            await scene(opened, shell)
        finally:
            await opened.close()

    asyncio.run(played())


def reply(prompt: str, text: str, *, optional: bool = False) -> Reply:
    """Return an answer."""
    return Reply(re.compile(prompt.encode()), text, optional)


def test_a_line_with_its_status() -> None:
    """What it says comes without the line itself, colours and carriage returns; its status is told."""

    def script(_line: str) -> Iterator[bytes | int]:
        yield b"\x1b[01;34mblue\x1b[0m\r\nand no line end"
        yield 3

    async def scene(opened: module.Terminal, _shell: ScriptedShell) -> None:
        assert Typed(3, "blue\nand no line end") == await opened.type("ls", within=WITHIN)

    typed(script, scene)


def test_nothing_is_left_in_the_history() -> None:
    """The shell is told to keep none before anything else is typed."""

    async def scene(_opened: module.Terminal, shell: ScriptedShell) -> None:
        assert shell.typed[0].startswith(b" unset HISTFILE;")

    typed(lambda _: iter((0,)), scene)


def questions(_line: str) -> Iterator[bytes | int]:
    """Ask two questions."""
    yield b"Name: "
    yield b"Secret: "
    yield b"thank you\r\n"
    yield 0


def test_questions_are_answered_in_order() -> None:
    """Each when it is asked, and nothing is typed ahead."""

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        went = await opened.type("ask", within=WITHIN, replies=[reply("Name: ", "cloud"), reply("Secret: ", "s3cret")])

        assert went == Typed(0, "Name: \nSecret: \nthank you\n")
        assert shell.typed[-2:] == [b"cloud\r", b"s3cret\r"]

    typed(questions, scene)


def test_a_question_that_need_not_come() -> None:
    """What is optional may be left out."""

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        maybe = reply("Sure", "y", optional=True)
        await opened.type("ask", within=WITHIN, replies=[maybe, reply("Name: ", "a"), reply("Secret: ", "b")])

        assert shell.typed[-2:] == [b"a\r", b"b\r"]

    typed(questions, scene)


def test_a_question_that_never_came() -> None:
    """A line that ends well without having asked is not what was meant."""

    async def scene(opened: module.Terminal, _shell: ScriptedShell) -> None:
        with pytest.raises(UnexpectedAnswer, match="`quick` on main never asked 'Sure'"):
            await opened.type("quick", within=WITHIN, replies=[reply("Sure", "y")])

    typed(lambda _: iter((0,)), scene)


def test_a_line_that_does_not_end() -> None:
    """The deadline is told with what was shown last; the line is interrupted, and the next one can be typed."""

    def script(line: str) -> Iterator[bytes | int]:
        if line == "sleep":
            yield b"still waiting? "
        yield 0

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        with pytest.raises(TimedOut, match=r"`sleep` on main had not ended after 0\.05 s; .*still waiting"):
            await opened.type("sleep", within=0.05)
        after = await opened.type("true", within=WITHIN)

        assert b"\x03" in shell.typed
        assert Typed(0, "") == after

    typed(script, scene)


def test_a_terminal_that_is_hung_up() -> None:
    """Whoever waits is told."""

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        shell.close()
        with pytest.raises(Unreachable, match="the terminal on main was closed while `true` ran"):
            await opened.type("true", within=WITHIN)

    typed(lambda _: iter((b"Password: ",)), scene)


def test_endless_output_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that prints more than is kept ends the terminal."""
    monkeypatch.setattr(module, "LIMIT", 1_000)

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        with pytest.raises(Unreachable):
            await opened.type("yes", within=WITHIN)

        assert shell.is_closed

    typed(lambda _: iter((b"y\r\n" * 500 + b"? ",)), scene)


def test_a_shell_inside() -> None:
    """Its own prompt is waited for, and replaced by ours; then lines are typed there as anywhere."""

    def script(line: str) -> Iterator[bytes | int]:
        if line.startswith("ssh"):
            yield b"Welcome to Ubuntu\r\n" + FIRST.replace(b"cloud@main", b"ubuntu@server4")
        yield 1

    async def scene(opened: module.Terminal, shell: ScriptedShell) -> None:
        shown = await opened.enter("ssh ubuntu@172.16.0.12", within=WITHIN)
        after = await opened.type("false", within=WITHIN)

        assert "Welcome to Ubuntu" in shown
        assert shell.typed[2].startswith(b" unset HISTFILE; PS1='kc-")
        assert Typed(1, "") == after

    typed(script, scene)


def test_a_shell_inside_that_does_not_open() -> None:
    """Its status and last words are told."""

    def script(_line: str) -> Iterator[bytes | int]:
        yield b"Permission denied (publickey).\r\n"
        yield 255

    async def scene(opened: module.Terminal, _shell: ScriptedShell) -> None:
        with pytest.raises(UnexpectedAnswer, match=r"leads into no shell: status 255, Permission denied"):
            await opened.enter("ssh ubuntu@172.16.0.12", within=WITHIN)

    typed(script, scene)


def test_a_program_that_takes_no_screen() -> None:
    """One that ends instead is told with its status."""

    def script(_line: str) -> Iterator[bytes | int]:
        yield b"nano: command not found\r\n"
        yield 127

    async def scene(opened: module.Terminal, _shell: ScriptedShell) -> None:
        with pytest.raises(UnexpectedAnswer, match="ended with status 127, taking no screen: nano: command not found"):
            await opened.begin_screen("nano x", re.compile(b"GNU nano"), within=WITHIN)

    typed(script, scene)
