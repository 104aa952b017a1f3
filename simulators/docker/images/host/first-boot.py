"""Runs a machine's user data once, at its first boot, as cloud-init does: a script, or a few modules of cloud-config.

Output goes to /var/log/cloud-init-output.log. What is not simulated is said there, and nothing is made up for it.
"""

from __future__ import annotations

import base64
import grp
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

INSTANCE = Path("/var/lib/cloud/instance")
SIMULATED = ("package_update", "packages", "write_files", "ssh_authorized_keys", "runcmd")
KEYS = Path("/home/ubuntu/.ssh/authorized_keys")


def run_script(text: bytes) -> int:
    """Run a `#!` script as root and return its exit status."""
    script = INSTANCE / "scripts" / "part-001"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_bytes(text)
    script.chmod(0o700)
    return subprocess.run([str(script)], check=False).returncode


def write_file(entry: dict[str, Any]) -> None:
    """Write one entry of `write_files`: plain or base64 content, owner and permissions as given."""
    content = entry.get("content", "")
    content = content if isinstance(content, bytes) else str(content).encode()
    if entry.get("encoding") in ("b64", "base64"):
        content = base64.b64decode(content)
    path = Path(entry["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab" if entry.get("append") else "wb") as file:
        file.write(content)
    path.chmod(int(str(entry.get("permissions", "0644")), 8))
    user, _, group = entry.get("owner", "root:root").partition(":")
    os.chown(path, pwd.getpwnam(user).pw_uid, grp.getgrnam(group or user).gr_gid)


def let_in(keys: list[str]) -> None:
    """Let `ubuntu` log in with further keys."""
    there = KEYS.read_text() if KEYS.exists() else ""
    new = [key for key in keys if key not in there]
    KEYS.write_text(there.rstrip("\n") + "\n" * bool(there) + "".join(f"{key}\n" for key in new))
    KEYS.chmod(0o600)
    os.chown(KEYS, pwd.getpwnam("ubuntu").pw_uid, grp.getgrnam("ubuntu").gr_gid)


def entries(config: dict[str, Any], name: str) -> list[Any]:
    """Return the list under a name; nothing written there is an empty one."""
    return list(config.get(name) or ())


def apply_config(config: dict[str, Any]) -> int:
    """Apply the modules of cloud-config that are simulated, in cloud-init's order, and return how many failed."""
    failures = 0
    for name in config:
        if name not in SIMULATED:
            print(f"cloud-config: {name}: not simulated", flush=True)
    if keys := entries(config, "ssh_authorized_keys"):
        let_in([str(key).strip() for key in keys])
    for entry in entries(config, "write_files"):
        write_file(entry)
    packages = [str(package) for package in entries(config, "packages")]
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if packages or config.get("package_update"):
        failures += subprocess.run(["apt-get", "update"], env=apt, check=False).returncode != 0
    if packages:
        failures += subprocess.run(["apt-get", "install", "-y", *packages], env=apt, check=False).returncode != 0
    for command in entries(config, "runcmd"):
        arguments = ["sh", "-c", command] if isinstance(command, str) else [str(part) for part in command]
        failures += subprocess.run(arguments, check=False).returncode != 0
    return failures


def main() -> int:
    """Run the user data and leave the mark that it was run."""
    text = (INSTANCE / "user-data.txt").read_bytes()
    status = 1
    try:
        if text.startswith(b"#!"):
            status = run_script(text)
        elif text.startswith(b"#cloud-config"):
            status = apply_config(yaml.safe_load(text) or {})
        else:
            print("user data is neither a `#!` script nor `#cloud-config`: not simulated", flush=True)
    finally:
        # Once means once, also when it failed half-way.
        (INSTANCE / "boot-finished").touch()
        print(f"user data ended with status {status}", flush=True)
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
