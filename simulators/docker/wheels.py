"""Fetches the Python packages that our servers in containers need: outside, from the lock file, hash-checked."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import simulators
from harness.errors import KitError, UsageError

LOCK = Path(simulators.__file__).parent.parent / "requirements.lock"

NEEDED = (
    "anyio",
    "certifi",
    "charset-normalizer",
    "click",
    "docker",
    "h11",
    "idna",
    "jinja2",
    "oauthlib",
    "python-multipart",
    "requests",
    "starlette",
    "typing-extensions",
    "urllib3",
    "uvicorn",
)
"""Packages with a wheel for any machine. MarkupSafe has none: the image brings Debian's."""

NEEDED_BY_JUJU = (
    "anyio",
    "click",
    "h11",
    "idna",
    "jinja2",
    "oauthlib",
    "starlette",
    "typing-extensions",
    "uvicorn",
    "websockets",
)
"""What the programs of the lab's second half need, which run on the machines themselves."""

FETCH_SECONDS = 300


def pinned(names: Iterable[str] = NEEDED) -> str:
    """Return the part of the lock file that pins `names`, hashes and all.

    Raises UsageError when there is no lock file, or a package is not in it.
    """
    try:
        text = LOCK.read_text()
    except FileNotFoundError:
        raise UsageError(f"{LOCK} is missing: Docker kits are made from a checkout of Kitcheck") from None
    pins = {entry.partition("==")[0]: entry for entry in re.split(r"\n(?=\w)", text)}
    missing = [name for name in names if name not in pins]
    if missing:
        raise UsageError(f"{LOCK} does not pin {', '.join(missing)}: `make lock` makes it anew")
    return "".join(pins[name].rstrip() + "\n" for name in names)


def fetch_packages(pins: str) -> dict[str, bytes]:
    """Return the files of the pinned packages, as they are installed, by path. Raises KitError when pip fails."""
    with tempfile.TemporaryDirectory(prefix="kitcheck-") as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(pins)
        target = Path(folder) / "packages"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes"]
        # What any Python 3 can use: the image's Python is not the one that runs this.
        command += ["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.11"]
        command += [f"--target={target}", f"--requirement={requirements}"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired:
            raise KitError(f"pip did not fetch the simulators' packages within {FETCH_SECONDS} s") from None
        except subprocess.CalledProcessError as error:
            lines = str(error.stderr).strip().splitlines()[-3:]
            raise KitError("pip could not fetch the simulators' packages:\n  " + "\n  ".join(lines)) from None
        return {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in sorted(target.rglob("*"))
            if path.is_file()
        }
