"""Which Kitcheck this is: two machines grade alike only when both have the same checks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness import grading, rubric

ROOT = rubric.FEATURES.parent
SOURCES = ("harness", "features", "steps", "kitcheck/course/grader.py")
"""What decides on a verdict, below `ROOT`."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A version, and what its checks really are: somebody may have edited them."""

    version: str
    sources: str
    """SHA-256 of all that decides on a verdict, hexadecimal."""

    def __str__(self) -> str:
        return f"{self.version} (checks {self.sources[:12]})"


@cache
def ours() -> Fingerprint:
    """Return the fingerprint of this installation, as it was when this process first asked."""
    return of(ROOT)


def of(root: Path) -> Fingerprint:
    """Return the fingerprint of the Kitcheck that is installed in a folder. Raises OSError."""
    files: list[Path] = []
    for name in SOURCES:
        place = root / name
        files += [place] if place.is_file() else [*place.rglob("*.py"), *place.rglob("*.feature")]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda each: each.relative_to(root).as_posix()):
        # a checkout on Windows may have other line ends
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return Fingerprint(grading.installed_version(), digest.hexdigest())
