"""Which versions of which facades a controller serves: by Juju's own version, and by the kind of connection.

Ranges: read in the servers of Juju 3.6 and 2.9.46.
"""

from __future__ import annotations

from typing import Literal

Flavour = Literal["3.6", "2.9"]

ON_BOTH = {"3.6": {"Pinger": (1, 1), "ModelConfig": (3, 3)}, "2.9": {"Pinger": (1, 1), "ModelConfig": (1, 3)}}
ON_CONTROLLER = {
    "3.6": {"Cloud": (7, 7), "Controller": (11, 12), "ModelManager": (9, 10)},
    "2.9": {"Cloud": (1, 7), "Controller": (3, 11), "ModelManager": (2, 9)},
}
ON_MODEL = {
    "3.6": {
        "Action": (7, 7),
        "AllWatcher": (3, 3),
        "Annotations": (2, 2),
        "Application": (15, 20),
        "Charms": (5, 7),
        "Client": (6, 8),
        "MachineManager": (9, 11),
        "Resources": (3, 3),
        "SSHClient": (4, 4),
        "StringsWatcher": (1, 1),
    },
    "2.9": {
        "Action": (2, 7),
        "AllWatcher": (1, 3),
        "Annotations": (2, 2),
        "Application": (1, 15),
        "Charms": (2, 5),
        "Client": (1, 6),
        "MachineManager": (2, 7),
        "Resources": (1, 3),
        "SSHClient": (1, 3),
        "StringsWatcher": (1, 1),
    },
}


def flavour_of(version: str) -> Flavour:
    """Return which of the two a controller of that version is like: 2.9, or everything since."""
    return "2.9" if version.startswith("2.") else "3.6"


def served(version: str, *, model: bool) -> dict[str, tuple[int, int]]:
    """Return the oldest and newest version of every facade of a connection to a model, or to the controller."""
    flavour = flavour_of(version)
    return dict(sorted({**ON_BOTH[flavour], **(ON_MODEL if model else ON_CONTROLLER)[flavour]}.items()))
