"""The pytest wiring: `pytest --kit kit.yaml` grades a kit, and anything else runs as if this were not here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import checkpoints, rubric
from harness.errors import KitError, UsageError

if TYPE_CHECKING:
    from harness.grading_session import GradingSession
    from harness.hooks import Description, OpenKit


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is needed to grade a kit."""
    group = parser.getgroup("kitcheck", "grading a kit")
    group.addoption("--kit", metavar="FILE", help="grade the kit that this kit.yaml describes, and nothing else")
    group.addoption(
        "--allow-disruption",
        action="store_true",
        help="also make the checks that disturb the kit (stop a server, reboot) and restore it",
    )
    group.addoption("--features-dir", metavar="DIR", default=str(rubric.FEATURES), help=argparse.SUPPRESS)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make our hooks known."""
    from harness import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to grade when --kit is given; one clear line and exit status 4 when that cannot be."""
    for name in checkpoints.ORDER:
        config.addinivalue_line("markers", f"{checkpoints.mark(name)}: what is graded at {name}")
    if config.option.kit:
        from harness import grading_session

        try:
            session = grading_session.begin(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        # grading remembers nothing in the folder where it happens to be, which may be the kit's
        for name in ("lfplugin", "nfplugin"):
            config.pluginmanager.unregister(name=name)
        config.pluginmanager.register(session, "kitcheck-session")
        config.pluginmanager.register(session.recorder, "kitcheck-recorder")


def pytest_bdd_apply_tag(tag: str, function: Callable[..., object]) -> object:
    """Turn a checkpoint's tag into its mark; the rubric reads the other tags of a check."""
    if tag in checkpoints.ORDER:
        return getattr(pytest.mark, checkpoints.mark(tag))(function)
    if tag in ("manual", "disruptive") or tag.startswith(("id:", "points:", "needs:")):
        return True
    return None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collect the features and nothing else when a kit is graded; everything but the features otherwise."""
    features = Path(config.option.features_dir).absolute()
    inside = collection_path == features or features in collection_path.parents
    if config.option.kit:
        return None if inside or collection_path in features.parents else True
    return True if inside else None


@pytest.hookimpl(trylast=True)
def pytest_kitcheck_describe(path: Path) -> Description:
    """Read a kit.yaml."""
    from harness import kitfile

    return kitfile.load(path)


@pytest.hookimpl(trylast=True)
def pytest_kitcheck_open(description: Any) -> OpenKit:
    """Reach a kit."""
    from harness.kit import Kit

    return Kit.open(description)


@pytest.fixture(scope="session")
def kit(request: pytest.FixtureRequest) -> Generator[OpenKit, None, None]:
    """Return the kit that is graded, reached once for all checks."""
    session: GradingSession | None = request.config.pluginmanager.get_plugin("kitcheck-session")
    if session is None:
        raise UsageError("no kit is given: say --kit FILE")
    opened = session.open()
    try:
        yield opened
    finally:
        session.met(opened)
        # a connection that was lost cannot be closed, and the verdicts know about it already
        with suppress(KitError):
            opened.close()


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """Show a check that could not be told as an error, and one that a person grades as such."""
    from harness.recording import VERDICT

    properties: Iterable[tuple[str, object]] = getattr(report, "user_properties", ())
    match dict(properties).get(VERDICT):
        case "error":
            return "error", "E", "ERROR"
        case "manual":
            return "manual", "m", "MANUAL"
        case _:
            return None
