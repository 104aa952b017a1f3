"""A picture as evidence: what it shows, where and when it was taken, and the check that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.result import Result
from harness.verdicts import CheckResult, Evidence
from kitcheck.evidence.names import is_safe

FOLDER, ENDING = "pictures/", ".png"
"""Where pictures are in a bundle."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with all that is needed to defend it."""

    name: str
    """Of its file, without an ending: `checkpoint-1-machines`."""
    checkpoint: str
    check: str
    """Id of the check that it illustrates."""
    source: str
    """`maas`, `main`, or the machine's name."""
    at: str
    """RFC 3339 in UTC."""
    caption: str
    """In English, as `captions` has it; the catalogue translates it."""
    png: bytes

    @property
    def path(self) -> str:
        """Where it is in a bundle."""
        return f"{FOLDER}{self.name}{ENDING}"

    @property
    def evidence(self) -> Evidence:
        """The piece of evidence of a result that stands for it: its body is where the picture is."""
        return Evidence("image", self.source, self.at, self.caption, self.path)


def attached(result: Result, pictures: Iterable[Picture]) -> Result:
    """Return a result in which each picture is evidence of its check, or of its checkpoint's last one."""
    wanted = list(pictures)
    if not wanted:
        return result

    def with_pictures(check: CheckResult, *, last: bool, known: set[str]) -> CheckResult:
        mine = tuple(
            each.evidence
            for each in wanted
            if each.checkpoint == check.checkpoint
            and (each.check == check.id or (last and each.check not in known))
            and each.evidence not in check.evidence
        )
        return replace(check, evidence=check.evidence + mine) if mine else check

    return replace(
        result,
        checkpoints=tuple(
            replace(
                checkpoint,
                checks=tuple(
                    with_pictures(
                        check, last=check is checkpoint.checks[-1], known={each.id for each in checkpoint.checks}
                    )
                    for check in checkpoint.checks
                ),
            )
            for checkpoint in result.checkpoints
        ),
    )


def pictured(result: Result, files: Mapping[str, bytes]) -> list[Picture]:
    """Return the pictures of a result whose files, by their place in a bundle, are there."""
    return [
        Picture(
            piece.body.removeprefix(FOLDER).removesuffix(ENDING),
            check.checkpoint,
            check.id,
            piece.source,
            piece.at,
            piece.summary,
            files[piece.body],
        )
        for check in result.checks
        for piece in check.evidence
        if piece.kind == "image"
        and piece.body in files
        and is_safe(piece.body)
        and piece.body.startswith(FOLDER)
        and piece.body.endswith(ENDING)
        and piece.body.count("/") == 1
    ]
