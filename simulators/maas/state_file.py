"""A region's records in a file, so that a restart forgets nothing."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.maas.models import (
    Device,
    Disk,
    Event,
    Interface,
    Link,
    Machine,
    Named,
    Session,
    StoredFile,
    Tag,
    Token,
    Transition,
    User,
)
from simulators.maas.states import Status

if TYPE_CHECKING:
    from simulators.maas.region import Region

log = logging.getLogger(__name__)

FORMAT = "kitcheck/maas-state/1"
DEBOUNCE_SECONDS = 0.02
_EVENT_FIELDS = tuple(field.name for field in fields(Event))


class StateFileError(Exception):
    """A state file cannot be read; the message says why."""


class StateFile:
    """Writes after changes, several close ones at once, and never leaves half a file."""

    def __init__(self, region: Region, path: Path) -> None:
        self._region = region
        self._path = path
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False

    def schedule(self) -> None:
        """Write soon."""
        with self._lock:
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(DEBOUNCE_SECONDS, self._write_soon)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write now, for the last time."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._write()

    def _write_soon(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self._write()
        except OSError:
            log.exception("The state file %s cannot be written", self._path)

    def _write(self) -> None:
        with self._region.lock:
            text = json.dumps(dump(self._region))
        with self._lock:
            temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
            # The file holds API keys.
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
            temporary.replace(self._path)

    def load(self) -> None:
        """Take over what the file holds, if there is one. Raises StateFileError when it is not ours."""
        try:
            text = self._path.read_text()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StateFileError(f"{self._path}: cannot be read: {error.strerror}") from None
        try:
            data = json.loads(text)
            if data.get("format") != FORMAT:
                raise StateFileError(f"{self._path}: expected a file of format {FORMAT}; remove it to start anew")
            restore(self._region, data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateFileError(f"{self._path}: not a usable state file ({error}); remove it to start anew") from None
        self._region.work.resume()


def dump(region: Region) -> dict[str, Any]:
    """Return all records as JSON can hold them."""
    return {
        "format": FORMAT,
        "last_ids": region.last_ids,
        "random": region.random.getstate(),
        "clock_offset": region.clock_offset,
        "controller_id": region.controller_id,
        "settings": region.settings,
        "users": [asdict(user) for user in region.users.values()],
        "sessions": {key: asdict(session) for key, session in region.sessions.items()},
        "machines": [asdict(machine) for machine in region.machines.values()],
        "devices": [asdict(device) for device in region.devices.values()],
        "zones": [asdict(zone) for zone in region.zones.values()],
        "pools": [asdict(pool) for pool in region.pools.values()],
        "tags": [asdict(tag) for tag in region.tags.values()],
        # Much faster than `asdict`, and there are many.
        "events": [{name: getattr(event, name) for name in _EVENT_FIELDS} for event in region.events],
        "files": [asdict(stored) for stored in region.files.values()],
    }


def restore(region: Region, data: dict[str, Any]) -> None:
    """Replace a region's records by dumped ones."""
    version, internal, gauss = data["random"]
    region.random.setstate((version, tuple(internal), gauss))
    region.last_ids = dict(data["last_ids"])
    region.clock_offset = float(data["clock_offset"])
    region.controller_id = str(data["controller_id"])
    region.settings.update(data["settings"])
    region.users = {one["username"]: _user(one) for one in data["users"]}
    region.sessions = {key: Session(**session) for key, session in data["sessions"].items()}
    region.machines = {one["system_id"]: _machine(one) for one in data["machines"]}
    region.devices = {one["system_id"]: _device(one) for one in data["devices"]}
    region.zones = {one["name"]: Named(**one) for one in data["zones"]}
    region.pools = {one["name"]: Named(**one) for one in data["pools"]}
    region.tags = {one["name"]: Tag(**one) for one in data["tags"]}
    region.events = [Event(**one) for one in data["events"]]
    region.files = {(one["owner"], one["filename"]): StoredFile(**one) for one in data["files"]}


def _user(one: dict[str, Any]) -> User:
    values: dict[str, Any] = {
        **one,
        "tokens": [Token(**token) for token in one["tokens"]],
        "ssh_keys": {int(number): key for number, key in one["ssh_keys"].items()},
    }
    return User(**values)


def _interfaces(one: dict[str, Any]) -> list[Interface]:
    built: list[Interface] = []
    for nic in one["interfaces"]:
        values: dict[str, Any] = {**nic, "links": [Link(**link) for link in nic["links"]]}
        built.append(Interface(**values))
    return built


def _device(one: dict[str, Any]) -> Device:
    values: dict[str, Any] = {**one, "interfaces": _interfaces(one)}
    return Device(**values)


def _machine(one: dict[str, Any]) -> Machine:
    values: dict[str, Any] = {
        **one,
        "disks": [Disk(**disk) for disk in one["disks"]],
        "interfaces": _interfaces(one),
        "status": Status(one["status"]),
        "previous_status": Status(one["previous_status"]),
        "transition": Transition(**one["transition"]) if one["transition"] else None,
    }
    return Machine(**values)
