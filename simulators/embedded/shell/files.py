"""cat, ls, readlink, realpath, find, basename, dirname: what is on a host's disk."""

from __future__ import annotations

import fnmatch
import posixpath
import time
from collections.abc import Iterator, Mapping
from stat import S_IFREG, filemode
from typing import TYPE_CHECKING

from simulators.embedded.shell.options import given, quoted, shown
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

BUILT = time.time()
"""When files were last changed, as far as `ls -l` says: times of files are not simulated."""
BLOCK = 4096
"""Bytes of a folder on ext4."""


def sources(
    call: Call, names: list[str], wording: str = "{shown}: {why}", *, names_folders: bool = False
) -> Iterator[tuple[str, bytes | None]]:
    """Yield each named file with its content, the standard input for `-` or when none is named.

    A file that cannot be read is complained about in the words of `wording`, and yields None; so is a folder when the
    program `names_folders`: others say something of their own, which is not simulated.
    """
    view = View.of(call)
    for name in names or ["-"]:
        if name == "-":
            yield name, call.read()
            continue
        try:
            yield name, view.read(call.path(name))
        except OSError as error:
            if isinstance(error, IsADirectoryError) and not names_folders:
                raise call.refuse() from None
            call.complain(wording.format(name=name, shown=shown(name), why=reason(error)))
            yield name, None


async def _cat(call: Call) -> int:
    status = 0
    for _, content in sources(call, given(call).operands, names_folders=True):
        if content is None:
            status = 1
        else:
            call.out(content)
    return status


async def _ls(call: Call) -> int:
    found = given(call, "d1laAq", long={"all": "a", "directory": "d"})
    view, status = View.of(call), 0
    files: list[str] = []
    folders: list[str] = []
    for name in sorted(found.operands) or ["."]:
        try:
            path = call.path(name)
            link = "l" in found.flags and view.target(path) is not None
            kind = "file" if link else view.kind(path)
        except PermissionError as error:
            call.complain(f"cannot access '{name}': {reason(error)}")
            status = 2
            continue
        if kind is None:
            call.complain(f"cannot access '{name}': No such file or directory")
            status = 2
        elif kind == "folder" and "d" not in found.flags:
            folders.append(name)
        else:
            files.append(name)
    _print_names(call, view, call.folder, files, long="l" in found.flags)
    several = len(files) + len(folders) > 1 or status != 0
    for n, name in enumerate(folders):
        try:
            inside = view.names(call.path(name), hidden=bool(found.flags & {"a", "A"}))
        except PermissionError as error:
            call.complain(f"cannot open directory '{name}': {reason(error)}")
            status = 2
            continue
        if several:
            call.say(f"\n{name}:" if files or n > 0 else f"{name}:")
        listed = [".", "..", *inside] if "a" in found.flags else inside
        if "l" in found.flags:
            call.say(f"total {sum(_blocks(view, posixpath.join(call.path(name), each)) for each in listed)}")
        _print_names(call, view, call.path(name), listed, long="l" in found.flags)
    return status


def _print_names(call: Call, view: View, folder: str, names: list[str], *, long: bool) -> None:
    rows = [_long(view, posixpath.normpath(posixpath.join(folder, name)), name) for name in names] if long else []
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(rows[0]) if rows else 0)]
    for row in rows:
        mode, links, owner, group, size, when, name = row
        sizes = f"{links:>{widths[1]}} {owner:<{widths[2]}} {group:<{widths[3]}} {size:>{widths[4]}}"
        call.say(f"{mode} {sizes} {when} {name}")
    if not long:
        for name in names:
            call.say(name)


def _long(view: View, path: str, name: str) -> tuple[str, str, str, str, str, str, str]:
    """Return one line of `ls -l`: unless somebody set them, owners as the folder suggests, and modes as usual."""
    target, kind = view.target(path), view.kind(path)
    parts = path.split("/")
    owner = parts[2] if parts[1] == "home" and len(parts) > 2 else "root"
    when = time.strftime("%b %e %H:%M", time.gmtime(BUILT))
    if target is not None:
        return "lrwxrwxrwx", "1", owner, owner, str(len(target)), when, f"{name} -> {target}"
    if kind == "folder":
        return "drwxr-xr-x", "2", owner, owner, str(BLOCK), when, name
    content = view.read(path)
    real = view.host.files.real(path)
    owner, group = view.host.files.owners.get(real, (owner, owner))
    known = view.host.files.modes.get(real)
    usual = 0o755 if content.startswith(b"#!") else 0o644
    return filemode(S_IFREG | (usual if known is None else known)), "1", owner, group, str(len(content)), when, name


def _blocks(view: View, path: str) -> int:
    """Return how many KiB a file takes on the disk."""
    if view.target(path) is not None:
        return 0
    return 4 if view.kind(path) == "folder" else -(-len(view.read(path)) // BLOCK) * 4


async def _readlink(call: Call) -> int:
    found = given(call, "f", long={"canonicalize": "f"})
    if not found.operands:
        raise call.refuse()
    view, status = View.of(call), 0
    for name in found.operands:
        try:
            path = call.path(name)
            there = view.resolved(path) if "f" in found.flags else view.target(path)
        except PermissionError:
            there = None
        if there is None:
            status = 1
        else:
            call.say(there)
    return status


async def _realpath(call: Call) -> int:
    view, status = View.of(call), 0
    names = given(call).operands
    if not names:
        raise call.refuse()
    for name in names:
        try:
            there = view.resolved(call.path(name))
            why = "No such file or directory"
        except PermissionError as error:
            there, why = None, reason(error)
        if there is None:
            status = call.complain(f"{name}: {why}")
        else:
            call.say(there)
    return status


async def _find(call: Call) -> int:
    """Print what is below folders: `find [-L] FOLDER... [-name PATTERN] [-type f|d] [-maxdepth N]`."""
    words = list(call.argv[1:])
    if follow := words[:1] == ["-L"]:
        del words[0]
    starts: list[str] = []
    while words and not words[0].startswith(("-", "(", "!")):
        starts.append(words.pop(0))
    tests = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or len(tests) * 2 != len(words) or not set(tests) <= {"-name", "-type", "-maxdepth"}:
        raise call.refuse()
    if tests.get("-type", "f") not in ("f", "d") or not tests.get("-maxdepth", "9").isdecimal():
        raise call.refuse()
    status = 0
    view = View.of(call)
    for start in starts or ["."]:
        try:
            if view.kind(call.path(start)) is None:
                raise FileNotFoundError(start)
        except OSError as error:
            status = call.complain(f"{quoted(start)}: {reason(error)}")
            continue
        for found, kind in _below(view, start, call.path(start), int(tests.get("-maxdepth", "99")), follow=follow):
            name = posixpath.basename(found.rstrip("/"))
            if fnmatch.fnmatchcase(name, tests.get("-name", "*")) and tests.get("-type", kind[0]) == kind[0]:
                call.say(found)
    return status


def _below(view: View, shown: str, path: str, depth: int, *, follow: bool) -> Iterator[tuple[str, str]]:
    """Yield a path and everything below it, as shown, each with its letter of `-type`."""
    if view.target(path) is None:
        letter = {"folder": "d", "file": "f"}.get(view.kind(path) or "file", "c")
    elif follow:
        letter = "d" if view.host.files.is_folder(path) else "f"
    else:
        letter = "l"
    yield shown, letter
    if letter == "d" and depth > 0:
        for name in view.names(path):
            inside = f"{shown}{name}" if shown.endswith("/") else f"{shown}/{name}"
            yield from _below(view, inside, posixpath.join(path, name), depth - 1, follow=follow)


async def _basename(call: Call) -> int:
    words = call.argv[1:]
    if not 1 <= len(words) <= 2 or words[0].startswith("-"):
        raise call.refuse()
    name = posixpath.basename(words[0].rstrip("/")) or words[0][:1]
    suffix = words[1] if len(words) == 2 else ""
    call.say(name.removesuffix(suffix) if suffix and name != suffix else name)
    return 0


async def _dirname(call: Call) -> int:
    if len(call.argv) != 2 or call.argv[1].startswith("-"):
        raise call.refuse()
    call.say(posixpath.dirname(call.argv[1].rstrip("/")) or ("/" if call.argv[1].startswith("/") else "."))
    return 0


PROGRAMS: Mapping[str, Command] = {
    "basename": _basename,
    "cat": _cat,
    "dirname": _dirname,
    "find": _find,
    "ls": _ls,
    "readlink": _readlink,
    "realpath": _realpath,
}
