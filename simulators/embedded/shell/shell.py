"""A user's login shell on a host, for one command line at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.evaluating import run_text
from simulators.embedded.shell.session import Input, Sink, State, Streams, discard

if TYPE_CHECKING:
    from simulators.embedded.host import Host


class Shell:
    """Runs command lines on a host, as sshd does with `bash -c`."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def run(
        self,
        line: str,
        *,
        user: str,
        stdin: bytes = b"",
        folder: str | None = None,
        out: Sink,
        err: Sink,
    ) -> int:
        """Run a line to the end of its foreground, in the user's home unless `folder` is given; return its exit status.

        What it leaves in the background goes on, and may still write to `out` and `err`. On a host that hangs it never
        ends. Cancelling it ends everything it runs in the foreground.

        Raises NotSimulatedError for whatever nobody plays, before or in the middle of the line.
        """
        if self._host.hangs:
            await asyncio.Event().wait()
        state = State.login(self._host, user, folder)
        return await run_text(line, state, Streams(Input(stdin), out, err))


def runner(host: Host) -> Callable[[str, str], Awaitable[int]]:
    """Return what `host.run` takes: it runs a line as cron does, by /bin/sh in the user's home, output dropped.

    Nobody waits for what it runs: what is not simulated is kept in `host.refused`, and the status is 1.
    """

    async def run(line: str, user: str) -> int:
        if host.hangs:
            await asyncio.Event().wait()
        state = State.login(host, user, home(host, user))
        state.name, state.dialect = "/bin/sh", "sh"
        state.variables["SHELL"] = "/bin/sh"
        try:
            return await run_text(line, state, Streams(Input(), discard, discard))
        except NotSimulatedError as refusal:
            host.refused.append(str(refusal))
            return 1

    return run
