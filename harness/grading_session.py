"""One run of pytest that grades one kit: which checks it makes, what they said, and the exit status for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness import checkpoints, rubric
from harness.errors import KitError, UsageError
from harness.outcome import own_fault
from harness.printable import printable
from harness.recording import RESULT, Recorder
from harness.result import EXIT_STATUS, Identity, check_result
from harness.verdicts import CheckResult, Verdict, aggregate

if TYPE_CHECKING:
    from harness.hooks import Description, OpenKit
    from harness.scheduling import CheckpointScheduling

UNUSABLE = 4
"""Exit status when a file, option or name cannot be used."""

_LONGEST, _INTERFACES = 253, 16
"""Characters of a name in a kit's identity (DNS has no longer ones), and hardware addresses of one machine."""
_HANDED_UP = "kitcheck-unusable"


def begin(config: pytest.Config) -> GradingSession:
    """Return the session that the command line asks for; UsageError when it cannot be."""
    features = Path(config.option.features_dir).absolute()
    read = rubric.read(features)
    path = config.invocation_params.dir / config.option.kit
    description: Description = config.hook.pytest_kitcheck_describe(path=path)
    spread = bool(config.getoption("tx", None)) or hasattr(config, "workerinput")
    if spread and config.option.allow_disruption:
        raise UsageError("--allow-disruption needs the kit for itself: leave out -n")
    wanted = read.names
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(features / "test_checkpoints.py")]
        if not config.getoption("markexpr") and not config.getoption("keyword"):
            wanted = stage(description, read)
    return GradingSession(config, read, description, wanted)


def stage(description: Description, read: rubric.Rubric) -> tuple[str, ...]:
    """Return the checkpoints that a kit's stage asks for; UsageError when it has none, or one that does not exist."""
    if description.stage is None:
        raise UsageError(
            "which checkpoint? kit.yaml has no `stage`, and none is chosen on the command line;"
            f" there are {', '.join(read.names)}"
        )
    return checkpoints.up_to(description.stage, read.names)


class GradingSession:
    """The pytest plugin around the checks; also in the process that only hands them to workers."""

    def __init__(
        self, config: pytest.Config, read: rubric.Rubric, description: Description, wanted: tuple[str, ...]
    ) -> None:
        self.config = config
        self.rubric = read
        self.description = description
        self.recorder = Recorder(read)
        self.identity = Identity()
        self.results: dict[str, CheckResult] = {}
        """By id, of the checks that are done, whichever process made them."""
        self._wanted = {
            check.test_name for check in read.selected(wanted, allow_disruption=config.option.allow_disruption)
        }

    def turn_to(self, description: Description) -> None:
        """Grade another kit from now on, of which nothing is known yet."""
        self.description = description
        self.identity = Identity()
        self.results = {}
        self.config.pluginmanager.unregister(self.recorder)
        self.recorder = Recorder(self.rubric)
        self.config.pluginmanager.register(self.recorder, "kitcheck-recorder")

    def open(self) -> OpenKit:
        """Reach the kit; KitError when that is not possible, UsageError when its description does not fit it."""
        kit: OpenKit = self.config.hook.pytest_kitcheck_open(description=self.description)
        self.recorder.kit = kit
        try:
            told = kit.identity()
        except KitError:
            # a check that asks the same will say so
            told = dict[str, object]()

        def short(value: object) -> str:
            return _short(kit, value)

        addresses = {short(name): tuple(map(short, _several(each))) for name, each in _items(told, "mac_addresses")}
        self.identity = Identity(
            short(told.get("maas_uuid", "")),
            {short(name): short(value) for name, value in _items(told, "system_ids")},
            addresses or None,
            {short(name): short(value) for name, value in _items(told, "host_keys")} or None,
        )
        kit.log.take()
        return kit

    def met(self, kit: OpenKit) -> None:
        """Take up what checks met of the kit's identity that was not known when it was opened."""
        self.identity = replace(
            self.identity,
            maas_uuid=self.identity.maas_uuid or _short(kit, getattr(kit, "maas_uuid", "")),
            controller_uuid=_short(kit, getattr(kit, "controller_uuid", "")),
        )

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the checks that are wanted, in the order of the rubric."""
        order = list(self.recorder.checks)
        left_out = [item for item in items if item.name not in self._wanted]
        items[:] = sorted(
            (item for item in items if item.name in self._wanted), key=lambda item: order.index(item.name)
        )
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take up what a check said, here or in a worker."""
        told: dict[str, Any] | None = dict(report.user_properties).get(RESULT)  # type: ignore[assignment]
        if told is not None:
            self._take(check_result(told, told["checkpoint"]))
        elif report.failed and report.when not in ("setup", "call", "teardown"):
            # xdist reports a worker that died in this way
            check = self.recorder.checks[report.nodeid.rpartition("::")[2]]
            self._take(
                CheckResult(
                    check.checkpoint, check.id, check.title, Verdict.ERROR, check.points, own_fault("a worker died")
                )
            )

    def _take(self, result: CheckResult) -> None:
        self.results[result.id] = result
        self.config.hook.pytest_kitcheck_result(result=result)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> CheckpointScheduling:
        """Keep the checks of one checkpoint on one worker."""
        from harness.scheduling import CheckpointScheduling

        return CheckpointScheduling(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from a worker that the kit's description does not fit the kit."""
        self.recorder.unusable = self.recorder.unusable or getattr(node, "workeroutput", {}).get(_HANDED_UP, "")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Set the exit status that `kitcheck grade` has, unless the run was interrupted or broke."""
        if (output := getattr(self.config, "workeroutput", None)) is not None:
            output[_HANDED_UP] = self.recorder.unusable
        elif self.recorder.unusable:
            session.exitstatus = UNUSABLE
        elif self.config.option.collectonly:
            return
        elif session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = EXIT_STATUS[aggregate(check.verdict for check in self.results.values())]
        elif session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            self.recorder.unusable = f"no check is selected; there are checks of {', '.join(self.rubric.names)}"
            session.exitstatus = UNUSABLE

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what the kit's verdict is, or why there is none."""
        if self.recorder.unusable:
            terminalreporter.write_line(f"ERROR: {printable(self.recorder.unusable)}", red=True)
        elif self.results:
            verdict = aggregate(check.verdict for check in self.results.values())
            terminalreporter.write_line(f"{printable(self.description.kit)}: {verdict.value}", bold=True)


def _items(told: Mapping[str, object], key: str) -> list[tuple[object, object]]:
    value = told.get(key)
    return list(cast("Mapping[object, object]", value).items()) if isinstance(value, Mapping) else []


def _several(value: object) -> list[object]:
    return list(cast("Iterable[object]", value))[:_INTERFACES] if isinstance(value, list | tuple) else []


def _short(kit: OpenKit, value: object) -> str:
    """Return a name or id that MAAS or Juju chose: it may be as long as a novel, or one of our secrets."""
    return printable(kit.log.redact(str(value)), limit=_LONGEST)
