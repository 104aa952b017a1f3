"""A conversation with a host: what somebody gets who logs in with a terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulators.embedded.call import Mode, NotSimulatedError, Terminal
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.evaluating import end_own_process, run_commands
from simulators.embedded.shell.session import Input, ShellExit, Sink, State, Streams

if TYPE_CHECKING:
    from simulators.embedded.host import Host

INTERRUPTED = 130
PROMPT = "\\u@\\h:\\w\\$ "
_PLACES = re.compile(r"\\[uhw$]|\$\?|\$\{\?\}")


async def converse(
    host: Host,
    user: str,
    read_line: Callable[[], Awaitable[str | None]],
    out: Sink,
    *,
    interrupts: list[Callable[[], None]] | None = None,
    mode: Callable[[Mode], None] | None = None,
) -> int:
    """Run lines until `exit` or the end of input, and return the exit status; folder and variables are kept.

    `read_line` returns a line without its end, None when there are no more; `mode` changes what is read. Prompts and
    everything else go to `out`, whose lines end with a line feed. Whoever hears Ctrl-C calls the last one of
    `interrupts`: the line that runs ends.
    What is not simulated is said, and the conversation goes on.
    """
    if host.hangs:
        await asyncio.Event().wait()
    heard = [] if interrupts is None else interrupts
    terminal = Terminal(read_line, out, heard) if mode is None else Terminal(read_line, out, heard, mode)
    state = State.login(host, user, terminal=terminal)
    state.is_interactive = True
    running: list[asyncio.Task[int]] = []

    def interrupt() -> None:
        for task in running:
            task.cancel()

    terminal.interrupts.append(interrupt)
    try:
        while True:
            out(prompt(state).encode())
            line = await read_line()
            if line is None or line.strip() == "logout":
                out(b"logout\n")
                return state.status
            running.append(asyncio.ensure_future(_run(line, state, out)))
            await asyncio.wait(running)
            state.status = _outcome(running.pop(), line, out)
    except ShellExit as left:
        out(b"logout\n")
        return left.status
    finally:
        terminal.interrupts.remove(interrupt)
        interrupt()
        if running:
            await asyncio.wait(running)
        end_own_process(state)


async def _run(line: str, state: State, out: Sink) -> int:
    return await run_commands(line, state, Streams(Input(), out, out)) if line.strip() else state.status


def _outcome(done: asyncio.Task[int], line: str, out: Sink) -> int:
    """Return the status of a line that has ended. Raises ShellExit when it ended the shell."""
    if done.cancelled():
        out(b"^C\n")
        return INTERRUPTED
    try:
        return done.result()
    except NotSimulatedError:
        out(f"bash: not simulated: {line}\n".encode("utf-8", "surrogateescape"))
        return 1


def prompt(state: State) -> str:
    """Return what PS1 says, or Debian's and Ubuntu's prompt: `ubuntu@server1:~/tasks$ `."""
    said = state.variables.get("PS1")
    if said is not None:
        return _filled(said, state)
    return _filled(PROMPT, state)


def _filled(said: str, state: State) -> str:
    """Return a prompt with `\\u`, `\\h`, `\\w`, `\\$`, `$?` and `${?}` filled in; what else it has stays as it is."""
    at, own = state.folder, home(state.host, state.user)
    if at == own or at.startswith(f"{own}/"):
        at = f"~{at[len(own) :]}"
    values = {
        "\\u": state.user,
        "\\h": state.host.name,
        "\\w": at,
        "\\$": "#" if state.user == "root" else "$",
        "$?": str(state.status),
        "${?}": str(state.status),
    }
    return _PLACES.sub(lambda found: values[found[0]], said)
