"""git: of its commands there is `git clone`, of what the lab has its readers clone."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call

FAILED = 128
"""Exit status of git for what ends it at once."""
VERSION = "git version 2.34.1"
_URL = re.compile(r"(https?|git)://([^/:@\s]+)(?::\d+)?/(.*)")
_SITE = "github.com"
TASKS = "raulikeda/tasks"
"""The lab's application."""


async def git(call: Call) -> int:
    """Play `git clone [-q] URL [FOLDER]` and `git --version`."""
    match call.argv[1:]:
        case ("--version",) | ("version",):
            call.say(VERSION)
            return 0
        case ("clone", *_):
            return _clone(call)
        case _:
            raise call.refuse()


def _clone(call: Call) -> int:
    found = given(call.with_words("git", *call.argv[2:]), "q", long={"quiet": "q"})
    if not 1 <= len(found.operands) <= 2:
        raise call.refuse()
    url, *target = found.operands
    parsed = _URL.fullmatch(url)
    if parsed is None:
        raise call.refuse()
    path = parsed[3].strip("/").removesuffix(".git")
    folder = target[0] if target else posixpath.basename(path)
    place = call.path(folder)
    view = View.of(call)
    kind = view.kind(place)
    if kind == "file" or (kind == "folder" and view.names(place)):
        call.err(f"fatal: destination path '{folder}' already exists and is not an empty directory.\n".encode())
        return FAILED
    call.err(b"" if "q" in found.flags else f"Cloning into '{folder}'...\n".encode())
    if parsed[2].lower() != _SITE:
        return _unresolved(call, url, parsed[2])
    files = _files(path)
    if files is None:
        # GitHub asks who is there, so as not to tell which private repositories it has; there is nobody to be asked.
        call.err(b"fatal: could not read Username for 'https://github.com': No such device or address\n")
        return FAILED
    try:
        _write(call, view, place, url, files)
    except OSError as error:
        call.err(f"fatal: could not create work tree dir '{folder}': {reason(error)}\n".encode())
        return FAILED
    return 0


def _unresolved(call: Call, url: str, host: str) -> int:
    call.err(f"fatal: unable to access '{url}/': Could not resolve host: {host}\n".encode())
    return FAILED


def _files(path: str) -> Mapping[str, str] | None:
    """Return the files of a repository by path; None for one that is not there. GitHub does not mind letter case."""
    from simulators.charms.repositories import REPOSITORIES

    if path.lower() == TASKS:
        from simulators.embedded.django_site import texts

        return {name: content.decode() for name, content in texts.original().items()}
    return next((files for name, files in REPOSITORIES.items() if name.lower() == path.lower()), None)


def _write(call: Call, view: View, place: str, url: str, files: Mapping[str, str]) -> None:
    """Write the work tree, and as much of `.git` as tells where it came from. Raises OSError."""
    origin = f'[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    own = {".git/HEAD": "ref: refs/heads/master\n", ".git/config": f"[core]\n\tbare = false\n{origin}"}
    made: set[str] = set()
    for path, text in {**own, **files}.items():
        whole = posixpath.join(place, path)
        _make(view, posixpath.dirname(whole), made)
        view.write(whole, text.encode(), append=False)
        if text.startswith("#!"):
            call.host.files.modes[call.host.files.real(whole)] = 0o755


def _make(view: View, folder: str, made: set[str]) -> None:
    if folder in made or folder == "/":
        return
    made.add(folder)
    if view.kind(folder) is None:
        _make(view, posixpath.dirname(folder), made)
        view.make_folder(folder)
