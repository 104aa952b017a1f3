"""One MAAS: its records, its clock, its ids, and the lock under which they change."""

from __future__ import annotations

import hmac
import random
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulators.maas.driver import MachineDriver
from simulators.maas.faults import Faults
from simulators.maas.inventory import Inventory, MachineSpec, UserSpec
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
    User,
)
from simulators.maas.nonces import Nonces
from simulators.maas.progress import Immediate, Progress
from simulators.maas.settings import initial_settings
from simulators.maas.state_file import StateFile
from simulators.maas.work import Work

SYSTEM_ID_LETTERS = "abcdefghkmnpqrstwxy34678"
EVENTS_LIMIT = 2_000
"""Events kept; older ones are forgotten, as MAAS prunes its table."""
ERRORS = {"Marking node failed", "Failed to power node"}
"""Events of level ERROR; MAAS 3.5 has most of its others at INFO."""
SESSIONS_LIMIT = 1_000
SESSION_SECONDS = 1_209_600


class Region:
    """The whole state of one simulated MAAS. Several may live in one process.

    Everything that reads or changes records does so inside `transaction()`. The driver is called outside of it.
    """

    def __init__(
        self,
        driver: MachineDriver,
        inventory: Inventory | None = None,
        *,
        clock: Callable[[], float] = time.time,
        wall_clock: Callable[[], float] = time.time,
        seed: int | str | None = None,
        state_file: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Stand up a MAAS with `inventory`'s machines Ready, or as `state_file` remembers them.

        `clock` (seconds since 1970) times states and events and can be moved by the control endpoints; `wall_clock`
        judges OAuth timestamps. `seed` makes ids and keys the same each time.
        """
        self.driver = driver
        self.inventory = inventory or Inventory()
        self.progress: Progress = progress or Immediate()
        self.faults = Faults()
        self.failing: dict[str, str] = {}
        """Why the next deployment of a machine will fail, by system id; forgotten at a restart."""
        self.nonces = Nonces(wall_clock)
        self.lock = threading.RLock()
        self.clock_offset = 0.0
        self._clock = clock
        self._initial_progress = self.progress
        self._seed = seed if seed is not None else secrets.token_hex(16)
        self.work = Work(self)
        self.revision = 0
        """Grows with every change; what is derived from records is kept per revision."""
        self.rendered: dict[tuple[str, int], str] = {}
        self._after: list[Callable[[], None]] = []
        self._depth = 0
        self._populate()
        self.state_file: StateFile | None = None
        if state_file is not None:
            self.state_file = StateFile(self, state_file)
            self.state_file.load()

    def _populate(self) -> None:
        """Make all records anew from the inventory."""
        self.random = random.Random(str(self._seed))  # noqa: S311 - ids of a simulator, repeatable by design
        self.last_ids: dict[str, int] = {}
        self.users: dict[str, User] = {}
        self.sessions: dict[str, Session] = {}
        self.machines: dict[str, Machine] = {}
        """By system id, in the order of enlistment."""
        self.devices: dict[str, Device] = {}
        self.zones: dict[str, Named] = {"default": Named(self.next_id("zone"), "default")}
        self.pools: dict[str, Named] = {"default": Named(0, "default", "Default pool")}
        self.tags: dict[str, Tag] = {name: Tag(name) for name in self.inventory.tags}
        self.events: list[Event] = []
        self.files: dict[tuple[str, str], StoredFile] = {}
        """By owner and file name."""
        self.controller_id = ""
        self.controller_id = self._system_id(None)
        self.settings: dict[str, Any] = initial_settings(self.inventory)
        for user in self.inventory.users:
            self._add_inventory_user(user)
        for number, spec in enumerate(self.inventory.machines, 1):
            self._add_inventory_machine(number, spec)

    # Time, ids, changes

    def now(self) -> float:
        """Return seconds since 1970 on the region's clock."""
        return self._clock() + self.clock_offset

    def next_id(self, kind: str) -> int:
        """Return the next number for a record of `kind`, from 1."""
        self.last_ids[kind] = self.last_ids.get(kind, 0) + 1
        return self.last_ids[kind]

    def letters(self, length: int, alphabet: str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") -> str:
        """Return `length` seeded characters."""
        return "".join(self.random.choice(alphabet) for _ in range(length))

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Hold the lock; when the outermost one ends, run what `after_commit` was given."""
        with self.lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self.work.settle()
                yield
            finally:
                self._depth -= 1
                after: list[Callable[[], None]] = []
                if self._depth == 0:
                    after, self._after = self._after, []
        for action in after:
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the present transaction is over, as MAAS starts deployments after its own."""
        self._after.append(action)

    def changed(self) -> None:
        """Say that records changed: they will be written, and what was derived from them is stale."""
        self.revision += 1
        self.rendered.clear()
        if self.state_file is not None:
            self.state_file.schedule()

    def reset(self) -> None:
        """Go back to the inventory: machines Ready, made tokens, tags, files and faults forgotten.

        Machines that were in use are erased through the driver.
        """
        with self.transaction():
            used = [
                machine.system_id
                for machine in self.machines.values()
                if machine.addresses or machine.power_state != "off" or machine.transition
            ]
            self.work.forget()
            self.faults.clear()
            self.failing.clear()
            self.clock_offset = 0.0
            self.progress = self._initial_progress
            self._populate()
            for system_id in used:
                self.work.erase_quietly(system_id)
            self.changed()

    def close(self) -> None:
        """Write the state file for the last time; worker threads that still run are let go."""
        if self.state_file is not None:
            self.state_file.flush()

    # Machines

    def _system_id(self, wanted: str | None) -> str:
        taken = {*self.machines, *self.devices, self.controller_id}
        while wanted is None or wanted in taken:
            wanted = self.letters(6, SYSTEM_ID_LETTERS)
        return wanted

    def new_system_id(self) -> str:
        """Return a system id that nothing has yet."""
        return self._system_id(None)

    def _add_inventory_machine(self, number: int, spec: MachineSpec) -> None:
        machine = Machine(
            id=self.next_id("node"),
            system_id=self._system_id(spec.system_id),
            hostname=spec.hostname,
            domain=self.inventory.domain,
            architecture=spec.architecture,
            memory=spec.memory,
            cpu_count=spec.cpu_count,
            power_type=spec.power_type,
            power_address=str(self.inventory.network.power_controller(number)),
            tags=sorted(spec.tags),
        )
        for index, size in enumerate(spec.disks):
            name = f"sd{chr(ord('a') + index)}"
            machine.disks.append(Disk(self.next_id("disk"), name, size, f"S{number:03d}{index:03d}"))
        machine.interfaces.append(self.new_interface("eth0", spec.mac_address))
        self.machines[machine.system_id] = machine
        for tag in spec.tags:
            self.tags.setdefault(tag, Tag(tag))

    def new_interface(self, name: str, mac_address: str) -> Interface:
        """Return an interface that takes an address from the subnet when its machine is deployed."""
        return Interface(self.next_id("interface"), name, mac_address.lower(), [Link(self.next_id("link"))])

    def machine(self, name: str) -> Machine | None:
        """Return the machine with that host name or system id."""
        if name in self.machines:
            return self.machines[name]
        return next((machine for machine in self.machines.values() if machine.hostname == name), None)

    def record_event(self, machine: Machine, kind: str, description: str = "", username: str = "") -> None:
        """Add to a machine's history; the last event is its status action and message."""
        text = f"{kind} - {description}" if description else kind
        level = "ERROR" if kind in ERRORS else "INFO"
        machine.status_action, machine.status_message = kind, text
        number = self.next_id("event")
        event = Event(number, machine.system_id, machine.hostname, level, kind, description, username, self.now())
        self.events.append(event)
        del self.events[:-EVENTS_LIMIT]

    # Users

    def _add_inventory_user(self, spec: UserSpec) -> None:
        user = User(spec.username, spec.password, spec.is_superuser, spec.email or f"{spec.username}@maas.test")
        self.users[user.username] = user
        token = self.new_token()
        if spec.api_key is not None:
            token.consumer, token.key, token.secret = spec.api_key.split(":")
        user.tokens.append(token)
        for key in spec.ssh_keys:
            user.ssh_keys[self.next_id("sshkey")] = key

    def new_token(self, name: str = "MAAS consumer") -> Token:
        """Return a new API key: parts of 18, 18 and 32 characters, as MAAS makes them."""
        return Token(self.letters(18), self.letters(18), self.letters(32), name)

    def find_token(self, key: str) -> tuple[User, Token] | None:
        """Return who has the token `key`."""
        return next(((user, token) for user in self.users.values() for token in user.tokens if token.key == key), None)

    def check_password(self, username: str, password: str) -> User | None:
        """Return the user when name and password fit."""
        user = self.users.get(username)
        known = user.password if user else ""
        fits = hmac.compare_digest(known.encode(), password.encode(errors="replace"))
        return user if user is not None and fits and known else None

    def login(self, username: str, password: str) -> tuple[str, str] | None:
        """Return the cookies `sessionid` and `csrftoken` of a new session, or None when the password is wrong."""
        with self.transaction():
            user = self.check_password(username, password)
            if user is None:
                return None
            session_id, csrf = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            self.sessions[session_id] = Session(user.username, self.now(), csrf)
            while len(self.sessions) > SESSIONS_LIMIT:
                del self.sessions[next(iter(self.sessions))]
            self.changed()
            return session_id, csrf

    def logout(self, session_id: str | None) -> None:
        """End a session; unknown ones are over already."""
        with self.transaction():
            if session_id and self.sessions.pop(session_id, None):
                self.changed()

    def session_user(self, cookie: str | None) -> User | None:
        """Return who is logged in with the `sessionid` cookie."""
        with self.lock:
            session = self.sessions.get(cookie or "")
            if session is None or self.now() - session.since > SESSION_SECONDS:
                return None
            return self.users.get(session.username)
