"""What a machine does to itself: one that reboots comes back, one that powers itself off stays off.

A container whose system reboots just ends, exactly as when it powers off. The host's image leaves a mark on its disk
when it is about to reboot, and this watcher starts such a container again, as a mainboard would.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from simulators.docker.hosts import HOST_LABEL, KIT_LABEL, REBOOT_MARK

if TYPE_CHECKING:
    from docker import DockerClient

RECONNECT_S = 0.2
"""Seconds before the engine's events are asked for again after the connection was lost."""


class RebootWatcher:
    """Follows the engine's events for one kit, in a thread of its own."""

    def __init__(self, connect: Callable[[], DockerClient], kit: str, *, home: str | None = None) -> None:
        """Watch the hosts of `kit`; `home` is the address that this process shares with main, if it does."""
        self._connect = connect
        self._kit = kit
        self._home = home
        self._stopped = threading.Event()
        self._stream: Any = None

    def start(self) -> None:
        """Watch from now on; hosts that rebooted while nobody watched are started at once."""
        ready = threading.Event()
        threading.Thread(target=self._watch, args=(ready,), name=f"reboots of {self._kit}", daemon=True).start()
        ready.wait(10)

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        if self._stream is not None:
            with contextlib.suppress(Exception):
                self._stream.close()

    def _watch(self, ready: threading.Event) -> None:
        since = time.time()
        while not self._stopped.is_set():
            try:
                for event in self._events(since, ready):
                    since = event.get("timeNano", 0) / 1e9 or since
                    self._handle(event)
            except (DockerException, RequestException, OSError):
                ready.set()
            self._stopped.wait(RECONNECT_S)

    def _events(self, since: float, ready: threading.Event) -> Iterator[dict[str, Any]]:
        """Yield what happened since `since` (also while nobody was connected) and what happens until the end."""
        client = self._connect()
        api = cast("Any", client.api)
        filters = {"type": "container", "event": ["die", "start"], "label": f"{KIT_LABEL}={self._kit}"}
        self._stream = api.events(since=f"{since:.9f}", filters=filters, decode=True)
        for container in api.containers(all=True, filters={"label": [f"{KIT_LABEL}={self._kit}", HOST_LABEL]}):
            if container["State"] == "exited":
                start_if_rebooted(client, container["Id"])
        self._leave_if_homeless()
        ready.set()
        yield from self._stream

    def _handle(self, event: dict[str, Any]) -> None:
        host = event["Actor"]["Attributes"].get(HOST_LABEL)
        if event["Action"] == "die" and host:
            start_if_rebooted(self._connect(), event["Actor"]["ID"])
        elif event["Action"] == "start" and host == "main":
            self._leave_if_homeless()

    def _leave_if_homeless(self) -> None:
        """End this process, to be started anew by the engine, when main's network is no longer the one it is in.

        A container that shares another's network keeps the old, dead one when the other restarts.
        """
        if self._home and not lives_at(self._home):
            os.kill(os.getpid(), signal.SIGTERM)
            self._stopped.wait(10)
            os._exit(1)


def start_if_rebooted(client: DockerClient, container: str) -> bool:
    """Start an ended container if its system meant to reboot; return whether it did."""
    try:
        if not wants_reboot(client, container):
            return False
        cast("Any", client.api).start(container)
    except APIError:
        return False  # removed in the meantime: released, or the kit is going down
    return True


def wants_reboot(client: DockerClient, container: str) -> bool:
    """Return whether a container ended, and its system left the mark of a reboot during that last run.

    Raises docker.errors.APIError.
    """
    api = cast("Any", client.api)
    state = api.inspect_container(container)["State"]
    return not state["Running"] and _marked_since(api, container, _moment(state["StartedAt"]))


def lives_at(address: str) -> bool:
    """Return whether `address` is one of this network namespace's own."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _marked_since(api: Any, container: str, started: datetime) -> bool:
    """Return whether the mark was made after `started`: an older one belongs to an earlier reboot."""
    try:
        content, stat = api.get_archive(container, REBOOT_MARK)
    except APIError as error:
        if error.status_code == 404:
            return False
        raise
    with contextlib.suppress(Exception):
        content.close()
    return _moment(stat["mtime"]) >= started


def _moment(text: str) -> datetime:
    """Read a time as the engine writes it: RFC 3339 with up to nine decimals."""
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    head, dot, tail = text.partition(".")
    if dot:
        digits = next((n for n, character in enumerate(tail) if not character.isdigit()), len(tail))
        text = f"{head}.{tail[:digits][:6]:0<6}{tail[digits:]}"
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
