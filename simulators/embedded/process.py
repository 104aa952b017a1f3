"""Starts an embedded kit in a process of its own, at once and cheaply, so that the caller can get ready meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

from simulators.embedded import spawning

ROOT = Path(spawning.ROOT)
READY_SECONDS = 60.0
"""Seconds within which the process says that its port is open; a loaded computer may need some of them."""
FAREWELL_SECONDS = 10.0
"""Seconds that the process has to end by itself."""
LAST_WORDS = 20
"""Lines of its standard error that are kept."""
UNUSABLE = 4
ONE_MORE = b"\n"
"""What the process reads for each further kit that it is to build."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the process says of its kit."""

    kit: str
    kit_yaml: Path
    ssh_port: int
    """On 127.0.0.1."""
    dashboard_port: int
    """On 127.0.0.1; 0: none."""


class Played:
    """A kit in a process of its own; a context manager that begins and ends it."""

    def __init__(
        self,
        *,
        name: str = "kit",
        network: str | None = None,
        at: str | None = None,
        then: Sequence[str] = (),
        mistakes: Iterable[str] = (),
        register: bool = False,
        dashboard: bool = False,
        module: str = spawning.MODULE,
    ) -> None:
        """Describe the kit as the arguments of `python -m simulators.embedded` do; nothing is started yet.

        `then` are the stages of further kits, which are played after it: the first of them at once, each other one
        when it is told to `go_on`. `module` is run instead of that one.
        """
        self._module = module
        self._arguments = spawning.arguments(
            name=name, network=network, at=at, then=then, mistakes=mistakes, register=register, dashboard=dashboard
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ready: list[Ready] = []
        self._waiting = threading.Lock()
        self._kits = 1 + len(then)
        self._words: deque[bytes] = deque(maxlen=LAST_WORDS)
        self._listening: list[threading.Thread] = []

    def begin(self, process: subprocess.Popen[bytes] | None = None) -> Self:
        """Start the process, unless it is `process`, which was started by the same arguments; return at once."""
        self._process = process = process or spawning.spawn(self._arguments, self._module)
        said, words = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
        self._listen(lambda: [self._said.put(said.readline()) for _ in range(self._kits)])
        self._listen(lambda: self._words.extend(words))
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process. Raises RuntimeError before it is begun."""
        if self._process is None:
            raise RuntimeError("the process of the embedded kit is not begun")
        return self._process

    def ready(self, number: int = 0, timeout: float = READY_SECONDS) -> Ready:
        """Return what a kit is reached by, as soon as its port is open: who connects before it is built, waits.

        May be called from several threads. Raises UsageError for arguments that cannot be used, KitError with the
        process' last words when it ended, or is not ready after `timeout` seconds.
        """
        while len(self._ready) <= number:
            with self._waiting:
                if len(self._ready) <= number:
                    self._ready.append(self._next(timeout))
        return self._ready[number]

    def _next(self, timeout: float) -> Ready:
        from harness.errors import KitError

        try:
            line = self._said.get(timeout=timeout)
        except queue.Empty:
            raise KitError(f"the process of the embedded kit is not ready after {timeout:g} s") from None
        if not line:
            self._said.put(line)  # whoever else waits hears it too
            raise self._failure()
        said = json.loads(line)
        return Ready(said["kit"], Path(said["kit_yaml"]), said["ssh_port"], said["dashboard_port"])

    @property
    def last_words(self) -> str | None:
        """What the process said when it ended without being told to; None while it runs, or when it ended well."""
        if self._process is None or not self._process.poll():
            return None
        for thread in self._listening:
            thread.join(FAREWELL_SECONDS)
        words = b"".join(self._words).decode("utf-8", "replace").strip()
        return words or f"the process of the embedded kit ended with status {self._process.returncode}"

    def go_on(self) -> None:
        """Let it build one kit more than the two that it builds at once."""
        stdin = self.process.stdin
        if stdin is not None and not stdin.closed:
            with contextlib.suppress(OSError):  # it has ended: who asks for the kit hears why
                os.write(stdin.fileno(), ONE_MORE)

    def dismiss(self) -> None:
        """Let the process end by itself; `close` waits for that."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def close(self) -> None:
        """End the process; nothing is left of the kit. Does nothing when it has ended."""
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            self.dismiss()
            # its standard error ends when it does: to wait for a process for some seconds means to look again and again
            self._listening[-1].join(FAREWELL_SECONDS)
            process.wait(0 if self._listening[-1].is_alive() else FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in self._listening:
            thread.join(FAREWELL_SECONDS)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self.begin()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self, hear: Callable[[], object]) -> None:
        thread = threading.Thread(target=hear, name="embedded kit", daemon=True)
        thread.start()
        self._listening.append(thread)

    def _failure(self) -> Exception:
        from harness.errors import KitError, UsageError

        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(FAREWELL_SECONDS)
        if self.process.returncode == UNUSABLE:
            return UsageError(self.last_words or "")
        return KitError(f"the embedded kit does not start: {self.last_words or 'it said nothing'}")
