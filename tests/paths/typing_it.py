"""Types a page's commands into shells, as its reader would, and compares what is printed with what the page says."""

from __future__ import annotations

import codecs
import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from tests.paths.printed import ANY, copied, fits, fitting
from tests.paths.reading import CONTROL_C, MORE, Typed, Written

LONGEST = 120.0
"""Seconds that one command may take, or one that stays until it has printed what the page says."""
FAREWELL = 10.0
"""Seconds that programs have to end when they are asked to."""


class Reader:
    """Who follows a page, in one folder; a context manager that ends everything which was started."""

    def __init__(self, folder: Path, env: Mapping[str, str], *, longest: float = LONGEST) -> None:
        self.folder = folder
        self._env = dict(env)
        self._longest = longest
        self._terminals: dict[str, _Terminal] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for terminal in self._terminals.values():
            terminal.ask_to_end()
        for terminal in self._terminals.values():
            terminal.end()

    def follow(self, steps: Sequence[Typed | Written]) -> None:
        """Do what a page says; AssertionError when what is printed differs, naming its line, the command, and both."""
        for step in steps:
            if isinstance(step, Typed):
                self._type(step)
            else:
                self._write(step)

    def _write(self, step: Written) -> None:
        file = self.folder / step.path
        assert file.parent.is_dir(), f"line {step.line}: {step.path} is to be written where no folder is"
        before = file.read_text(encoding="utf-8").splitlines(keepends=True) if step.adds else []
        after = list[str]()
        if step.under:
            places = [number for number, line in enumerate(before, start=1) if line.strip() == step.under.strip()]
            assert len(places) == 1, (
                f"line {step.line}: {step.path} has {len(places)} lines {step.under!r}, and not one"
            )
            before, after = before[: places[0]], before[places[0] :]
        file.write_text("".join((*before, step.text, *after)), encoding="utf-8")

    def _type(self, step: Typed) -> None:
        terminal = self._terminals.get(step.terminal)
        if terminal is None:
            terminal = self._terminals[step.terminal] = _Terminal(self.folder, self._env)
        if step.command == CONTROL_C:
            terminal.interrupt()
            self._compare(step, terminal, stays=False, exit_status=step.exit_status)
        elif step.command == MORE:
            asked = terminal.asked
            assert asked is not None, f"line {step.line}: nothing was typed there that could print anything"
            self._compare(step, terminal, stays=not asked.ends_by_itself, exit_status=asked.exit_status)
        else:
            self._leave(step, terminal)
            everything = "".join(each.everything for each in self._terminals.values())
            command = copied(step.command, everything)
            assert command is not None, f"line {step.line}: {step.command}: nothing that fits {ANY} was printed before"
            terminal.type(step, command)
            self._compare(step, terminal, stays=step.stays, exit_status=step.exit_status)

    def _leave(self, step: Typed, terminal: _Terminal) -> None:
        """Wait until what was typed before is over, which the page has left out."""
        before = terminal.asked
        if before is not None and not terminal.over:
            assert before.ends_by_itself, f"line {step.line}: {before.command} still runs there: {CONTROL_C} is missing"
            self._compare(
                Typed(before.line, before.terminal, before.command, ()),
                terminal,
                stays=False,
                exit_status=before.exit_status,
            )

    def _compare(self, step: Typed, terminal: _Terminal, *, stays: bool, exit_status: int) -> None:
        printed = (ANY, *step.printed) if terminal.more_may_come else step.printed

        def told() -> bool:
            return terminal.over or (stays and fits(printed, terminal.lines_shown, whole=False))

        in_time = terminal.wait(told, self._longest)
        seen, status = terminal.shown, terminal.exit_status
        what = f"line {step.line}: {step.command or terminal.command}"
        compared = _both(printed, seen)
        assert in_time, f"{what}\nhas not {'printed this' if stays else 'ended'} within {self._longest:g} s\n{compared}"
        if not terminal.over:
            lines = fitting(printed, terminal.lines_shown.splitlines(), whole=False) or 0
            terminal.taken(lines, more_may_come=printed[-1:] == (ANY,))
            return
        assert fits(printed, seen), f"{what}\nprinted something else (exit status {status})\n{compared}"
        assert status == exit_status, f"{what}\nended with {status}, and not with {exit_status}\n{compared}"
        terminal.taken(len(seen.splitlines()), more_may_come=False)


def _both(page: Sequence[str], seen: str) -> str:
    wanted = "".join(f"  {line}\n" for line in page) or "  (nothing)\n"
    given = "".join(f"  {line}\n" for line in seen.splitlines()) or "  (nothing)\n"
    return f"the page says:\n{wanted}printed was:\n{given}"


class _Terminal:
    """A shell, and what it and its commands print; its commands read nothing."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.asked: Typed | None = None
        """What was typed last."""
        self.command = ""
        """The same, as the shell got it."""
        self.exit_status: int | None = None
        """Of the last command; None while it runs."""
        self.more_may_come = False
        """Whether the page leaves out what comes next."""
        self._earlier = ""
        self._printed = ""
        self._lines_taken = 0
        self._mark = secrets.token_hex(16)
        self._changed = threading.Condition()
        self._closed = False
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._say("trap : INT")  # Ctrl-C ends the command, as in a terminal, and not the shell that waits for it
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether nothing runs."""
        return self.asked is None or self.exit_status is not None or self._closed

    @property
    def everything(self) -> str:
        """All that was ever printed here."""
        return self._earlier + self._printed

    @property
    def shown(self) -> str:
        """What the last command has printed that no step has taken yet."""
        return "".join(self._printed.splitlines(keepends=True)[self._lines_taken :])

    @property
    def lines_shown(self) -> str:
        """The same, without a line that is not complete yet."""
        return "".join(line for line in self.shown.splitlines(keepends=True) if line.endswith("\n"))

    def taken(self, lines: int, *, more_may_come: bool) -> None:
        """Do not show so many lines again; after them may come any that the page leaves out."""
        self._lines_taken += lines
        self.more_may_come = more_may_come

    def type(self, asked: Typed, command: str) -> None:
        """Begin a command."""
        with self._changed:
            self._earlier += f"{self._printed}\n"
            self.asked, self.command, self.exit_status = asked, command, None
            self._printed, self._lines_taken, self.more_may_come = "", 0, False
        self._say(f"{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' {self._mark} $?")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._signal(signal.SIGINT)

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true of what was printed; return whether it came true within so many seconds."""
        end = time.monotonic() + seconds
        with self._changed:
            while not until():
                if not self._changed.wait(end - time.monotonic()):
                    return until()
        return True

    def ask_to_end(self) -> None:
        """Ask everything that was started here to end."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """End everything that was started here; a program that does not end when it is asked to is killed."""
        self.wait(lambda: self._closed, FAREWELL)  # all have closed their output
        self._signal(signal.SIGKILL)
        self.wait(lambda: self._closed, FAREWELL)
        with self._shell:  # waits for it, and closes what leads to it
            pass

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, number)

    def _say(self, line: str) -> None:
        stdin = cast("IO[bytes]", self._shell.stdin)
        with contextlib.suppress(BrokenPipeError):
            stdin.write(f"{line}\n".encode())
            stdin.flush()

    def _read(self) -> None:
        descriptor = cast("IO[bytes]", self._shell.stdout).fileno()
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(descriptor, 65_536):
            with self._changed:
                self._add(decoder.decode(chunk))
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, text: str) -> None:
        self._printed += text
        printed, mark, status = self._printed.partition(f"\n{self._mark} ")
        if mark and status.endswith("\n"):
            self._printed, self.exit_status = printed, int(status)
