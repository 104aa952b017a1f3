"""The id of an embedded kit's MAAS: where a real one has it, the kit's own, and in the result of a grading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import SecretStr

from harness import grading, maas_uuid
from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kit import Kit
from harness.kitfile import load
from simulators.embedded.kit import EmbeddedKit, start
from simulators.plan import Plan

FILES = maas_uuid.FILES.split()


@pytest.fixture(scope="module")
def played() -> Iterator[EmbeddedKit]:
    """Return a kit whose machines are Ready, with the real shells."""
    with start(Plan(stage=None)) as kit:
        yield kit


def told(kit: EmbeddedKit, *, password: str = "") -> str:
    """Return what main tells of its MAAS."""
    described = load(kit.kit_yaml)
    if password:
        access = described.access.model_copy(update={"password": SecretStr(password)})
        described = described.model_copy(update={"access": access})
    with closing(Kit.open(described)) as kit_of_it:
        return kit_of_it.maas_uuid


def test_it_is_the_kits_own(played: EmbeddedKit) -> None:
    """Whether sudo would get a password or not; another kit has another one, and a reset leaves it."""
    uuid = told(played)
    played.reset()
    with start(Plan(stage=None), name="other") as other:
        seen = (told(played), told(played, password="cloud"), told(other) not in ("", uuid))

    assert maas_uuid.found(uuid) == uuid != ""
    assert seen == (uuid, uuid, True)


def test_it_is_roots(played: EmbeddedKit) -> None:
    """Nobody else reads it; Debian's packages of MAAS are not there."""
    with Access.of(load(played.kit_yaml), log=EvidenceLog()) as access:
        said = [access.run(f"{sudo}cat {path}").error_text for sudo, path in zip(("", "sudo "), FILES, strict=True)]

    assert said == [f"cat: {FILES[0]}: Permission denied\n", f"cat: {FILES[1]}: No such file or directory\n"]


def test_it_is_in_the_result() -> None:
    """Although nobody waited for it."""
    with start(Plan(stage="checkpoint-1")) as kit:
        result = grading.grade(kit.kit_yaml, checkpoints=["checkpoint-1"])

        assert result.identity.maas_uuid == told(kit) != ""
