"""A kit.yaml without MAAS' key: the key is read on main, of a real one as of an embedded one."""

from __future__ import annotations

import pytest

from harness.errors import AccessRefused, UsageError
from harness.verdicts import Verdict
from simulators.embedded.kit import start
from simulators.fixtures import SimulatedKits
from simulators.plan import Plan


def plan(**said: object) -> Plan:
    """Return the plan of a kit at checkpoint 1 whose kit.yaml says this, by dotted key; None leaves a key out."""
    return Plan(stage="checkpoint-1", kit_yaml={key.replace("__", "."): value for key, value in said.items()})


@pytest.mark.parametrize("left_out", ["maas", "maas__api_key", "maas__url"])
def test_a_kit_is_graded_without(simulated_kit: SimulatedKits, left_out: str) -> None:
    """Everything passes, and no piece of evidence has the key."""
    kit = simulated_kit(plan(**{left_out: None}))
    verdicts = kit.grade()
    key = kit.played.rack.keys.api

    assert set(verdicts.values()) == {Verdict.PASSED, Verdict.MANUAL}
    assert not any(part in f"{kit.result}" for part in key.split(":"))


def test_main_may_refuse(simulated_kit: SimulatedKits) -> None:
    """For a user whom MAAS does not know, every check is an error that says what to put where."""
    kit = simulated_kit(plan(maas__api_key=None, maas__user="nobody"))
    verdicts = kit.grade()

    assert set(verdicts.values()) == {Verdict.ERROR, Verdict.MANUAL}
    assert "`sudo maas apikey --username=nobody` says: " in f"{kit.result}"
    with pytest.raises(AccessRefused, match=r"^kit\.yaml has no maas\.api_key, and main tells none"):
        _ = kit.kit


def test_only_root_is_told(simulated_kit: SimulatedKits) -> None:
    """As MAAS' own command has it; and without a login of that command there is no profile."""
    access = simulated_kit(plan()).kit.access
    lines = ("sudo maas apikey --username=cloud", "maas apikey --username=cloud", "maas list")
    told = [access.run(f"PATH=$PATH:/snap/bin; {line}", record=False) for line in lines]

    assert [done.exit_status for done in told] == [0, 2, 0]
    assert [len(done.text.split(":")) for done in told] == [3, 1, 1]


def test_only_docker_kits_are_like_live_ones() -> None:
    """A password alone, or a sudo that asks, is refused instead of left out."""
    for wanted in (Plan(login="password"), Plan(sudo_asks=True)):
        with pytest.raises(UsageError, match="only a Docker kit's main"):
            start(wanted)
