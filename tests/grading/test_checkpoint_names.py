"""The lab's checkpoints: names, order, stages."""

from __future__ import annotations

import pytest

from harness.checkpoints import ORDER, chosen, in_order, mark, up_to
from harness.errors import UsageError


@pytest.mark.parametrize("name", ["3", "checkpoint-3", "checkpoint_3", " Checkpoint-3 "])
def test_short_for(name: str) -> None:
    """A checkpoint may be called by its number, and as its pytest mark is."""
    assert chosen(name, ORDER) == "checkpoint-3"


def test_other_names() -> None:
    """Checkpoints without a number are called by their name."""
    assert chosen("juju_controller", ORDER) == "juju-controller"


@pytest.mark.parametrize("name", ["9", "checkpoint-4", "", "checkpoint-checkpoint-1"])
def test_unknown_name_lists_those_that_exist(name: str) -> None:
    """An unknown checkpoint is refused with those that exist."""
    with pytest.raises(UsageError) as refused:
        chosen(name, ["checkpoint-1", "checkpoint-2"])

    assert f"no checkpoint is called {name!r}: there are checkpoint-1, checkpoint-2" == str(refused.value)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("checkpoint-1", ("checkpoint-1",)),
        ("checkpoint-3", ("checkpoint-1", "checkpoint-2", "checkpoint-3")),
        ("checkpoint-4", ("juju-controller", "checkpoint-4")),
        ("checkpoint-5", ("juju-controller", "checkpoint-5")),
        ("cleanup", ("cleanup",)),
    ],
)
def test_stage_is_graded_within_its_half(stage: str, expected: tuple[str, ...]) -> None:
    """A kit shows one half of the lab at a time; 4 and 5 are alternatives."""
    assert expected == up_to(stage, ORDER)


def test_stage_grades_only_what_exists() -> None:
    """A checkpoint without a feature is left out."""
    assert up_to("checkpoint-3", ["checkpoint-1", "checkpoint-3"]) == ("checkpoint-1", "checkpoint-3")


def test_order_without_repetition() -> None:
    """Chosen checkpoints are graded in the lab's order, each once."""
    assert in_order(["checkpoint-3", "checkpoint-1", "checkpoint-3"]) == ["checkpoint-1", "checkpoint-3"]


def test_mark() -> None:
    """A mark is a Python name."""
    assert mark("checkpoint-3") == "checkpoint_3"
