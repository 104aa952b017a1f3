"""The command `juju` as a program, with its way to a controller on a loopback port: what jubilant calls."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from simulators.juju.cli import run
from simulators.juju.connection import Connection
from simulators.juju.dialling import dial
from simulators.juju.machine.client import MainSurroundings


class OnLoopback(MainSurroundings):
    """Main's surroundings, but for the addresses that a controller tells its clients, which lie inside a kit."""

    async def connect(self, addresses: tuple[str, ...], **login: Any) -> Connection:
        """Log in to the controller that `STANDING` names."""
        return await dial((os.environ["STANDING"],), **login)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:], OnLoopback(Path.home(), "3.6"))))
