"""A kit of containers whose group cleaned up: built from everything, graded as catalogued, come up as stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import grading, rubric
from simulators.docker.bench import Bench, bench
from simulators.docker.images import Images
from simulators.expectation import expected, trial_of
from simulators.plan import CLEANUP_STAGES

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
ENTRIES = ("cleanup-reference", "machine-left-broken", "between-halves")


def unsaid(_line: str) -> None:
    """Listen to nobody."""


@pytest.fixture(scope="module")
def place(engine: DockerClient, images: Images, at_home: Path) -> Iterator[Bench]:
    """A bench for one kit."""
    assert engine
    assert images
    assert at_home
    made = bench(1, name=f"cleaned-{os.getpid()}", say=print)
    yield made
    made.close(say=unsaid)


@pytest.mark.parametrize("id_", ENTRIES)
def test_entry_is_graded_as_catalogued(place: Bench, id_: str) -> None:
    """Check by check."""
    tried = trial_of(id_)
    with place.kit(tried.plan, 0, say=print) as kit:
        result = grading.grade(kit.kit_yaml, checkpoints=CLEANUP_STAGES)

    seen = {check.id: check.verdict for check in result.checks}
    assert seen == expected(rubric.read(rubric.FEATURES), tried), {c.id: c.rationale for c in result.checks}
