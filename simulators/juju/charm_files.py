"""A charm's archive: the files in it that say what it is, read as Juju reads them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from simulators.juju.errors import ApiError

LIMIT = 5_000_000
"""Bytes of one of these files that are read at most."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, where PyYAML was built with it, is ten times as fast."""
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")


@dataclass(frozen=True, slots=True)
class CharmFiles:
    """What a charm's files say."""

    name: str
    metadata: dict[str, Any]
    actions: dict[str, Any]
    config: dict[str, Any]
    """The options."""
    manifest: dict[str, Any]
    sha256: str


def read_charm(archive: bytes) -> CharmFiles:
    """Read a charm's archive. Raises ApiError for what Juju does not take for a charm."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = set(opened.namelist())
            texts = {
                name: opened.open(name).read(LIMIT)
                for name in ("metadata.yaml", "actions.yaml", "config.yaml", "manifest.yaml")
                if name in names
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ApiError(f"cannot open charm archive: zip: not a valid zip file ({error})", "bad request") from None
    if "metadata.yaml" not in texts:
        raise ApiError('archive file "metadata.yaml" not found', "bad request")
    metadata = _mapping("metadata.yaml", texts)
    name = metadata.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ApiError(f"metadata: name: expected a charm's name, got {name!r}", "bad request")
    for wanted in ("summary", "description"):
        if not isinstance(metadata.get(wanted), str):
            raise ApiError(f"metadata: {wanted}: expected string, got nothing", "bad request")
    if "dispatch" not in names and not any(re.fullmatch(r"hooks/[^/]+", each) for each in names):
        raise ApiError(f'charm "{name}" has neither "dispatch" nor a file in "hooks"', "bad request")
    _check_relations(metadata)
    options: Any = _mapping("config.yaml", texts).get("options") or {}
    if not isinstance(options, dict) or not all(
        isinstance(each, dict) for each in cast("dict[str, Any]", options).values()
    ):
        raise ApiError("config: options: expected map of maps", "bad request")
    return CharmFiles(
        name,
        metadata,
        _mapping("actions.yaml", texts),
        cast("dict[str, Any]", options),
        _mapping("manifest.yaml", texts),
        hashlib.sha256(archive).hexdigest(),
    )


def _mapping(name: str, texts: dict[str, bytes]) -> dict[str, Any]:
    try:
        value: Any = yaml.load(texts.get(name, b""), LOADER) or {}  # noqa: S506 - both are safe ones
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ApiError(f"{name}: {error}", "bad request") from None
    if not isinstance(value, dict):
        raise ApiError(f"{name}: expected map, got {type(value).__name__}", "bad request")
    return cast("dict[str, Any]", value)


def _check_relations(metadata: Mapping[str, Any]) -> None:
    """Raise ApiError unless every relation names its interface."""
    for section in ("provides", "requires", "peers"):
        relations: Any = metadata.get(section) or {}
        if not isinstance(relations, dict):
            raise ApiError(f"metadata: {section}: expected map", "bad request")
        for name, about in cast("dict[str, Any]", relations).items():
            interface: Any = cast("dict[str, Any]", about).get("interface") if isinstance(about, dict) else about
            if not isinstance(interface, str):
                raise ApiError(f"metadata: {section}.{name}.interface: expected string, got nothing", "bad request")
