"""What `kitcheck grade` keeps besides its result: pictures, and the bundle of evidence with its signature."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from kitcheck.evidence import bundle, envelope
from kitcheck.evidence.picture import Picture, attached

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from harness.kitfile import KitFile
    from harness.result import Result


@dataclass(frozen=True, slots=True)
class Gathered:
    """A result with its pictures."""

    result: Result
    """Each picture is evidence of its check."""
    pictures: dict[str, bytes]
    """The PNGs, by the body of the evidence that stands for them."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is to be kept of a grading, and where."""

    evidence: Path | None = None
    """A folder, or a file that ends in `.zip`."""
    sign: Path | None = None
    """The private key in PEM."""
    pictures: Path | None = None
    """A folder for the pictures alone."""
    without_pictures: bool = False
    """The bundle gets none."""
    key: Ed25519PrivateKey | None = field(default=None, repr=False)

    @property
    def wanted(self) -> bool:
        """Whether anything is to be kept."""
        return self.evidence is not None or self.pictures is not None

    def checked(self) -> Keeping:
        """Return the same with the key read, found possible before any work is done; UsageError when it is not."""
        if self.sign is not None and self.evidence is None:
            raise UsageError("--sign signs a bundle of evidence: say --evidence DIR or FILE.zip as well")
        if self.pictures is not None and self.without_pictures:
            raise UsageError("--pictures and --no-pictures exclude each other")
        if self.evidence is not None:
            bundle.check(self.evidence)
        if self.pictures is not None:
            from kitcheck.evidence import pictures

            pictures.writable(self.pictures)
            if self.evidence is not None and self.evidence.absolute() == self.pictures.absolute():
                raise UsageError(f"{self.pictures}: --evidence and --pictures name the same folder")
        return replace(self, key=envelope.private_key(self.sign)) if self.sign is not None else self

    def keep(self, description: KitFile, result: Result, *, say: Callable[[str], None] | None = None) -> Gathered:
        """Take the pictures and write what is wanted; `say` gets one line for what is to be known about it.

        UsageError when a file turns out not to be writable. What cannot be pictured is said, and changes nothing.
        """
        tell = say or _to_stderr
        album: list[Picture] = []
        if self.pictures is not None or (self.evidence is not None and not self.without_pictures):
            from kitcheck.evidence import pictures

            taken = pictures.take(description, result)
            album = taken.pictures
            for note in taken.notes:
                tell(note)
            if self.pictures is not None:
                pictures.write(album, self.pictures)
        if self.evidence is not None:
            from kitcheck.evidence import secrets

            hidden = secrets.of_kit(description)
            bundle.write(result, self.evidence, pictures=album, key=self.key, hidden=hidden)
        return Gathered(attached(result, album), {each.path: each.png for each in album})


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
