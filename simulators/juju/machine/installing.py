"""What `juju bootstrap` does on the controller's machine once MAAS has deployed it: agent, service, first words."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from simulators.juju.hands import CloudError

if TYPE_CHECKING:
    from simulators.juju.hands import Bootstrap

FOLDER = "/var/lib/juju"
TOOLS = f"{FOLDER}/tools/machine-0"
BOOTSTRAP = f"{FOLDER}/bootstrap.json"
SERVICE = "jujud-machine-0"
API_PORT = 17070
INSTALL_WITHIN_S = 120.0
ANSWERS_WITHIN_S = 60.0
SSH_FAILED, LOGIN_ATTEMPTS, LOGIN_AGAIN_S = 255, 20, 0.25
SSH = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR"),
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
)
UNIT = f"""\
[Unit]
Description=juju agent for machine-0
After=network.target ssh.service

[Service]
Environment=PYTHONPATH={TOOLS}/source:{TOOLS}/python PYTHONDONTWRITEBYTECODE=1
ExecStart=/usr/bin/python3 -m simulators.juju --folder {FOLDER} --port {API_PORT}
Restart=always
RestartSec=0.5
TimeoutStopSec=5

[Install]
WantedBy=multi-user.target
"""
INSTALL = f"""\
set -e
umask 077
rm -rf {TOOLS}
mkdir -p -m 0755 {FOLDER} {FOLDER}/tools {TOOLS}
tar -x -C {TOOLS} --no-same-owner
"""
START = f"""\
set -e
umask 077
cat > {BOOTSTRAP}
rm -f {FOLDER}/state.json
cat > /etc/systemd/system/{SERVICE}.service <<'END'
{UNIT}END
systemctl daemon-reload
systemctl enable --quiet --now {SERVICE}.service
"""


async def install(bootstrap: Bootstrap, snap: Path, *, identity: Path | None, say: object) -> None:
    """Install the agent of `snap` on the controller's machine, and start it; return when its API takes connections.

    `identity` is the private key that goes with the client's public one; None leaves it to ssh. Raises CloudError.
    """
    tell = cast("Callable[[str], object]", say)
    address = bootstrap.machine.addresses[0]
    tell("Installing Juju machine agent")
    tar = await asyncio.create_subprocess_exec(
        "tar", "-c", "-C", str(snap), "source", "python", stdout=asyncio.subprocess.PIPE
    )
    archive, _ = await tar.communicate()
    await _as_root(address, identity, INSTALL, archive)
    await _as_root(address, identity, START, json.dumps(asdict(bootstrap)).encode())
    await _until_open(address)


async def _as_root(address: str, identity: Path | None, script: str, stdin: bytes) -> None:
    """Run a script on a machine as root. Raises CloudError with its last words."""
    key = ("-i", str(identity)) if identity is not None else ()
    command = ("ssh", *SSH, *key, f"ubuntu@{address}", f"sudo -n sh -c {shlex.quote(script)}")
    said = ""
    for _ in range(LOGIN_ATTEMPTS):
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            _, complaint = await asyncio.wait_for(process.communicate(stdin), INSTALL_WITHIN_S)
        except TimeoutError:
            process.kill()
            raise CloudError(f"{address} did not take Juju's agent within {INSTALL_WITHIN_S:g} s") from None
        if process.returncode == 0:
            return
        said = f"subprocess encountered error code {process.returncode} ({complaint.decode(errors='replace').strip()})"
        if process.returncode != SSH_FAILED:
            raise CloudError(said[-500:])
        # The machine's first boot may not have come to our key yet.
        await asyncio.sleep(LOGIN_AGAIN_S)
    raise CloudError(said[-500:])


async def _until_open(address: str) -> None:
    """Return when the API takes connections. Raises CloudError."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection(address, API_PORT)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return
    except TimeoutError:
        raise CloudError(f"{address}:{API_PORT} does not answer within {ANSWERS_WITHIN_S:g} s") from None
