#!/usr/bin/python3 -I
"""The command `snap` of a machine, as far as the lab goes: it installs Juju's snaps from the kit's own store.

A snap here is an archive that is unpacked under /snap/NAME/REVISION, with what it offers in its folder `bin`. Messages
are those of snapd 2.6x, shortened. What is not simulated is said so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

STORE = "http://store.kitcheck/snaps"
SNAPS = Path("/snap")
WITHIN_S = 60


def refuse(message: str) -> NoReturn:
    """End with what snapd would say."""
    sys.exit(f"error: {message}")


def fetch(name: str) -> bytes:
    """Return a file of the store."""
    try:
        with urllib.request.urlopen(f"{STORE}/{name}", timeout=WITHIN_S) as answer:  # noqa: S310 - the store's HTTP
            return answer.read()
    except OSError as error:
        refuse(f"unable to contact snap store: {error}")


def installed(name: str) -> dict[str, Any] | None:
    """Return what the store said of an installed snap."""
    try:
        return json.loads((SNAPS / name / "current" / "meta" / "snap.json").read_bytes())
    except OSError:
        return None


def channel_of(said: str, snap: dict[str, Any]) -> str:
    """Return a channel's full name: `2.9` is `2.9/stable`, `stable` that of the default track."""
    if not said:
        return snap["default"]
    if said in ("stable", "candidate", "beta", "edge"):
        return f"{snap['default'].partition('/')[0]}/{said}"
    return said if "/" in said else f"{said}/stable"


def install(name: str, channel: str, *, classic: bool) -> None:
    """Install a snap, if it is not there."""
    if os.geteuid() != 0:
        refuse("access denied (try with sudo)")
    if installed(name):
        print(f"snap \"{name}\" is already installed, see 'snap help refresh'", file=sys.stderr)
        return
    snaps = json.loads(fetch("index.json"))
    if name not in snaps:
        refuse(f'snap "{name}" is not simulated: this kit has {", ".join(sorted(snaps))}')
    snap = snaps[name]
    channel = channel_of(channel, snap)
    found = snap["channels"].get(channel)
    if found is None:
        refuse(f'channel {channel} of snap "{name}" is not simulated: expected one of {", ".join(snap["channels"])}')
    if found["classic"] and not classic:
        refuse(
            f'This revision of snap "{name}" was published using classic confinement.\n\n'
            "If you understand and want to proceed repeat the command including --classic."
        )
    if classic and not found["classic"]:
        print(f"Warning: flag --classic ignored for strictly confined snap {name}", file=sys.stderr)
    unpack(name, channel, found)
    print(f"{name} ({channel}) {found['version']} from {snap['publisher']} installed")


def unpack(name: str, channel: str, found: dict[str, Any]) -> None:
    """Make a snap's folder and the links to its commands."""
    folder = SNAPS / name / str(found["revision"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xz", "-C", str(folder)], input=fetch(found["file"]), check=True)
    meta = folder / "meta"
    meta.mkdir()
    said = {"name": name, "channel": channel, **{key: found[key] for key in ("version", "revision", "classic")}}
    (meta / "snap.json").write_text(json.dumps(said))
    current = SNAPS / name / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(folder.name)
    commands = SNAPS / "bin"
    commands.mkdir(exist_ok=True)
    for each in (folder / "bin").iterdir():
        link = commands / each.name
        link.unlink(missing_ok=True)
        link.symlink_to(current / "bin" / each.name)


def remove(name: str) -> None:
    """Remove a snap; what it wrote into somebody's home stays there."""
    if os.geteuid() != 0:
        refuse("access denied (try with sudo)")
    if not installed(name):
        print(f'snap "{name}" is not installed', file=sys.stderr)
        return
    for each in (SNAPS / name / "current" / "bin").iterdir():
        (SNAPS / "bin" / each.name).unlink(missing_ok=True)
    shutil.rmtree(SNAPS / name)
    print(f"{name} removed")


def show() -> None:
    """Print what is installed."""
    names = sorted(each.parent.name for each in SNAPS.glob("*/current"))
    if not names:
        print("No snaps are installed yet. Try 'snap install hello-world'.", file=sys.stderr)
        return
    rows = [("Name", "Version", "Rev", "Tracking", "Publisher", "Notes")]
    for name in names:
        snap = installed(name) or {}
        notes = "classic" if snap.get("classic") else "-"
        rows.append(
            (name, snap.get("version", ""), str(snap.get("revision", "")), snap.get("channel", ""), "canonical✓", notes)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    command, names, options = "", list[str](), dict[str, str]()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word.startswith("--channel"):
            _, is_there, value = word.partition("=")
            options["channel"] = value if is_there else (rest.pop(0) if rest else "")
        elif word in ("--classic", "--purge"):
            options[word] = "yes"
        elif word in ("--stable", "--candidate", "--beta", "--edge"):
            options["channel"] = word[2:]
        elif word.startswith("-"):
            refuse(f"snap: the option {word} is not simulated")
        elif command:
            names.append(word)
        else:
            command = word
    if command == "install" and names:
        for name in names:
            install(name, options.get("channel", ""), classic="--classic" in options)
    elif command == "remove" and names:
        for name in names:
            remove(name)
    elif command == "list" and not names:
        show()
    else:
        refuse(
            f"`snap {' '.join(arguments)}` is not simulated; these are: snap install NAME [--classic] [--channel C], "
            "snap list, snap remove NAME"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
