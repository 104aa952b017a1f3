"""What a simulated kit leaves on this machine's disk while it runs: kit.yaml, the key to it, where it answers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import UsageError
from simulators.kit_yaml import as_yaml

try:
    import fcntl
except ImportError:  # Windows has no advisory locks: there, nobody keeps two commands about one kit apart
    fcntl = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How a running kit is reached, as its folder remembers it."""

    network: str
    stage: str | None
    ssh_port: int
    dashboard_port: int
    kind: str = "docker"
    """`docker` or `embedded`."""
    ready: bool = True
    """False while it is being made, or put back; and when that was cut off."""
    password: str | None = None
    """Of main's user `cloud`, where a password opens main and no key does."""
    like_live: bool = False
    """Whether it differs from the handout's as live kits do (`simulators.like_live`), and stays so when put back."""


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

    def ssh(self, where: Whereabouts) -> str:
        """Return a whole command line that leads to main; it asks for the password where a password opens main."""
        way = f"-i {self.identity} -o IdentitiesOnly=yes" if where.password is None else "-o PubkeyAuthentication=no"
        known = f"-o UserKnownHostsFile={self.known_hosts} -o StrictHostKeyChecking=accept-new"
        return f"ssh -p {where.ssh_port} {way} {known} cloud@127.0.0.1"

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

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Keep everybody else from starting, putting back or removing the kit meanwhile.

        Raises UsageError when somebody does just that, or has removed it.
        """
        path = self.path / "lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(f"there is no kit {self.kit!r}: {self.path}: {error.strerror}") from None
        try:
            self._lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Remove the folder, if it is there."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, whereabouts: Whereabouts, *, kit_yaml: Mapping[str, object], private_key: bytes) -> None:
        """Write everything, readable by this user only."""
        self.write_private(self.identity.name, private_key)
        self.write_private(self.kit_yaml.name, as_yaml(kit_yaml))
        self.write_whereabouts(whereabouts)

    def write_whereabouts(self, whereabouts: Whereabouts) -> None:
        """Write how the kit is reached, and nothing else."""
        self.write_private("running.json", json.dumps(asdict(whereabouts)).encode())

    def whereabouts(self) -> Whereabouts | None:
        """Return how the kit is reached; None while it is being made, or when the file is not ours."""
        try:
            return Whereabouts(**json.loads((self.path / "running.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _lock(self, descriptor: int, path: Path) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            who = os.read(descriptor, 20).decode(errors="replace") or "unknown"
            raise UsageError(
                f"kit {self.kit!r} is being started, put back or removed just now, by process {who}: "
                "wait until that is done, or end it"
            ) from None
        # Whoever held it may have removed the folder, and somebody else may have made a new one.
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(descriptor)):
            raise UsageError(f"kit {self.kit!r} was removed just now; try again")
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())

    def write_private(self, name: str, content: bytes) -> None:
        """Write a file that only this user can read; whoever is cut off meanwhile leaves the old one."""
        new = self.path / f"{name}.new"
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.replace(self.path / name)


def kit_folders() -> list[KitFolder]:
    """Return the folders of all kits, by name."""
    parent = home() / "kits"
    return [KitFolder(path.name) for path in sorted(parent.iterdir())] if parent.is_dir() else []
