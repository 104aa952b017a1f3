"""What a run grades: the checkpoints that each kit shows, and what an interrupted run has left of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.course import resuming
from kitcheck.course.fingerprint import Fingerprint
from kitcheck.course.grades import grades
from kitcheck.course.model import Course, Group, Mark, Terms, Waiver
from kitcheck.course.selecting import Unit, left, units
from tests.course.attempts import attempt

NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
HERE = Fingerprint("0.1.0", "a" * 64)
BOOK = "sqlite:////course/grade-book.sqlite"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    """Remember nothing in the user's folder."""
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "state"))


def course(folder: Path, *checkpoints: str, **stages: str | None) -> Course:
    """Return a class of groups whose kits are at a stage, or at none that is told."""
    groups: list[Group] = []
    for number, (group, stage) in enumerate(stages.items(), 1):
        path = folder / f"{group}.yaml"
        said = f"stage: {stage}\n" if stage else ""
        path.write_text(f"kit: {group}\naccess: {{ssh: cloud@10.103.1.{number}}}\nnetwork: 172.16.0.0/20\n{said}")
        groups.append(Group(group, (), path))
    return Course("Cloud", tuple(groups), tuple(map(Terms, checkpoints)), grade_book=BOOK)


def wanted(chosen: tuple[Unit, ...]) -> dict[str, tuple[str, ...]]:
    """Return the checkpoints of each group."""
    return {unit.group.id: unit.checkpoints for unit in chosen}


def test_stage_says_what_a_kit_shows(tmp_path: Path) -> None:
    """A kit shows one half of the lab at a time: what it does not show is not graded, and so not failed."""
    class_ = course(
        tmp_path,
        *("checkpoint-1", "checkpoint-3", "juju-controller", "checkpoint-4"),
        a="checkpoint-3",
        b="checkpoint-1",
        c="checkpoint-4",
    )

    assert wanted(units(class_)) == {
        "a": ("checkpoint-1", "checkpoint-3"),
        "b": ("checkpoint-1",),
        "c": ("juju-controller", "checkpoint-4"),
    }


def test_chosen_checkpoints_and_groups(tmp_path: Path) -> None:
    """Who says it, gets it, in the lab's order and the class file's."""
    class_ = course(tmp_path, "checkpoint-1", "checkpoint-3", "checkpoint-4", a="checkpoint-1", b=None, c=None)
    chosen = units(class_, checkpoints=["checkpoint_3", "1", "3"], groups=["c", "a"])

    assert wanted(chosen) == {"a": ("checkpoint-1", "checkpoint-3"), "c": ("checkpoint-1", "checkpoint-3")}
    assert len({unit.key for unit in chosen}) == 2


def test_without_stage_the_class_says_it(tmp_path: Path) -> None:
    """A class about one half of the lab needs no stage; about both it does, and that is told."""
    one = course(tmp_path, "checkpoint-2", "checkpoint-1", a=None)
    both = course(tmp_path, "checkpoint-3", "checkpoint-4", a=None)

    assert wanted(units(one)) == {"a": ("checkpoint-1", "checkpoint-2")}
    with pytest.raises(UsageError, match=r"which checkpoint\? group a: .*say --checkpoint"):
        units(both)


def test_kit_at_another_stage(tmp_path: Path) -> None:
    """A kit that shows nothing of the class is told, instead of graded for nothing."""
    class_ = course(tmp_path, "checkpoint-3", a="cleanup")

    with pytest.raises(
        UsageError, match="nothing to grade for group a: its kit is at cleanup, and the class has checkpoint-3"
    ):
        units(class_)


def test_unusable_kit_yaml(tmp_path: Path) -> None:
    """A mistake in a kit.yaml is told before any kit is asked."""
    class_ = course(tmp_path, "checkpoint-1", a="checkpoint-9")

    with pytest.raises(UsageError, match=re.escape(f"{tmp_path / 'a.yaml'} line 4")):
        units(class_)


def begin(*units: Unit, now: datetime = NOW, fingerprint: Fingerprint = HERE, again: bool = False) -> resuming.Mark:
    """Begin a run."""
    return resuming.begin(BOOK, fingerprint, units, again=again, now=now)


@pytest.fixture
def ab(tmp_path: Path) -> tuple[Unit, Unit]:
    """Two groups that are to be graded for a checkpoint."""
    a, b = units(course(tmp_path, "checkpoint-1", a=None, b=None))
    return a, b


A, B = ("a", "checkpoint-1"), ("b", "checkpoint-1")


def test_mark_of_an_interrupted_run(ab: tuple[Unit, Unit]) -> None:
    """It is found by the next run with the same grade book and checks, for a day, until a run comes to its end."""
    first = begin(*ab)
    second = begin(*ab, now=NOW + timedelta(hours=1))
    third = begin(*ab, now=NOW + timedelta(hours=2))
    third.remove()
    fourth = begin(*ab, now=NOW + timedelta(hours=3))

    assert first.resumed == {}
    assert second.resumed == third.resumed == {A: NOW, B: NOW}
    assert fourth.resumed == {}


def test_run_over_one_group_does_not_end_that_over_all(ab: tuple[Unit, Unit]) -> None:
    """Whoever grades one group in between goes on with the others later; what is done is not graded twice."""
    begin(*ab)
    alone = begin(ab[0], now=NOW + timedelta(minutes=5))
    alone.remove()
    rest = begin(*ab, now=NOW + timedelta(minutes=9))

    assert alone.resumed == {A: NOW}
    assert rest.resumed == {B: NOW}


def test_grading_one_group_again_keeps_the_others(ab: tuple[Unit, Unit]) -> None:
    """With `again`, interrupted as well: the group's own mark is new, the others' are as they were."""
    begin(*ab)
    again = begin(ab[0], now=NOW + timedelta(minutes=5), again=True)
    rest = begin(*ab, now=NOW + timedelta(minutes=9))

    assert again.resumed == {}
    assert rest.resumed == {A: NOW + timedelta(minutes=5), B: NOW}


@pytest.mark.parametrize(
    "changed",
    [
        {"now": NOW + timedelta(hours=25)},
        {"now": NOW - timedelta(hours=1)},
        {"fingerprint": Fingerprint("0.1.0", "b" * 64)},
        {"fingerprint": Fingerprint("0.2.0", "a" * 64)},
        {"again": True},
    ],
    ids=["a day later", "clock was set", "other checks", "other version", "again"],
)
def test_mark_that_does_not_count(ab: tuple[Unit, Unit], changed: dict[str, object]) -> None:
    """What was graded by other checks, or too long ago, is graded again."""
    begin(*ab)

    assert begin(*ab, **changed).resumed == {}  # type: ignore[arg-type] - options of begin


@pytest.mark.parametrize(
    "text",
    [
        "[3",
        "[]",
        f'{{"version": "0.1.0", "sources": "{HERE.sources}", "begun": "2026-09-30T22:30:00+00:00"}}',
        f'{{"version": "0.1.0", "sources": "{HERE.sources}", "begun": [["a", "checkpoint-1", "2026-09-30"]]}}',
    ],
    ids=["no JSON", "a list", "of an older version", "no zone"],
)
def test_mark_that_is_broken(ab: tuple[Unit, Unit], text: str) -> None:
    """A file that is no mark is as good as none."""
    mark = begin(*ab)
    mark.path.write_text(text)

    assert begin(*ab).resumed == {}


def test_rest_of_a_run(tmp_path: Path) -> None:
    """Left is what was not begun since, or has an error in its last attempt; failed and manual checks are decided."""
    class_ = course(tmp_path, "checkpoint-1", "checkpoint-2", a=None, b=None, c=None, d=None)
    before, since = timedelta(hours=-3), timedelta(minutes=5)
    attempts = [
        attempt("pf", group="a", submitted=False, late=since),
        attempt("pm", group="a", checkpoint="checkpoint-2", submitted=False, late=since),
        attempt("pp", group="b", submitted=False, late=before),
        attempt("pp", group="c", submitted=False, late=since),
        attempt("pe", group="c", submitted=False, late=since, number=2),
        attempt("fe", group="c", checkpoint="checkpoint-2", submitted=False, late=since),
        attempt("pe", group="d", submitted=False, late=since),
        attempt("pp", group="d", submitted=False, late=since, number=2),
    ]
    begun = attempts[0].started_at - timedelta(minutes=1)
    begin(*units(class_), now=begun)
    mark = begin(*units(class_), now=begun + timedelta(minutes=9))
    todo, done = resuming.rest(units(class_), attempts, mark)

    assert wanted(todo) == {
        "b": ("checkpoint-1", "checkpoint-2"),
        "c": ("checkpoint-1", "checkpoint-2"),
        "d": ("checkpoint-2",),
    }
    assert {place: made.number for place, made in done.items()} == {
        ("a", "checkpoint-1"): 1,
        ("a", "checkpoint-2"): 1,
        ("d", "checkpoint-1"): 2,
    }


def test_new_run_has_everything_left(tmp_path: Path) -> None:
    """What other runs have done is not looked at."""
    class_ = course(tmp_path, "checkpoint-1", a=None)
    mark = begin(*units(class_), now=NOW - timedelta(days=1))

    todo, done = resuming.rest(units(class_), [attempt("pp", submitted=False)], mark)

    assert wanted(todo) == {"a": ("checkpoint-1",)}
    assert done == {}


def test_what_is_left_by_the_grades(tmp_path: Path) -> None:
    """What has no grade, and what is to be graded again; not what a person is asked for, gave or excused."""
    class_ = course(tmp_path, "checkpoint-1", a=None, b=None, c=None, d=None, e=None, f=None)
    attempts = [attempt("pf"), attempt("pe", group="b"), attempt("pm", group="d")]
    marks = [Mark("e", "checkpoint-1", None, 1, "t", NOW, "shown")]
    waivers = [Waiver("f", "checkpoint-1", "excused", "t", NOW, "ill")]
    graded = grades(class_, attempts, marks, waivers, now=NOW)

    assert wanted(left(units(class_), graded)) == {"b": ("checkpoint-1",), "c": ("checkpoint-1",)}
