"""The exports of one kit's result, by name: which were asked for, and writing them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness import junit
from harness.errors import UsageError
from harness.result import Result, writable, write_whole
from kitcheck.exports import classroom50, github, gradescope, prairielearn
from kitcheck.exports.withheld import Withheld

EXPORTS: Mapping[str, Callable[[Result], bytes]] = {
    "gradescope": gradescope.document,
    "prairielearn": prairielearn.document,
    "classroom50": classroom50.document,
    "github": github.document,
    "junit": junit.document,
}
"""What a result can be exported as."""

Wanted = tuple[tuple[str, Path], ...]
"""Names of exports, each with the file to write."""


def wanted(options: Sequence[str]) -> Wanted:
    """Return what `--export NAME=FILE` options ask for, before anything is graded.

    UsageError for an unknown name, a missing or twice named file, a file that cannot be written, or an export that
    cannot be made here.
    """
    asked = tuple(map(_asked, options))
    paths = [path.absolute() for _, path in asked]
    for name, path in asked:
        if paths.count(path.absolute()) > 1:
            raise UsageError(f"{path}: two exports name the same file")
        if name == "classroom50":
            classroom50.submission(os.environ)
    writable([path for _, path in asked])
    return asked


def write(result: Result, asked: Wanted) -> tuple[str, ...]:
    """Write the exports, each whole or not at all; return a line for each that was withheld, and why.

    A file of that name from before is then removed, or it would be taken for this result. UsageError when a file
    cannot be written.
    """
    withheld: list[str] = []
    for name, path in asked:
        try:
            content = EXPORTS[name](result)
        except Withheld as reason:
            _remove(path)
            withheld.append(f"{path} was not written for {name}: {reason}")
        else:
            write_whole(path, content)
    return tuple(withheld)


def _asked(option: str) -> tuple[str, Path]:
    name, sign, file = option.partition("=")
    if name not in EXPORTS:
        raise UsageError(f"--export {option}: there is no export {name!r}; there are {', '.join(EXPORTS)}")
    if not sign or not file:
        raise UsageError(f"--export {option}: say which file to write: --export {name}=FILE")
    return name, Path(file)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: an earlier result cannot be removed: {error.strerror}") from None
