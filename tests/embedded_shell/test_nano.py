"""A file edited with nano, key by key, through a real terminal session."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulators.embedded.call import Mode
from simulators.embedded.host import Host
from simulators.embedded.shell import converse
from tests.embedded_shell.machines import machine, play

CUT_ALL = "\x1b\\\x1ba\x1b/\x0b"
"""First line, mark, last line, cut."""
SAVE = "\x0f\r\x18"
"""Write, Enter, leave."""


async def edit(host: Host, line: str, *chunks: str) -> str:
    """Type a line, then keys; return the screen. Keys count only while a program wants keys."""
    if not host.on:
        await host.boot()
    said, modes, shown = [line, *chunks], list[Mode](), bytearray()

    async def read_line() -> str | None:
        await asyncio.sleep(0)
        assert (modes[-1:] == ["keys"]) == (len(said) <= len(chunks) and bool(said))
        return said.pop(0) if said else None

    await converse(host, host.user, read_line, shown.extend, mode=modes.append)
    assert modes[-1:] == ["lines"]
    return shown.decode()


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("a\nb\n", [CUT_ALL, "one\rtwo", SAVE], "one\ntwo\n"),
        ("a\nb\n", ["x", SAVE], "xa\nb\n"),
        ("a\nb\n", ["\x1b[B\x1b[C\x7fc", SAVE], "a\nc\n"),
        ("a\nb\n", ["\x1b[F\x1b[3~", SAVE], "ab\n"),
        ("ab\n", ["\x1b[C\x7f\x7f", SAVE], "b\n"),
        ("a\nb\nc\n", ["\x0b", "\x1b/\x15", SAVE], "b\nca\n\n"),
        ("a\nb\n", ["x\x18y\r"], "xa\nb\n"),
        ("a\nb\n", ["x\x18n"], "a\nb\n"),
        ("a\nb\n", ["x\x18\x03\x7f\x18n"], "a\nb\n"),
        ("a\tb\n", ["\t\x05!", SAVE], "\ta\tb!\n"),
        ("", ["new", SAVE], "new\n"),
        ("x\ny\n", [CUT_ALL, SAVE], ""),
        ("one two\n", ["\x1ba\x1b[C\x1b[C\x1b[C\x1b[C\x0b", SAVE], "two\n"),
    ],
)
def test_keys(before: str, keys: list[str], after: str) -> None:
    """Each key does what nano's does."""
    host = machine()
    host.files.write("/home/ubuntu/file", before)
    play(edit(host, "nano file", *keys))

    assert host.files.read("/home/ubuntu/file").decode() == after


def test_the_screen() -> None:
    """Title, text, whether it was changed, what was written; the cursor is where the text goes on."""
    host = machine()
    host.files.write("/etc/thing", "a\n")
    shown = play(edit(host, "sudo nano /etc/thing", "b", "\x0f", "\r", "\x18"))
    screens = shown.split("\x1b[H\x1b[2J")

    assert screens[1].startswith("  GNU nano 6.2   /etc/thing\na\n")
    assert screens[2].startswith("  GNU nano 6.2   /etc/thing *\nba\n")
    assert screens[2].endswith("\x1b[2;2H")
    assert "File Name to Write: /etc/thing" in screens[3]
    assert "[ Wrote 1 line ]" in screens[4]
    assert host.files.read("/etc/thing") == b"ba\n"


def test_what_may_not_be_written() -> None:
    """Whoever is not root hears of it, and may leave without having saved."""
    host = machine()
    host.files.write("/etc/thing", "a\n")
    shown = play(edit(host, "nano /etc/thing", "b\x0f\r", "\x18n"))

    assert "[ Error writing /etc/thing: Permission denied ]" in shown
    assert host.files.read("/etc/thing") == b"a\n"


def test_without_a_terminal() -> None:
    """There is nothing to draw on."""
    from tests.embedded_shell.machines import Ran, ran

    assert ran(machine(), "nano file") == Ran(1, "", "Error opening terminal: unknown.\n")


def test_watch_goes_on_until_it_is_interrupted() -> None:
    """Every screen has the command and what it says now; Ctrl-C ends it and not the shell."""
    host, shown = machine(), bytearray()
    interrupts: list[Callable[[], None]] = []
    said = ["watch -n 0.1 'cat /tmp/x'", "echo on"]

    async def read_line() -> str | None:
        return said.pop(0) if said else None

    def screens() -> list[bytes]:
        return bytes(shown).split(b"\x1b[H\x1b[2J")[1:]

    async def look() -> Any:
        await host.boot()
        host.files.write("/tmp/x", "first\n")
        talk: Awaitable[int] = asyncio.ensure_future(
            converse(host, host.user, read_line, shown.extend, interrupts=interrupts)
        )
        while not screens():  # noqa: ASYNC110 -- nobody tells us what is on a screen
            await asyncio.sleep(0)
        host.files.write("/tmp/x", "second\n")
        while len(screens()) < 2:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.01)
        interrupts[-1]()
        return await talk

    play(look())

    assert re.match(rb"Every 0\.1s: cat /tmp/x +server2: ", screens()[0])
    assert [each.split(b"\n")[2] for each in screens()[:2]] == [b"first", b"second"]
    assert bytes(shown).endswith(b"^C\nubuntu@server2:~$ on\nubuntu@server2:~$ logout\n")
