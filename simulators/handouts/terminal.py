"""Somebody at a terminal: lines typed into an interactive shell over SSH, prompts answered, exit statuses read.

The shell's prompt is replaced by one that carries the exit status of the last line behind a mark that nobody can
guess; that is how the end of a line is seen, whatever it printed. Bytes and seconds are bounded.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.printable import one_line

if TYPE_CHECKING:
    import asyncssh

LIMIT = 4_000_000
"""Bytes that one line may print."""
WIDTH, HEIGHT = 240, 60
"""Of the terminal, so that tables are not cut."""
PROMPT_S = 30.0
"""Seconds within which a shell shows its first prompt."""
ENDED = "ended"
"""The shell's prompt is there again."""
INTERRUPT = b"\x03"
ESCAPES = re.compile(rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-9;:?<=>]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHMNOZ])")
"""What moves the cursor, sets colours and titles (ECMA-48; xterm's OSC)."""
FIRST_PROMPT = re.compile(rb"(?:^|[\r\n])\(?[\w.-]+@[\w.-]+:[^\r\n]*[$#] \Z")
"""Debian's and Ubuntu's prompt at the very end of what was shown."""
NANO_ALL = b"\x1b\\\x1ba\x1b/\x0b"
"""nano: to the first line, set the mark, to the last line, cut."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is typed when a program asks."""

    prompt: re.Pattern[bytes]
    text: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """How a line went."""

    status: int
    shown: str
    """What it said, without the line itself and without control codes."""


class Terminal:
    """A terminal with a shell in it. Lives on one event loop."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes], host: str) -> None:
        """Take a process with a pseudo terminal that begins as a login shell on `host`."""
        self._process = process
        self._host = host
        self._mark = secrets.token_hex(8)
        self._end = re.compile(rb"kc-" + self._mark.encode() + rb"-(\d{1,3})-> \Z")
        self._seen = bytearray()
        self._news = asyncio.Event()
        self._over = False
        self._reading = asyncio.ensure_future(self._read())

    async def begin(self) -> None:
        """Wait for the first prompt, and put ours in its place. Raises KitError."""
        await self._until(FIRST_PROMPT, PROMPT_S, "the shell's prompt")
        await self._take_prompt()

    async def type(self, line: str, *, within: float, replies: Sequence[Reply] = ()) -> Typed:
        """Type a line and wait until it has ended; answer what it asks, in order. Raises KitError.

        TimedOut when it has not ended in time: it is interrupted then, and the terminal can be used further.
        """
        what = self._begin_line(line)
        left, since = list(replies), 0
        deadline = asyncio.get_running_loop().time() + within
        while (asked := await self._until_any(partial(self._asked, left, since), deadline, what, within)) is not None:
            index, since = cast("tuple[int, int]", asked)
            self._send(left[index].text.encode() + b"\r")
            del left[: index + 1]
        typed = self._typed()
        unasked = [each.prompt.pattern.decode() for each in left if not each.optional]
        if unasked and typed.status == 0:
            raise UnexpectedAnswer(f"{what} on {self._host} never asked {unasked[0]!r}")
        return typed

    async def enter(self, line: str, *, within: float) -> str:
        """Type a line that leads into another shell, and return what was said before its prompt. Raises KitError."""
        what = self._begin_line(line)
        if not await self._shown_before_end(FIRST_PROMPT, what, within):
            typed = self._typed()
            said = one_line(typed.shown, limit=300)
            raise UnexpectedAnswer(f"{what} leads into no shell: status {typed.status}, {said}")
        shown = self._text(self._clean())
        await self._take_prompt()
        return shown

    async def begin_screen(self, line: str, shows: re.Pattern[bytes], *, within: float) -> None:
        """Type a line that takes the whole screen, and wait until it `shows` something. Raises KitError."""
        what = self._begin_line(line)
        if not await self._shown_before_end(shows, what, within):
            typed = self._typed()
            said = one_line(typed.shown, limit=300)
            raise UnexpectedAnswer(f"{what} on {self._host} ended with status {typed.status}, taking no screen: {said}")

    async def replace_in_nano(self, text: str, *, within: float) -> Typed:
        """In nano: replace everything by `text`, write it out and leave. Raises KitError."""
        self._send(NANO_ALL)
        self._send(text.replace("\n", "\r").encode())
        self._seen.clear()
        self._send(b"\x0f")
        await self._until(re.compile(rb"Write to File|File Name to Write"), within, "nano's question where to write")
        self._send(b"\r")
        await self._until(re.compile(rb"Wrote \d+ lines?"), within, "nano's word that it wrote the file")
        return await self._leave(b"\x18", within)

    async def interrupt(self, *, within: float) -> Typed:
        """Press Ctrl-C, and wait for the prompt. Raises KitError."""
        return await self._leave(INTERRUPT, within)

    async def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._reading
        self._process.close()

    # How it is done

    async def _leave(self, key: bytes, within: float) -> Typed:
        before = self._text(self._clean())
        self._seen.clear()
        self._send(key)
        await self._until(self._end, within, f"the end after {key!r}")
        typed = self._typed()
        return Typed(typed.status, before + typed.shown)

    def _begin_line(self, line: str) -> str:
        """Type a line, and return what errors call it."""
        self._seen.clear()
        self._send(line.encode() + b"\r")
        return f"`{one_line(line, limit=80)}`"

    async def _take_prompt(self) -> None:
        """Put our prompt in place of a shell's own."""
        self._seen.clear()
        # With a blank before it, and no file for the history: nothing is left behind of us.
        self._send(f" unset HISTFILE; PS1='kc-{self._mark}-$?-> '\r".encode())
        await self._until(self._end, PROMPT_S, "the shell's prompt")
        self._seen.clear()

    async def _shown_before_end(self, pattern: re.Pattern[bytes], what: str, within: float) -> bool:
        """Return whether something is shown before the line ends."""

        def look() -> str | None:
            clean = self._clean()
            return "shown" if pattern.search(clean) else ENDED if self._end.search(clean) else None

        deadline = asyncio.get_running_loop().time() + within
        return await self._until_any(look, deadline, what, within) is not None

    def _asked(self, left: list[Reply], since: int) -> tuple[int, int] | str | None:
        clean = self._clean()
        for index, each in enumerate(left):
            if each.prompt.search(clean, since) is not None:
                return index, len(clean)
            # What is optional may be left out: then the next question is the one.
            if not each.optional:
                break
        return ENDED if self._end.search(clean) else None

    async def _until_any(
        self, look: Callable[[], tuple[int, int] | str | None], deadline: float, what: str, seconds: float
    ) -> tuple[int, int] | str | None:
        """Return what `look` finds, None for the shell's prompt."""
        while (found := look()) is None:
            if self._over:
                raise Unreachable(f"the terminal on {self._host} was closed while {what} ran")
            self._news.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(0.0, left)):
                    await self._news.wait()
            except TimeoutError:
                last = one_line(self._text(self._clean())[-400:])
                await self._give_up()
                raise TimedOut(
                    f"{what} on {self._host} had not ended after {seconds:g} s; it showed last: {last}"
                ) from None
        return None if found == ENDED else found

    async def _until(self, pattern: re.Pattern[bytes], seconds: float, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        await self._until_any(lambda: "shown" if pattern.search(self._clean()) else None, deadline, what, seconds)

    async def _give_up(self) -> None:
        """Interrupt what runs, so that the next line is typed into a shell."""
        with suppress(OSError):
            self._send(INTERRUPT)
        for _ in range(20):
            if self._over or self._end.search(self._clean()):
                return
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.25):
                    await self._news.wait()

    def _typed(self) -> Typed:
        clean = self._clean()
        end = self._end.search(clean)
        if end is None:
            raise UnexpectedAnswer(f"the shell on {self._host} shows no prompt")
        _, _, said = clean[: end.start()].partition(b"\n")
        return Typed(int(end[1]), self._text(said))

    def _clean(self) -> bytes:
        return ESCAPES.sub(b"", bytes(self._seen)).replace(b"\r\n", b"\n").replace(b"\r", b"")

    @staticmethod
    def _text(shown: bytes) -> str:
        return shown.decode("utf-8", "replace")

    def _send(self, data: bytes) -> None:
        try:
            self._process.stdin.write(data)
        except (OSError, BrokenPipeError) as error:
            raise Unreachable(f"the terminal on {self._host} was closed: {error}") from None

    async def _read(self) -> None:
        try:
            while data := await cast("Any", self._process.stdout).read(65_536):
                self._seen += data
                if len(self._seen) > LIMIT:
                    self._process.close()
                    break
                self._news.set()
        except (OSError, KitError):
            pass
        except Exception as error:  # noqa: BLE001 - the library has many ways to say that a channel is gone
            self._seen += one_line(str(error)).encode()
        finally:
            self._over = True
            self._news.set()


async def open_terminal(connection: asyncssh.SSHClientConnection, host: str) -> Terminal:
    """Return a terminal on a machine that one is logged in to. Raises KitError."""
    from harness.quick_asyncssh import asyncssh

    try:
        process = await cast("Any", connection).create_process(
            term_type="xterm", term_size=(WIDTH, HEIGHT), encoding=None
        )
    except (asyncssh.Error, OSError) as error:
        raise Unreachable(f"{host} gives no terminal: {one_line(str(error))}") from None
    terminal = Terminal(process, host)
    await terminal.begin()
    return terminal
