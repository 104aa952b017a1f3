"""What a simulated kit leaves on this machine's disk while it runs: kit.yaml, the key to it, where it answers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import UsageError
from simulators.kit_yaml import as_yaml


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How a running kit is reached, as its folder remembers it."""

    network: str
    stage: str | None
    ssh_port: int
    dashboard_port: int
    kind: str = "docker"
    """`docker` or `embedded`."""


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of everything that Kitcheck remembers: `$KITCHECK_HOME`, or one under `$XDG_STATE_HOME`."""
    if environ.get("KITCHECK_HOME"):
        return Path(environ["KITCHECK_HOME"]).expanduser().absolute()
    state = environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "kitcheck"


@dataclass(frozen=True, slots=True)
class KitFolder:
    """The folder of one kit."""

    kit: str
    elsewhere: Path | None = None
    """Where it is when it is not among the user's kits, which `kitcheck kits` lists."""

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.elsewhere or home() / "kits" / self.kit

    @property
    def kit_yaml(self) -> Path:
        """The kit's description, as a student would write it for a real one."""
        return self.path / "kit.yaml"

    @property
    def identity(self) -> Path:
        """The private key that main accepts for `cloud`."""
        return self.path / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """Host keys for the `ssh` line that we print; the harness keeps its own."""
        return self.path / "known_hosts"

    def make(self) -> None:
        """Make the folder, which also claims the kit's name. Raises UsageError when it is taken or cannot be made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.mkdir(mode=0o700)
        except FileExistsError:
            raise UsageError(
                f"there is a kit {self.kit!r} already ({self.path}): `kitcheck down {self.kit}` removes it, "
                "or choose another name with --name"
            ) from None
        except OSError as error:
            raise UsageError(f"{self.path} cannot be made: {error.strerror}; say in KITCHECK_HOME where to") from None

    def remove(self) -> None:
        """Remove the folder, if it is there."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, whereabouts: Whereabouts, *, kit_yaml: Mapping[str, object], private_key: bytes) -> None:
        """Write everything, readable by this user only."""
        self._private(self.identity, private_key)
        self._private(self.kit_yaml, as_yaml(kit_yaml))
        self._private(self.path / "running.json", json.dumps(asdict(whereabouts)).encode())

    def whereabouts(self) -> Whereabouts | None:
        """Return how the kit is reached; None while it is being made, or when the file is not ours."""
        try:
            return Whereabouts(**json.loads((self.path / "running.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _private(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


def kit_folders() -> list[KitFolder]:
    """Return the folders of all kits, by name."""
    parent = home() / "kits"
    return [KitFolder(path.name) for path in sorted(parent.iterdir())] if parent.is_dir() else []
