"""What is wrong with a class file as a whole: things given twice, decisions about nothing, kits of two groups."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from harness import kitfile
from harness.errors import UsageError
from harness.kitfile import SECRETS, KitFile
from harness.marked_yaml import VARIABLE, Keys, Marked, Problem
from harness.misfits import misfits_of
from kitcheck.course import inline_kits, variables, worth
from kitcheck.course.described import EXAMPLES, HIDDEN, ClassKeys, MarkKeys, WaiverKeys, checkpoint


def doubles(written: ClassKeys, marked: Marked) -> Iterator[Problem]:
    """Yield what is there twice: checkpoints, groups, members."""
    seen: dict[tuple[str, str], str] = {}

    def double(kind: str, name: str, keys: Keys, shown: str) -> Iterator[Problem]:
        first = seen.setdefault((kind, name.casefold()), shown)
        if first != shown:
            yield Problem(marked.line(keys), keys, f"{name} is given twice; the first is {first}")

    for key in written.checkpoints:
        keys = ("checkpoints", key)
        try:
            yield from double("checkpoint", checkpoint(key), keys, f"`{key}` in line {marked.line(keys)}")
        except ValueError as error:
            yield Problem(marked.line(keys), keys, str(error))
    for number, group in enumerate(written.groups):
        keys = ("groups", number, "group")
        # files are named after groups: some systems do not tell letter case apart
        yield from double("group", group.group, keys, f"in line {marked.line(keys)}")
        for place, member in enumerate(group.members):
            keys = ("groups", number, "members", place, "id")
            yield from double("member", member.id, keys, f"in line {marked.line(keys)}, of group {group.group}")


def decisions(written: ClassKeys, marked: Marked) -> Iterator[Problem]:
    """Yield which hand-in times, marks and waivers cannot be: about no checkpoint of the course, impossible points."""
    known = {name for name in map(_known, written.checkpoints) if name}
    for number, group in enumerate(written.groups):
        at: Keys = ("groups", number)
        raw = cast("dict[str, object]", marked.values["groups"][number].get("submitted", {}))
        places: list[tuple[Keys, str]] = [((*at, "submitted", key), _known(key) or "") for key in raw]
        for place, (keys, about) in enumerate(places):
            if about in [other for _, other in places[:place]]:
                yield Problem(marked.line(keys), keys, f"{about} is given twice")
        decisions: list[tuple[str, tuple[MarkKeys | WaiverKeys, ...]]] = [
            ("marks", group.marks),
            ("waivers", group.waivers),
        ]
        for name, entries in decisions:
            places += [((*at, name, place, "checkpoint"), entry.checkpoint) for place, entry in enumerate(entries)]
        for keys, about in places:
            if about not in known:
                yield Problem(marked.line(keys), keys, f"{about} is none of this course's checkpoints")
        for place, mark in enumerate(group.marks):
            try:
                worth.accept(mark.checkpoint, mark.check, mark.points)
            except UsageError as error:
                keys = (*at, "marks", place, "points" if "worth" in str(error) else "check")
                yield Problem(marked.line(keys), keys, str(error))


def _known(name: str) -> str | None:
    try:
        return checkpoint(name)
    except ValueError:
        return None


def open_secrets(path: Path, marked: Marked) -> Iterator[Problem]:
    """Yield a problem for each secret that stands in a class file which others can read."""
    if os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    for keys, text in marked.written.items():
        secret = keys[:1] == ("groups",) and keys[2:3] == ("kit",) and keys[3:] in SECRETS
        if secret and VARIABLE.sub("", text).strip(":"):
            yield Problem(
                marked.line(keys),
                keys,
                "a secret in a file that others can read: write ${NAME} and set that variable, or "
                f"`chmod 600 {path}`",
            )


def kits(
    class_file: Path, marked: Marked, environ: Mapping[str, str], unused: Collection[int] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with the kits: one that cannot be used, or the same one under two groups.

    Whatever else the file has wrong, so that all of it is told at once. What is wrong with the kits of the groups at
    the places `unused` alone is not told.
    """
    seen: dict[tuple[str, object], tuple[int, str]] = {}
    listed = groups(marked)
    names = [str(group.get("group")) for group in listed]
    for number, group in enumerate(listed):
        if "kit" not in group or group["kit"] is None:
            continue  # that it is missing is told elsewhere
        name, keys = names[number], ("groups", number, "kit")
        kit, wrong = _kit(class_file, name, group["kit"], keys, marked, environ, names)
        if number not in unused:
            yield from wrong
        if kit is None:
            continue
        ssh = kit.access.ssh
        same: list[tuple[str, object, str]] = [
            ("address", (ssh.host.lower(), ssh.port or 22), f"the address {ssh.host}:{ssh.port or 22}"),
            # what is remembered about a kit, such as its host key, is remembered by its name
            ("name", kit.kit.casefold(), f"the kit's name {kit.kit}"),
        ]
        if isinstance(group["kit"], str):
            path = place(class_file, group["kit"])
            same.insert(0, ("file", path.resolve(), f"the kit file {path.name}"))
        for kind, value, shown in same:
            first, whose = seen.setdefault((kind, value), (number, name))
            if first != number and not {first, number} <= set(unused):
                yield Problem(marked.line(keys), keys, f"{shown} is already that of group {whose}")
                break


def groups(marked: Marked) -> list[dict[str, Any]]:
    """Return the groups as they stand in the file; one that has no keys of its own is empty."""
    listed = marked.values.get("groups")
    found = cast("list[Any]", listed) if isinstance(listed, list) else []
    return [cast("dict[str, Any]", group) if isinstance(group, dict) else {} for group in found]


def place(class_file: Path, said: str) -> Path:
    """Return where a kit.yaml is that a class file names."""
    return (class_file.absolute().parent / Path(said).expanduser()).absolute()


def _kit(
    class_file: Path,
    name: str,
    said: object,
    keys: Keys,
    marked: Marked,
    environ: Mapping[str, str],
    names: Collection[str],
) -> tuple[KitFile | None, list[Problem]]:
    """Return a group's kit, or what is wrong with it."""

    def wrong(*lines: str) -> tuple[None, list[Problem]]:
        return None, [Problem(marked.line(keys), keys, line) for line in lines]

    if isinstance(said, dict):
        try:
            return KitFile.model_validate(inline_kits.complete(name, cast("dict[str, Any]", said))), []
        except ValidationError as error:
            return None, list(misfits_of(error, marked, KitFile, within=keys, examples=EXAMPLES, hidden=HIDDEN))
    if not (isinstance(said, str) and said and said.isprintable()):
        return wrong(f"expected a path, as {EXAMPLES['kit']}, or the keys of a kit.yaml")
    try:
        path = place(class_file, said)
        # a group wrote that file: what it names is read from the teacher's environment, and sent where it says
        strange = tuple(variables.strange(path, name, names, _shared(marked)))
        return wrong(*strange) if strange else (kitfile.load(path, environ), [])
    except UsageError as error:
        return wrong(*error.lines)
    except RuntimeError:  # `~nobody/kit.yaml`
        return wrong(f"no home folder for {said}")


def _shared(marked: Marked) -> list[str]:
    """Return the variables that every kit may have."""
    listed = marked.values.get("variables")
    return [str(name) for name in cast("list[Any]", listed)] if isinstance(listed, list) else []
