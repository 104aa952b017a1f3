"""For developers of checks: a pytest fixture that gives a test an embedded kit, with mistakes, in one line.

A project of its own loads it with `pytest_plugins = ["simulators.fixtures"]` in its root conftest.py; ours does.

    def test_one_backend(simulated_kit):
        verdicts = simulated_kit(mistakes=["one-backend"]).grade(["checkpoint-3"])

        assert verdicts["proxy-shares-requests"] == "failed"


    def test_boot_entry(simulated_kit):
        kit = simulated_kit(mistakes=["started-by-hand"]).kit

        assert not boot.start_entries(kit, "server2").entries

Every kit, and every connection to it, is closed when the test ends. What exists is listed by `kitcheck mistakes`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from harness.kit import Kit
    from harness.result import Result
    from harness.verdicts import CheckResult, Verdict
    from simulators.embedded.kit import EmbeddedKit
    from simulators.plan import Plan
    from simulators.road import Road


class SimulatedKit:
    """An embedded kit, as a test uses it."""

    def __init__(self, plan: Plan, *, played: EmbeddedKit, kit_yaml: Path, road: Road | None, until: ExitStack) -> None:
        """Closing is for the fixture to do, at the end of `until`."""
        self.plan = plan
        """What it was built as."""
        self.played = played
        """What plays it: its hosts and its MAAS can be looked at and changed there."""
        self.kit_yaml = kit_yaml
        """By which it is reached, as any kit."""
        self.result: Result | None = None
        """What the last grading said, with rationales and evidence."""
        self._road = road
        self._until = until
        self._kit: Kit | None = None

    @property
    def kit(self) -> Kit:
        """The kit as steps see it, reached when first asked for. Raises KitError, UsageError where that cannot be."""
        if self._kit is None:
            from harness.kit import Kit
            from harness.kitfile import load

            self._kit = Kit.open(load(self.kit_yaml))
            self._until.callback(self._kit.close)
        return self._kit

    def grade(
        self,
        checkpoints: Sequence[str] = (),
        *,
        allow_disruption: bool = False,
        features: Path | None = None,
        plugins: Sequence[object] = (),
    ) -> dict[str, Verdict]:
        """Grade it, in this process, and return each check's verdict by id; `result` has the rest.

        Without `checkpoints` everything up to its stage is graded. `features` is the folder of another rubric;
        `plugins` join pytest's, e.g. modules with steps of your own. Raises UsageError, RuntimeError as grading does.
        """
        from harness import grading, rubric

        assignment = grading.assign(
            self.kit_yaml,
            checkpoints=checkpoints,
            allow_disruption=allow_disruption,
            features=features or rubric.FEATURES,
        )
        self.result = grading.carry_out(assignment, on_check=self._heard, plugins=plugins)
        return {check.id: check.verdict for check in self.result.checks}

    def _heard(self, check: CheckResult) -> None:
        if self._road is not None and check.id == self.plan.road_ends_after:
            self._road.end()


class SimulatedKits(Protocol):
    """Makes kits for one test."""

    def __call__(
        self, plan: Plan | None = None, *, mistakes: Iterable[str] = (), at: str = "checkpoint-3"
    ) -> SimulatedKit:
        """Return a kit of `plan` (the reference at the checkpoint `at`, when left out) with mistakes by id.

        Raises UsageError for what is unknown.
        """
        ...


@pytest.fixture
def simulated_kit(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Generator[SimulatedKits]:
    """Return a function that makes an embedded kit; all of a test's kits are gone when it ends."""
    # what the harness remembers of kits must not meet what it remembers of the user's
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    with ExitStack() as until:
        made = 0

        def make(plan: Plan | None = None, *, mistakes: Iterable[str] = (), at: str = "checkpoint-3") -> SimulatedKit:
            nonlocal made
            from simulators.embedded.kit import start
            from simulators.mistakes import planned
            from simulators.plan import Plan
            from simulators.road import travelled

            wanted = planned(mistakes, Plan.at(at) if plan is None else plan)
            made += 1
            folder = tmp_path_factory.mktemp("kit")
            kit = until.enter_context(start(wanted, name=f"kit-{made}", folder=folder))
            path, road = until.enter_context(travelled(kit.kit_yaml, wanted))
            return SimulatedKit(wanted, played=kit, kit_yaml=path, road=road, until=until)

        yield make
