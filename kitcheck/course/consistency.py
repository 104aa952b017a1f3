"""What is wrong with a class file as a whole: things given twice, decisions about nothing, kits of two groups."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from harness import kitfile
from harness.errors import UsageError
from harness.kitfile import SECRETS, KitFile
from harness.marked_yaml import VARIABLE, Keys, Marked, Problem
from kitcheck.course import inline_kits, worth
from kitcheck.course.described import EXAMPLES, HIDDEN, ClassKeys, MarkKeys, WaiverKeys, checkpoint
from kitcheck.course.problems import problems


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


def kits(written: ClassKeys, marked: Marked, paths: list[Path], environ: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with the kits: one that cannot be used, or the same one under two groups."""
    seen: dict[tuple[str, object], str] = {}
    for number, (group, path) in enumerate(zip(written.groups, paths, strict=True)):
        keys: Keys = ("groups", number, "kit")
        kit: KitFile | None = None
        said = group.kit
        if isinstance(said, dict):
            try:
                kit = KitFile.model_validate(inline_kits.complete(group.group, cast("dict[str, Any]", said)))
            except ValidationError as error:
                yield from problems(error, marked, KitFile, within=keys, examples=EXAMPLES, hidden=HIDDEN)
        elif isinstance(said, str) and said and said.isprintable():
            try:
                kit = kitfile.load(path, environ)
            except UsageError as error:
                yield Problem(marked.line(keys), keys, str(error))
        else:
            yield Problem(marked.line(keys), keys, f"expected a path, as {EXAMPLES['kit']}, or the keys of a kit.yaml")
        if kit is None:
            continue
        ssh = kit.access.ssh
        same: list[tuple[str, object, str]] = [
            ("file", path.resolve(), f"the kit file {path.name}"),
            ("address", (ssh.host.lower(), ssh.port or 22), f"the address {ssh.host}:{ssh.port or 22}"),
            # what is remembered about a kit, such as its host key, is remembered by its name
            ("name", kit.kit.casefold(), f"the kit's name {kit.kit}"),
        ]
        for kind, value, shown in same:
            first = seen.setdefault((kind, value), group.group)
            if first != group.group:
                yield Problem(marked.line(keys), keys, f"{shown} is already that of group {first}")
                break
