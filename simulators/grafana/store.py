"""Where a Grafana keeps its records: in memory, or in a JSON file that survives a restart."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

from simulators.grafana.records import Dashboard, DataSource, Folder, User

FORMAT = "kitcheck/grafana-store/1"
ROUNDS = 1_000
"""Of PBKDF2: every question with basic authentication pays for them."""
SESSION_SECONDS = 30 * 86_400
"""Grafana 9 to 11: `login_maximum_lifetime_duration` is 30 days."""
SESSIONS = 1_000
"""That are kept; the oldest go first."""


class StoreError(Exception):
    """The file of a store cannot be used; the message says why."""


class Store:
    """All records of one Grafana. Lives on one event loop; whoever changes a record calls `save`."""

    def __init__(self, *, write: Callable[[str], None] | None = None, text: str | None = None) -> None:
        """Begin empty, or with what an earlier store had written by `write`. Raises StoreError."""
        self._write = write
        self.users: dict[int, User] = {}
        self.data_sources: dict[int, DataSource] = {}
        self.dashboards: dict[str, Dashboard] = {}
        """By uid."""
        self.folders: dict[str, Folder] = {}
        """By uid."""
        self.sessions: dict[str, tuple[int, float]] = {}
        """User id and end (seconds since 1970), by digest of the cookie."""
        self._last_ids: dict[str, int] = {}
        if text is not None:
            self._load(text)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the store of a file, which need not exist yet. Raises StoreError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8") if path.exists() else None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{path}: cannot be read: {error}") from None
        try:
            return cls(write=lambda content: _replace(path, content), text=text)
        except StoreError as error:
            raise StoreError(f"{path}: {error}; remove the file to begin anew") from None

    def save(self) -> None:
        """Write everything, where this store has something to write to."""
        if self._write is not None:
            self._write(self.dump())

    def dump(self) -> str:
        """Return everything as JSON; secrets are in it."""
        kept = {
            "format": FORMAT,
            "last_ids": self._last_ids,
            "users": [asdict(user) for user in self.users.values()],
            "data_sources": [asdict(source) for source in self.data_sources.values()],
            "dashboards": [asdict(dashboard) for dashboard in self.dashboards.values()],
            "folders": [asdict(folder) for folder in self.folders.values()],
            "sessions": self.sessions,
        }
        return json.dumps(kept, indent=1) + "\n"

    def _load(self, text: str) -> None:
        try:
            kept: dict[str, Any] = json.loads(text)
            if kept.get("format") != FORMAT:
                raise StoreError(f"expected the format {FORMAT}, got {kept.get('format')!r}")
            self._last_ids = {str(kind): int(last) for kind, last in kept["last_ids"].items()}
            self.users = {user.id: user for user in (User(**each) for each in kept["users"])}
            self.data_sources = {one.id: one for one in (DataSource(**each) for each in kept["data_sources"])}
            self.dashboards = {one.uid: one for one in (Dashboard(**each) for each in kept["dashboards"])}
            self.folders = {one.uid: one for one in (Folder(**each) for each in kept["folders"])}
            self.sessions = {key: (int(user), float(end)) for key, (user, end) in kept["sessions"].items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(f"not the file of a store: {error}") from None

    # Identifiers

    def new_id(self, kind: Literal["user", "data source", "dashboard"]) -> int:
        """Return an id that was never given to one of that kind before; folders are dashboards here."""
        self._last_ids[kind] = self._last_ids.get(kind, 0) + 1
        return self._last_ids[kind]

    def new_uid(self) -> str:
        """Return a uid of 14 characters, as Grafana 10 makes them."""
        taken = {*self.dashboards, *self.folders, *(source.uid for source in self.data_sources.values())}
        while (uid := "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(14))) in taken:
            pass
        return uid

    # Users and sessions

    def ensure_admin(self, login: str, password: str, *, now: float | None = None) -> bool:
        """Make the administrator if there is nobody yet, and return whether that was so.

        Grafana 9 to 11: `admin_password` counts at the first start alone; later ones keep what users changed.
        """
        if self.users:
            return False
        moment = time.time() if now is None else now
        user = User(self.new_id("user"), login, "", "", moment, moment)
        self.users[user.id] = user
        self.set_password(user, password, now=moment)
        return True

    def set_password(self, user: User, password: str, *, now: float | None = None) -> None:
        """Change a password, and save."""
        user.salt = secrets.token_hex(8)
        user.digest = _digest(user.salt, password)
        user.updated = time.time() if now is None else now
        self.save()

    def has_password(self, user: User, password: str) -> bool:
        """Return whether that is the user's password."""
        return hmac.compare_digest(user.digest, _digest(user.salt, password))

    def who(self, login: str, password: str) -> User | None:
        """Return the user of that name and password."""
        user = next((user for user in self.users.values() if user.login == login), None)
        return user if user is not None and self.has_password(user, password) else None

    def begin_session(self, user: User, now: float) -> str:
        """Return the cookie of a new session."""
        cookie = secrets.token_hex(16)
        self.sessions = {key: value for key, value in self.sessions.items() if value[1] > now}
        while len(self.sessions) >= SESSIONS:
            self.sessions.pop(next(iter(self.sessions)))
        self.sessions[_key(cookie)] = (user.id, now + SESSION_SECONDS)
        self.save()
        return cookie

    def in_session(self, cookie: str, now: float) -> User | None:
        """Return whose session that is."""
        user, end = self.sessions.get(_key(cookie), (0, 0.0))
        return self.users.get(user) if end > now else None

    def end_session(self, cookie: str) -> None:
        """Forget a session."""
        if self.sessions.pop(_key(cookie), None):
            self.save()

    # Data sources

    def source_by_uid(self, uid: str) -> DataSource | None:
        """Return the data source of that uid."""
        return next((source for source in self.data_sources.values() if source.uid == uid), None)

    def source_by_name(self, name: str) -> DataSource | None:
        """Return the data source of that name."""
        return next((source for source in self.data_sources.values() if source.name == name), None)

    def default_source(self) -> DataSource | None:
        """Return the data source that panels use which name none."""
        return next((source for source in self.data_sources.values() if source.is_default), None)


def _digest(salt: str, password: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), ROUNDS).hex()


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _replace(path: Path, content: str) -> None:
    """Write a file that is either the old one or the new one, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
