"""Made-up kits for tests of the self-test: each answers as its plan says, check by check."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from pytest_bdd import parsers, then

from harness.errors import Unreachable
from simulators.entry import Entry, Kind
from simulators.plan import STAGES, Plan
from tests.grading.made_up import MadeUpDescription, MadeUpKit

FEATURE = """\
@{checkpoint}
Feature: All about {checkpoint}

"""
SCENARIO = """\
  @id:{id} {tags}
  Scenario: It is {id}
    Then the kit is right about {id}

"""


@dataclass(frozen=True)
class Told(MadeUpDescription):
    """What the kit.yaml of such a kit says."""

    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int = 0


class AnsweringKit(MadeUpKit):
    """Answers about each check as its plan says."""

    def __init__(self, description: Told) -> None:
        super().__init__(description)
        self._description = description

    def about(self, check: str) -> None:
        """Answer; `reach` means: right, if the kit can be reached."""
        kind = self._description.answers.get(check, "right")
        if kind != "reach":
            self.answer(kind)
            return
        try:
            socket.create_connection(("127.0.0.1", self._description.port), timeout=10).close()
        except OSError as error:
            raise Unreachable("the connection was lost") from error


def pytest_kitcheck_describe(path: Path) -> Told:
    """Read a kit.yaml."""
    told: Any = yaml.safe_load(path.read_bytes())
    port = int(told["access"]["ssh"].rpartition(":")[2])
    return Told(told["kit"], None, False, False, path.with_name("opened"), told["answers"], port)


def pytest_kitcheck_open(description: Told) -> AnsweringKit:
    """Reach the kit."""
    return AnsweringKit(description)


@then(parsers.parse("the kit is right about {check}"))
def _(kit: AnsweringKit, check: str) -> None:
    """Ask the kit."""
    kit.about(check)


@dataclass
class MadeUpKits:
    """Kits that are only a file, beside a port at which somebody listens."""

    folder: Path
    there: list[str] = field(default_factory=list[str])
    """Names of kits that are there now."""
    made: list[str] = field(default_factory=list[str])

    def answers(self, plan: Plan) -> dict[str, Any]:
        """Return what the next kit answers."""
        return dict(plan.kit_yaml)

    @contextmanager
    def kit(self, plan: Plan, slot: int) -> Generator[Path]:
        """Make a kit whose answers are what the plan writes into kit.yaml."""
        answers = self.answers(plan)
        if "start" in answers:
            raise Unreachable("the kit does not start")
        name = f"kit-{slot}"
        path = self.folder / f"{name}.yaml"
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            said = {"kit": name, "access": {"ssh": f"cloud@127.0.0.1:{port}"}, "answers": answers}
            path.write_text(json.dumps(said))
            self.there.append(name)
            self.made.append(name)
            try:
                yield path
            finally:
                self.there.remove(name)
                path.unlink()

    def slot_for(self, plan: Plan, slots: int) -> int | None:
        """Return that all are the same."""
        return None


def entry(
    id_: str,
    answers: Mapping[str, str] | None = None,
    *,
    kind: Kind = "mistake",
    fails: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    ends_after: str | None = None,
) -> Entry:
    """Return an entry whose kit gives those answers, and what is claimed about it."""

    def change(plan: Plan) -> Plan:
        return replace(plan, kit_yaml=dict(answers or {}), road_ends_after=ends_after)

    return Entry(id_, kind, STAGES[0], "It happened.", change, fails or {}, errors or {})


def features(folder: Path, checks: Mapping[str, Mapping[str, str]]) -> Path:
    """Write features: by checkpoint and id, the check's further tags."""
    # pytest knows a test module by its path below the root: two labs in one process need different ones
    inside = folder / f"features_{folder.name}"
    inside.mkdir(parents=True)
    (inside / "test_checkpoints.py").write_text(
        "from pathlib import Path\n"
        "from harness.scenarios import tests_of\n"
        "globals().update(tests_of(Path(__file__).parent))\n"
    )
    for checkpoint, those in checks.items():
        text = FEATURE.format(checkpoint=checkpoint)
        text += "".join(SCENARIO.format(id=id_, tags=tags) for id_, tags in those.items())
        (inside / f"{checkpoint}.feature").write_text(text)
    return inside
