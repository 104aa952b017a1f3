"""What a kit shows of itself to this computer: ports of 127.0.0.1, and a folder with kit.yaml and the key to it."""

from __future__ import annotations

import contextlib
import secrets
import socket
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from harness import known_hosts
from harness.errors import UsageError
from simulators.embedded.sshd import new_key, private_text
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.kit_yaml import describe

if TYPE_CHECKING:
    from simulators.plan import Plan

LOOPBACK = "127.0.0.1"
BACKLOG = 128
"""Connections that wait until the kit is played."""


class Outside:
    """The outside of one kit, from before it is played until it is closed."""

    def __init__(
        self, name: str, network: str, plan: Plan, *, folder: Path | None, dashboard: bool, register: bool
    ) -> None:
        """Take free ports and write kit.yaml, in a temporary folder without `folder` and `register`.

        Raises UsageError when the name is taken or the folder cannot be made.
        """
        self._name = name
        self._network = network
        self._registered = register
        self._written: Whereabouts | None = None
        self.api_key = ":".join(secrets.token_hex(9) for _ in range(3))
        self.key = new_key(f"outside of kit {name}")
        """Opens main."""
        self._key = private_text(self.key)
        self.folder = KitFolder(name, None if register else folder or Path(tempfile.mkdtemp(prefix="kitcheck-")))
        with contextlib.ExitStack() as undo:
            if register:
                self.folder.make()
            else:
                _make(self.folder.path)
            if register or folder is None:
                undo.callback(self._remove)
            self.door = undo.enter_context(_listening())
            self.window = undo.enter_context(_listening()) if dashboard else None
            self.ssh_port = int(self.door.getsockname()[1])
            """The router's outside port."""
            self.dashboard_port = 0 if self.window is None else int(self.window.getsockname()[1])
            """Where MAAS answers; 0: nowhere."""
            # The port may have been another kit's before, which had another host key.
            known_hosts.forget(name)
            undo.callback(known_hosts.forget, name)
            self.write(plan)
            self._at_end = undo.pop_all()

    def write(self, plan: Plan) -> None:
        """Write kit.yaml and all that belongs to it anew."""
        said = describe(
            plan,
            kit=self._name,
            ssh=f"cloud@{LOOPBACK}:{self.ssh_port}",
            identity=self.folder.identity,
            network=self._network,
            api_key=self.api_key,
        )
        self._written = Whereabouts(self._network, plan.stage, self.ssh_port, self.dashboard_port, kind="embedded")
        self.folder.write(self._written, kit_yaml=said, private_key=self._key)

    @property
    def stands(self) -> bool:
        """Whether the folder is still there and still this kit's: another one may have the name by now."""
        return self.folder.whereabouts() == self._written

    def close(self) -> None:
        """Give back ports and name, and remove the folder unless it is the caller's."""
        self._at_end.close()

    def _remove(self) -> None:
        if self._written is None or not self._registered or self.stands:
            self.folder.remove()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; the kit's kit.yaml belongs there") from None


@contextlib.contextmanager
def _listening() -> Generator[socket.socket]:
    """Take a free port."""
    with socket.create_server((LOOPBACK, 0), backlog=BACKLOG) as listener:
        yield listener
