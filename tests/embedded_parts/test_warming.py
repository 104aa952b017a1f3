"""What is loaded while a kit's first visitors are on their way."""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec
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


def test_every_module_that_is_named_exists() -> None:
    """What cannot be loaded is left out without a word, so a name that is wrong would be seen nowhere else."""
    named = (*warming.JUJU, *warming.GRAFANA, *warming.WORDPRESS)

    assert [name for name in named if find_spec(name) is None] == []


@pytest.mark.parametrize(
    ("stage", "loaded"),
    [
        ("checkpoint-3", ()),
        ("checkpoint-4", (*warming.JUJU, *warming.GRAFANA)),
        ("checkpoint-5", (*warming.JUJU, *warming.WORDPRESS)),
        ("cleanup", (*warming.JUJU, *warming.GRAFANA)),
    ],
)
def test_a_kit_is_prepared_with_what_it_is_built_with(stage: str, loaded: tuple[str, ...]) -> None:
    """Whatever one of the modules is, the others are loaded."""
    turns = sys.getswitchinterval()
    with patch.object(warming, "import_module", side_effect=RuntimeError("no")) as importing:
        warming.prepare(Plan.at(stage))

    assert tuple(call.args[0] for call in importing.call_args_list) == loaded
    assert sys.getswitchinterval() == turns


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
