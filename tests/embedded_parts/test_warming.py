"""What is loaded while a kit's first visitors are on their way."""

from __future__ import annotations

import gc
import sys
from unittest.mock import patch

import pytest

from simulators.embedded import warming
from simulators.embedded.django_site import configured
from simulators.plan import Plan


def test_django_is_loaded_for_a_kit_that_has_it() -> None:
    """Once, as everything that it needs comes with it."""
    with patch.object(configured, "handler") as handler:
        warming.begin(Plan(stage="checkpoint-1")).join()

    assert handler.call_count == 1


@pytest.mark.parametrize("stage", [None, "juju-controller"])
def test_nothing_is_loaded_for_a_kit_without(stage: str | None) -> None:
    """A bare kit, and one of the second half, have no Django."""
    with patch.object(configured, "handler") as handler:
        warming.begin(Plan(stage=stage)).join()

    assert handler.call_count == 0


def test_everything_is_as_before_afterwards() -> None:
    """Garbage is collected again, and threads take turns as usual, also when something cannot be loaded."""
    turns = sys.getswitchinterval()
    gc.disable()
    try:
        with patch.object(configured, "handler", side_effect=RuntimeError("no")):
            warming.begin(Plan(stage="checkpoint-1")).join()

        assert (gc.isenabled(), sys.getswitchinterval()) == (True, turns)
    finally:
        gc.enable()
