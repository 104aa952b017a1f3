"""Which MAAS this is: the id that it keeps in a file on its own machine, for its API tells it to nobody.

MAAS draws the id when it starts for the first time, keeps it in its database, and writes it into a file of its data
folder at each start (MAAS 3.5, `maasserver/start_up.py` and `provisioningserver/utils/env.py`: `maas_uuid`, mode
0640). That folder is `/var/snap/maas/common/maas` for the snap (Canonical's charm `maas-region` reads the file there)
and `/var/lib/maas` for Debian packages. The API's `get_config` refuses the name `uuid`, which no setting has (MAAS
3.5: 400); `/MAAS/metrics` tells it as the label `maas_id`, but only where somebody has switched metrics on.
"""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

from harness.errors import KitError, UsageError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from harness.access import Access

FILES = "/var/snap/maas/common/maas/maas_uuid /var/lib/maas/maas_uuid"
READ = f"sudo -n cat {FILES}"
READ_WITH_PASSWORD = f"sudo -k -S -p '' cat {FILES}"
"""The same with the password on standard input, should sudo ask; -k: it remembers nothing of it afterwards."""
SECONDS = 600.0
"""For the command. Nobody waits so long: but whoever cuts a command off takes main for silent from then on."""
LIMIT = 4_096
"""Bytes that it may print."""
PATIENCE = 5.0
"""Seconds from the question to the answer: sudo may wait for a directory of users, and a grading takes a while."""
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LINE = re.compile(f"({_UUID})(?:{_UUID})?")
"""MAAS ends the file with no end of line: where both files are there, one follows the other."""


class MaasUuid:
    """The id of the MAAS on main, asked for at once and read in the background; what goes wrong is no error."""

    def __init__(self, access: Access, password: SecretStr | None = None) -> None:
        """Begin to read it; `password` is for a sudo that asks."""
        self._access = access
        self._password = password
        self._read = ""
        self._until = time.monotonic() + PATIENCE
        self._reading = threading.Thread(target=self._ask, name="maas uuid", daemon=True)
        self._reading.start()

    def get(self) -> str:
        """Return the id in lower case; empty where main does not tell it within PATIENCE seconds of the question."""
        self._reading.join(max(0.0, self._until - time.monotonic()))
        return self._read

    def _ask(self) -> None:
        entered = None if self._password is None else f"{self._password.get_secret_value()}\n".encode()
        command = READ if entered is None else READ_WITH_PASSWORD
        try:
            told = self._access.run(command, timeout=SECONDS, limit=LIMIT, stdin=entered, record=False)
        except (KitError, UsageError):
            return  # whatever asks main something that matters says so
        self._read = found(told.text)


def found(text: str) -> str:
    """Return the UUID with which a line of `text` begins, in lower case; empty when none does."""
    lines = (_LINE.fullmatch(line.strip().lower()) for line in text.splitlines())
    return next((line[1] for line in lines if line is not None), "")
