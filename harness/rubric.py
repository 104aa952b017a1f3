"""The rubric as the feature files state it: checkpoints, and their checks with points and prerequisites, in tags."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checkpoints import ORDER
from harness.errors import UsageError

if TYPE_CHECKING:
    from pytest_bdd.gherkin_parser import GherkinDocument, Scenario, Tag

FEATURES = Path(__file__).resolve().parent.parent / "features"
"""The features that grade the lab."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Check:
    """One scenario of a feature: one question about a kit."""

    id: str
    """Stable over years: what a grade book refers to."""
    checkpoint: str
    title: str
    """The scenario's name."""
    points: float = 0
    needs: tuple[str, ...] = ()
    """Ids of checks, of the same checkpoint or an earlier one, without which the question makes no sense."""
    manual: bool = False
    """A person answers it; it is never run."""
    disruptive: bool = False
    """It disturbs the kit and restores it: asked only when that is allowed."""

    @property
    def test_name(self) -> str:
        """The name of the check's test function, which tells the checkpoint before `__`."""
        return f"test_{self.checkpoint}__{self.id}".replace("-", "_")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One feature: what is graded together."""

    id: str
    title: str
    """The feature's name."""
    file: Path
    checks: tuple[Check, ...]
    """In the order of the file, which is the order in which they run."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """All features of a folder, in the order of the lab."""

    checkpoints: tuple[Checkpoint, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the checkpoints."""
        return tuple(checkpoint.id for checkpoint in self.checkpoints)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check, in the order in which they run."""
        return tuple(check for checkpoint in self.checkpoints for check in checkpoint.checks)

    def selected(self, checkpoints: Sequence[str], *, allow_disruption: bool) -> tuple[Check, ...]:
        """Return the checks that grading these checkpoints makes."""
        return tuple(
            check
            for check in self.checks
            if check.checkpoint in checkpoints and (allow_disruption or not check.disruptive)
        )


def read(folder: Path) -> Rubric:
    """Return the rubric of a folder's feature files, without running anything.

    UsageError names the file and the scenario: a tag that is unknown or malformed, an id that is missing or used
    twice, a prerequisite that does not come earlier, or text that is not Gherkin.
    """
    checkpoints = sorted((_checkpoint(path) for path in sorted(folder.glob("*.feature"))), key=_place)
    if not checkpoints:
        raise UsageError(f"no feature file in {folder}")
    seen: dict[str, str] = {}
    for checkpoint in checkpoints:
        if (other := seen.setdefault(checkpoint.id, checkpoint.file.name)) != checkpoint.file.name:
            raise UsageError(f"{checkpoint.file}: {other} is already the feature of {checkpoint.id}")
    ids: dict[str, Check] = {}
    for checkpoint in checkpoints:
        for check in checkpoint.checks:
            if (first := ids.setdefault(check.id, check)) is not check:
                raise _complaint(
                    checkpoint.file, check.title, f"the id {check.id!r} is already that of {first.title!r}"
                )
    _check_needs(checkpoints)
    return Rubric(tuple(checkpoints))


def _check_needs(checkpoints: Sequence[Checkpoint]) -> None:
    """Raise UsageError for a prerequisite that does not come earlier, in the same feature or in one before it."""
    earlier: set[str] = set()
    for checkpoint in checkpoints:
        for check in checkpoint.checks:
            for need in check.needs:
                if need not in earlier:
                    raise _complaint(
                        checkpoint.file,
                        check.title,
                        f"needs {need!r}, and no earlier scenario of this feature has that id",
                    )
            earlier.add(check.id)


def _place(checkpoint: Checkpoint) -> int:
    return ORDER.index(checkpoint.id)


def _complaint(path: Path, scenario: str, what: str) -> UsageError:
    return UsageError(f"{path}: scenario {scenario!r}: {what}")


def _parsed(path: Path) -> GherkinDocument:
    """Return what a file says now; grading asks for it three times."""
    try:
        known = path.stat()
    except OSError as error:
        raise UsageError(f"{path}: not a feature file ({type(error).__name__})") from None
    return _parse(path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=64)
def _parse(path: Path, _changed: int, _size: int) -> GherkinDocument:
    from pytest_bdd.exceptions import GherkinParseError
    from pytest_bdd.gherkin_parser import get_gherkin_document

    try:
        return get_gherkin_document(str(path))
    except GherkinParseError as error:
        raise UsageError(f"{path}: line {error.line}: not Gherkin: {error.message}".replace("\n", " ")) from None
    except (OSError, UnicodeDecodeError, TypeError, KeyError) as error:
        # an empty file has no feature at all, which the parser's wrapper does not expect
        raise UsageError(f"{path}: not a feature file ({type(error).__name__})") from None


def _checkpoint(path: Path) -> Checkpoint:
    feature = _parsed(path).feature
    tags = [_text(tag) for tag in feature.tags]
    if len(tags) != 1 or tags[0] not in ORDER:
        wanted = ", ".join(f"@{name}" for name in ORDER)
        raise UsageError(f"{path}: the feature must carry exactly one tag, which is one of {wanted}")
    scenarios: list[Scenario] = []
    for child in feature.children:
        if child.rule is not None:
            raise UsageError(f"{path}: line {child.rule.location.line}: a Rule is not supported: write scenarios")
        if child.scenario is not None:
            scenarios.append(child.scenario)
    titles: set[str] = set()
    for scenario in scenarios:
        if scenario.name in titles:
            raise _complaint(path, scenario.name, "another scenario of this feature has the same name")
        titles.add(scenario.name)
    return Checkpoint(tags[0], feature.name, path, tuple(_checks(path, tags[0], scenarios)))


def _checks(path: Path, checkpoint: str, scenarios: Sequence[Scenario]) -> Iterator[Check]:
    for scenario in scenarios:
        yield _check(path, checkpoint, scenario)


def _check(path: Path, checkpoint: str, scenario: Scenario) -> Check:
    if not scenario.name:
        raise _complaint(path, scenario.name, f"line {scenario.location.line}: a scenario's name is the check's title")
    if scenario.examples:
        raise _complaint(path, scenario.name, "an outline with examples is not supported: one scenario is one check")
    ids: list[str] = []
    points: list[float] = []
    needs: list[str] = []
    flags: set[str] = set()
    for tag in map(_text, scenario.tags):
        key, colon, value = tag.partition(":")
        if tag in ("manual", "disruptive"):
            flags.add(tag)
        elif not colon or key not in ("id", "points", "needs"):
            known = "@id:…, @points:…, @needs:…, @manual, @disruptive"
            raise _complaint(path, scenario.name, f"unknown tag @{tag}: there are {known}")
        elif key == "points":
            points.append(_points(path, scenario.name, value))
        elif not _ID.fullmatch(value):
            raise _complaint(path, scenario.name, f"@{tag}: an id is small letters and digits, joined by hyphens")
        else:
            (ids if key == "id" else needs).append(value)
    if len(ids) != 1:
        raise _complaint(path, scenario.name, f"one tag @id:… is needed, there are {len(ids)}")
    if len(points) > 1:
        raise _complaint(path, scenario.name, "@points:… is given more than once")
    return Check(
        id=ids[0],
        checkpoint=checkpoint,
        title=scenario.name,
        points=points[0] if points else 0,
        needs=tuple(needs),
        manual="manual" in flags,
        disruptive="disruptive" in flags,
    )


def _points(path: Path, scenario: str, text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    if not (math.isfinite(points) and points >= 0):
        raise _complaint(path, scenario, f"@points:{text}: points are a number, 0 or more")
    return points


def _text(tag: Tag) -> str:
    return tag.name.removeprefix("@")
