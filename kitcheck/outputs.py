"""The files that `kitcheck grade` writes a result to: found writable before any work is done, written at its end."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import result
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.hooks import Description
    from harness.result import Result
    from kitcheck.evidence.gathering import Keeping
    from kitcheck.exports.kit import Wanted


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a result is written to."""

    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    lang: str = "en"
    """The language of `html`."""
    exports: tuple[str, ...] = ()
    """`NAME=FILE`, for other systems."""
    github: bool = False
    """Whether a step of GitHub Actions gets a summary and annotations."""
    keeping: Keeping | None = None
    """Evidence and pictures that are kept."""
    asked: Wanted | None = field(default=None, repr=False)
    """The exports, once they were found possible; `keeping` has its key then."""

    def check(self) -> Outputs:
        """Return the same, found writable, with the signing key read: what is returned looks at neither again.

        UsageError when something cannot be written, or when there is no such language.
        """
        asked = self._wanted()
        named: dict[Path, str] = {}
        for option, path in (
            ("--json", self.json),
            ("--junit", self.junit),
            ("--html", self.html),
            *(("--export", path) for _, path in asked),
        ):
            if path is None:
                continue
            result.writable((path,))
            if (other := named.setdefault(path.absolute(), option)) != option:
                raise UsageError(f"{path}: {other} and {option} name the same file")
        if self.html is not None or self.lang != "en":
            from harness.reporting import languages

            languages.chosen(self.lang)
        if self.github:
            from kitcheck.exports import github

            github.step()
        keeping = None if self.keeping is None else self.keeping.checked()
        return replace(self, keeping=keeping, asked=asked)

    def gathered(self, description: Description, graded: Result) -> tuple[Result, Mapping[str, bytes]]:
        """Keep what is wanted of the kit itself, while it is there; return the result with its pictures.

        UsageError when something cannot be written.
        """
        from harness.kitfile import KitFile

        if self.keeping is None or not self.keeping.wanted or not isinstance(description, KitFile):
            return graded, {}
        keeping = self.keeping.checked() if self.asked is None else self.keeping
        kept = keeping.keep(description, graded)
        return kept.result, kept.pictures

    def write(self, graded: Result, pictures: Mapping[str, bytes] | None = None) -> None:
        """Write everything else; UsageError when that turns out to be impossible."""
        if self.json is not None:
            result.write(graded, self.json)
        if self.junit is not None:
            from harness import junit

            junit.write(graded, self.junit)
        if self.html is not None:
            from harness.reporting import kit_page

            kit_page.write(graded, self.html, lang=self.lang, pictures=pictures)
        if self.exports:
            from kitcheck.exports import kit

            for line in kit.write(graded, self._wanted() if self.asked is None else self.asked):
                sys.stderr.write(f"{line}\n")

    def showing(self) -> AbstractContextManager[None]:
        """Return what holds while a kit's words are shown: in a step of GitHub Actions, none of them is a command."""
        if not self.github:
            return nullcontext()
        from kitcheck.exports import github

        return github.commands_stopped(sys.stdout)

    def annotate(self, graded: Result) -> None:
        """Tell the step of GitHub Actions, if there is one; UsageError when its summary cannot be written."""
        if self.github:
            from kitcheck.exports import github

            github.report(graded, sys.stdout)

    def _wanted(self) -> Wanted:
        if not self.exports:
            return ()
        from kitcheck.exports import kit

        return kit.wanted(self.exports)
