"""Types an edition's lines into a kit one by one, and says of each whether what came of it is as listed."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import KitError
from harness.printable import one_line
from simulators.handouts.lines import MAIN, OUTSIDE, Browse, Grading, Line
from simulators.handouts.terminal import Reply, Terminal, Typed, open_terminal

if TYPE_CHECKING:
    from harness.kitfile import KitFile
    from simulators.handouts.lines import Edition
    from simulators.handouts.site import Site

LOGIN_S = 30.0
LOOK_S = 0.5
"""Seconds between two looks whether a state has come."""
SHOWN = 4_000
"""Characters of what a line said that are kept."""
Verdict = Literal["as listed", "differs", "not simulated", "not typed", "could not tell"]
NOT_SIMULATED = re.compile(r"[^\n]*not simulated[^\n]*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a line, or of what was done in a browser."""

    id: str
    kind: str
    """`printed`, `asked`, `corrected`, `browser`."""
    number: int | None
    where: str
    typed: str
    """With its blanks filled, and without secrets."""
    verdict: Verdict
    seconds: float
    why: str = ""
    """What was expected and what was seen instead; or why a line that is printed wrongly failed, as it must."""
    shown: str = ""
    """What it said, without secrets."""
    verbatim: bool = True
    """Whether it was typed as listed, its blanks filled."""


class Replay:
    """Somebody who types a whole edition. A context manager: at its end nobody is logged in any more."""

    def __init__(self, kit: KitFile, edition: Edition, site: Site) -> None:
        """Prepare to type `edition` into the kit that `kit` describes; nothing is opened yet."""
        self._kit = kit
        self._edition = edition
        self._site = site
        self._runner = asyncio.Runner()
        self._connection: Any = None
        self._terminal: Terminal | None = None
        self._shells = [MAIN]
        self._broken = ""
        """Why the shell in which lines are typed cannot be used."""

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._runner.run(self._leave())
        finally:
            self._runner.close()

    def run(self, on_begin: Callable[[Line | Browse], None], on_end: Callable[[Outcome], None], grade: Grade) -> None:
        """Type everything; `grade` hears of each place at which the group hands in. What goes wrong is told."""
        for entry in self._edition.lines:
            if isinstance(entry, Grading):
                grade(entry)
                continue
            on_begin(entry)
            on_end(self._line(entry) if isinstance(entry, Line) else self._browse(entry))

    # One entry

    def _line(self, line: Line) -> Outcome:
        started = time.monotonic()
        typed = line.text
        try:
            if line.where != OUTSIDE and (self._broken or line.where != self._shells[-1]):
                reason = self._broken or f"the shell on {line.where} is not open"
                return _outcome(line, typed, "not typed", started, reason)
            typed = self._site.fill(line.text, line.blanks)
            for file in line.files:
                self._site.write(file.path, self._site.fill_marked(file.text))
            if line.where == OUTSIDE:
                return self._outside(line, typed, started)
            went = self._runner.run(self._type(line, typed))
            return self._judged(line, typed, went, started)
        except KitError as error:
            words = f"{error}; {error.help}" if error.help else str(error)
            verdict: Verdict = "not simulated" if NOT_SIMULATED.search(words) else "could not tell"
            return _outcome(line, self._site.hide(typed), verdict, started, self._site.hide(words))

    def _browse(self, entry: Browse) -> Outcome:
        from simulators.handouts.browsing import browse

        started = time.monotonic()
        verdict: Verdict = "as listed"
        try:
            words = browse(entry.browse, self._site)
        except KitError as error:
            verdict, words = "could not tell", str(error)
        return Outcome(
            entry.id,
            "browser",
            None,
            "browser",
            f"({entry.browse})",
            verdict,
            time.monotonic() - started,
            "" if verdict == "as listed" else self._site.hide(words),
            self._site.hide(words),
        )

    def _outside(self, line: Line, typed: str, started: float) -> Outcome:
        from simulators.handouts.outside import through

        assert line.tunnel is not None  # noqa: S101 - the data were validated
        with tempfile.TemporaryDirectory(prefix="kitcheck-") as folder:
            seen = through(typed, line.tunnel, self._kit.access, Path(folder), within=line.within)
        shown = f"{line.tunnel.url} answered {seen.status}"
        is_same = f":{seen.port}/" in line.tunnel.url
        if not is_same:
            shown += f", through port {seen.port}: the line's own is taken on this computer"
        wrong = ""
        if seen.status != line.tunnel.status:
            wrong = f"expected status {line.tunnel.status} through the tunnel, seen {seen.status}"
        elif not re.search(line.tunnel.body, seen.body):
            wrong = f"expected {line.tunnel.body!r} in the answer through the tunnel"
        verdict: Verdict = "differs" if wrong else "as listed"
        return _outcome(line, typed, verdict, started, wrong or line.tunnel.note, shown, verbatim=is_same)

    def _judged(self, line: Line, typed: str, went: Typed, started: float) -> Outcome:
        site = self._site
        found = re.search(line.output, went.shown)
        wrong = ""
        if went.status != line.status:
            wrong = f"expected exit status {line.status}, seen {went.status}: {_last(went.shown)}"
        elif found is None:
            wrong = f"expected {line.output!r} in what it says, seen: {_last(went.shown)}"
        elif any(each.secret and site.fill_marked(each.type) in went.shown for each in line.answers):
            wrong = "it shows what is typed where it asks for a secret"
        elif line.remembers:
            site.known[line.remembers] = found[1]
        # Where a screen is only looked at, it was waited for before the program was ended.
        if not wrong and line.state and (line.screen is None or line.screen.replace_by is not None):
            wrong = self._awaited(line, started)
        hidden, shown = site.hide(typed), site.hide(went.shown)[:SHOWN]
        if not wrong:
            return _outcome(line, hidden, "as listed", started, line.wrong or line.note, shown)
        refusal = NOT_SIMULATED.search(went.shown)
        if refusal:
            return _outcome(line, hidden, "not simulated", started, site.hide(refusal[0].strip()), shown)
        return _outcome(line, hidden, "differs", started, site.hide(wrong), shown)

    def _awaited(self, line: Line, started: float) -> str:
        """Return what had not come when the line's time was over; empty when everything has."""
        while missing := self._site.missing(line.state):
            if time.monotonic() > started + line.within:
                return f"expected {_said(line)} within {line.within:g} s, seen: {missing}"
            time.sleep(LOOK_S)
        return ""

    # At the keyboard

    async def _type(self, line: Line, typed: str) -> Typed:
        terminal = await self._at_terminal()
        if line.opens:
            shown = await terminal.enter(typed, within=line.within)
            self._shells.append(line.opens)
            return Typed(line.status, shown)
        if line.screen is not None:
            return await self._in_screen(terminal, line, typed)
        replies = [
            Reply(re.compile(each.prompt.encode()), self._site.fill_marked(each.type), each.optional)
            for each in line.answers
        ]
        went = await terminal.type(typed, within=line.within, replies=replies)
        if line.leaves:
            self._shells.pop()
        return went

    async def _in_screen(self, terminal: Terminal, line: Line, typed: str) -> Typed:
        screen = line.screen
        assert screen is not None  # noqa: S101 - its caller has looked
        await terminal.begin_screen(typed, re.compile(screen.shows.encode()), within=line.within)
        if screen.replace_by is not None:
            return await terminal.replace_in_nano(self._site.fill_marked(screen.replace_by), within=line.within)
        missing = await asyncio.to_thread(self._awaited, line, time.monotonic())
        went = await terminal.interrupt(within=LOGIN_S)
        if missing:
            return Typed(-1, missing)
        # However a program ends that is interrupted, is its own affair.
        return Typed(line.status, went.shown)

    async def _at_terminal(self) -> Terminal:
        if self._terminal is None:
            from harness.known_hosts import KnownHosts
            from harness.login import Login, connect

            access = self._kit.access
            login = Login(
                access.ssh.host,
                access.ssh.port,
                access.ssh.user,
                password=None if access.password is None else access.password.get_secret_value(),
                identity=access.identity,
            )
            try:
                async with asyncio.timeout(LOGIN_S):
                    self._connection = await connect(login, KnownHosts())
                self._terminal = await open_terminal(self._connection, MAIN)
            except (KitError, TimeoutError) as error:
                self._broken = f"main has no usable terminal: {error or 'nobody let us in'}"
                raise KitError(self._broken) from None
        return self._terminal

    async def _leave(self) -> None:
        # Whoever was interrupted in the middle of a line has left its work on the loop.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._terminal is not None:
            await self._terminal.close()
        if self._connection is not None:
            self._connection.close()
            await self._connection.wait_closed()


Grade = Callable[[Grading], None]
"""Grades the kit up to here."""


def _outcome(
    line: Line,
    typed: str,
    verdict: Verdict,
    started: float,
    why: str = "",
    shown: str = "",
    *,
    verbatim: bool = True,
) -> Outcome:
    verbatim = verbatim and verdict != "not typed"
    seconds = time.monotonic() - started
    return Outcome(line.id, line.kind, line.number, line.where, typed, verdict, seconds, why, shown, verbatim)


def _said(line: Line) -> str:
    parts = [f"{name} {wanted}" for name, wanted in line.state.machines.items()]
    parts += [f"{name} {wanted or 'gone'}" for name, wanted in line.state.applications.items()]
    return ", ".join([*parts, *([f"an answer of {line.state.answers}"] if line.state.answers else [])])


def _last(shown: str) -> str:
    lines = [each for each in shown.splitlines() if each.strip()]
    return one_line(" / ".join(lines[-3:]), limit=400) or "nothing"
