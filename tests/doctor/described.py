"""Writes a kit.yaml for whatever listens on a loopback port, and examines it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from harness.doctor.examination import examine, first_broken
from harness.doctor.examined import Examined
from harness.doctor.step import Step
from harness.kitfile import KitFile, load

API_KEY = "consumerconsumer12:tokentokentoken123:secretsecretsecretsecretsecret12"


def described(folder: Path, ssh: str, **access: str) -> Path:
    """Return a new kit.yaml that says how to log in at `ssh`."""
    said: dict[str, Any] = {
        "kit": "kit-of-the-test",
        "access": {"ssh": ssh, **access},
        "network": "172.16.0.0/20",
        "maas": {"url": "http://172.16.0.3:5240/MAAS/", "api_key": API_KEY},
    }
    return written(folder / "kit.yaml", said)


def written(path: Path, said: dict[str, Any]) -> Path:
    """Write a kit.yaml that nobody else can read."""
    path.write_text(yaml.safe_dump(said))
    path.chmod(0o600)
    return path


def changed(kit_yaml: Path, *, stage: str = "", **parts: dict[str, Any]) -> KitFile:
    """Return the kit of a file with some keys of its parts said otherwise, and its stage."""
    said = yaml.safe_load(kit_yaml.read_text())
    said["stage"] = stage or said["stage"]
    for part, keys in parts.items():
        said.setdefault(part, {}).update(keys)
    return load(written(kit_yaml.with_name("changed.yaml"), said))


def examined(kit: Path | KitFile) -> dict[str, Step]:
    """Return the steps of an examination by id."""
    patient = Examined.of(load(kit) if isinstance(kit, Path) else kit)
    try:
        return {step.id: step for step in examine(patient)}
    finally:
        patient.close()


def broken(steps: dict[str, Step]) -> Step:
    """Return the first broken step."""
    step = first_broken(list(steps.values()))
    assert step is not None, steps
    return step
