"""Constraints and placements as they are typed, and as the API takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulators.juju.cli.refusals import Misused, Refused

KNOWN = frozenset(
    [
        "arch",
        "allocate-public-ip",
        "container",
        "cores",
        "cpu-cores",
        "cpu-power",
        "image-id",
        "instance-role",
        "instance-type",
        "mem",
        "root-disk",
        "root-disk-source",
        "spaces",
        "tags",
        "virt-type",
        "zones",
    ]
)
SIZES = {"": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
"""Megabytes."""
CONTAINERS = ("lxd", "kvm")


def parse(texts: tuple[str, ...]) -> dict[str, str]:
    """Return constraints given as `mem=8G tags=juju`, names in Juju's present form; raises Refused."""
    found: dict[str, str] = {}
    for word in " ".join(texts).split():
        name, equals, value = word.partition("=")
        if not equals:
            raise Refused(f'malformed constraint "{word}"')
        if name not in KNOWN:
            raise Refused(f'unknown constraint "{name}"')
        name = "cores" if name == "cpu-cores" else name
        if name in found:
            raise Refused(f'bad "{name}" constraint: already set')
        if name in ("mem", "root-disk") and value:
            megabytes(name, value)
        if name in ("cores", "cpu-power") and value and not value.isdigit():
            raise Refused(f'bad "{name}" constraint: must be a non-negative integer')
        if name == "arch" and value not in ("", "amd64", "arm64", "ppc64el", "s390x", "riscv64"):
            raise Refused(f'bad "arch" constraint: "{value}" not recognized')
        found[name] = value
    return found


def megabytes(name: str, value: str) -> int:
    """Return a size in megabytes; raises Refused."""
    read = re.fullmatch(r"(\d+(?:\.\d+)?)([MGTP]?)", value)
    if not read:
        raise Refused(f'bad "{name}" constraint: must be a non-negative float with optional M/G/T/P suffix')
    return -int(-float(read[1]) * SIZES[read[2]] // 1)


def for_api(constraints: Mapping[str, str]) -> dict[str, Any]:
    """Return constraints as `Application.Deploy` takes them: sizes in megabytes, lists as lists."""
    found: dict[str, Any] = {}
    for name, value in constraints.items():
        if name in ("mem", "root-disk"):
            found[name] = megabytes(name, value)
        elif name in ("cores", "cpu-power"):
            found[name] = int(value or 0)
        elif name in ("tags", "spaces", "zones"):
            found[name] = [each for each in value.split(",") if each]
        else:
            found[name] = value
    return found


def placements(texts: tuple[str, ...], model_uuid: str) -> list[dict[str, str]]:
    """Return what `--to` says, as the API takes it: a machine (`#`), a container, or what the cloud understands."""
    found: list[dict[str, str]] = []
    for text in (each for given in texts for each in given.split(",")):
        scope, colon, where = text.partition(":")
        if not text:
            raise Misused("empty --to parameter")
        if re.fullmatch(r"\d+(/lxd/\d+)*", text):
            found.append({"scope": "#", "directive": text})
        elif text in CONTAINERS or (colon and scope in CONTAINERS):
            found.append({"scope": scope, "directive": where})
        else:
            found.append({"scope": model_uuid, "directive": text})
    return found
