"""What a Grafana keeps: users, data sources, dashboards and folders, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]
ORGANISATION = 1
"""Id of the only organisation, `Main Org.`."""


@dataclass(slots=True)
class User:
    """Somebody who can log in; the password is kept as its PBKDF2 digest."""

    id: int
    login: str
    salt: str
    digest: str
    created: float
    """Seconds since 1970."""
    updated: float


@dataclass(slots=True)
class DataSource:
    """A data source. `uid` is what dashboards refer to."""

    id: int
    uid: str
    name: str
    type: str
    url: str = ""
    access: str = "proxy"
    user: str = ""
    database: str = ""
    basic_auth: bool = False
    basic_auth_user: str = ""
    with_credentials: bool = False
    is_default: bool = False
    json_data: JsonObject = field(default_factory=dict[str, Any])
    secure: dict[str, str] = field(default_factory=dict[str, str])
    """Secrets by name: `basicAuthPassword`. They are used, and never shown."""
    version: int = 1
    read_only: bool = False


@dataclass(slots=True)
class Folder:
    """A folder of dashboards."""

    id: int
    uid: str
    title: str
    created: float
    updated: float
    version: int = 1


@dataclass(slots=True)
class Dashboard:
    """A dashboard: its model as it was saved, and what is known about it."""

    id: int
    uid: str
    title: str
    slug: str
    model: JsonObject
    created: float
    updated: float
    version: int = 1
    folder_uid: str = ""
    """Empty: it is in no folder (General)."""

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/d/{self.uid}/{self.slug}"
