"""The rubric: what the tags of feature files mean, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import UsageError
from harness.rubric import FEATURES, Check, read


def _write(folder: Path, text: str, name: str = "one.feature") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def _refusal(folder: Path) -> str:
    with pytest.raises(UsageError) as refused:
        read(folder)
    return str(refused.value)


def test_checkpoints_and_checks(tmp_path: Path) -> None:
    """Tags say ids, points, prerequisites and kinds; names are titles; the lab gives the order."""
    _write(tmp_path, "@checkpoint-2\nFeature: Two\n  @id:c\n  Scenario: Later\n    Then it holds\n", "a.feature")
    _write(
        tmp_path,
        """\
        @checkpoint-1
        Feature: One
          Some words.

          Background:
            Given a kit

          @id:first @points:1.5
          Scenario: It holds
            Then it holds

          @id:b-2 @points:3 @needs:first @disruptive
          Scenario: It holds too
            Then it holds

          @id:by-hand @manual @points:2
          Scenario: A person looks
            Then nothing
        """,
        "b.feature",
    )

    rubric = read(tmp_path)

    expected = (
        Check("first", "checkpoint-1", "It holds", 1.5),
        Check("b-2", "checkpoint-1", "It holds too", 3, ("first",), disruptive=True),
        Check("by-hand", "checkpoint-1", "A person looks", 2, manual=True),
        Check("c", "checkpoint-2", "Later"),
    )
    assert expected == rubric.checks
    assert rubric.names == ("checkpoint-1", "checkpoint-2")
    assert [checkpoint.title for checkpoint in rubric.checkpoints] == ["One", "Two"]


def test_selected(tmp_path: Path) -> None:
    """Disruptive checks are part of it only when that is allowed."""
    _write(
        tmp_path,
        """\
        @checkpoint-1
        Feature: One
          @id:a
          Scenario: A
            Then it holds
          @id:b @disruptive
          Scenario: B
            Then it holds
        """,
    )
    rubric = read(tmp_path)

    assert [check.id for check in rubric.selected(["checkpoint-1"], allow_disruption=False)] == ["a"]
    assert [check.id for check in rubric.selected(["checkpoint-1"], allow_disruption=True)] == ["a", "b"]
    assert rubric.selected(["checkpoint-2"], allow_disruption=True) == ()


def test_test_name() -> None:
    """The name of a test tells the checkpoint before the double underscore."""
    assert Check("proxy-shares", "checkpoint-3", "Title").test_name == "test_checkpoint_3__proxy_shares"


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        ("", "one tag @id:… is needed, there are 0"),
        ("@id:a @id:b", "one tag @id:… is needed, there are 2"),
        ("@id:", "@id:: an id is small letters and digits, joined by hyphens"),
        ("@id:A_b", "@id:A_b: an id is small letters and digits, joined by hyphens"),
        ("@id:a @points:many", "@points:many: points are a number, 0 or more"),
        ("@id:a @points:-1", "@points:-1: points are a number, 0 or more"),
        ("@id:a @points:nan", "@points:nan: points are a number, 0 or more"),
        ("@id:a @points:1 @points:2", "@points:… is given more than once"),
        ("@id:a @needs:b", "needs 'b', and no earlier scenario of this feature has that id"),
        ("@id:a @needs:a", "needs 'a', and no earlier scenario of this feature has that id"),
        (
            "@id:a @wip",
            "unknown tag @wip: there are @id:…, @points:…, @needs:…, @manual, @disruptive",
        ),
        (
            "@id:a @manual:yes",
            "unknown tag @manual:yes: there are @id:…, @points:…, @needs:…, @manual, @disruptive",
        ),
    ],
)
def test_wrong_tags_of_a_scenario(tmp_path: Path, tags: str, complaint: str) -> None:
    """A wrong tag is one line that names file and scenario."""
    path = _write(tmp_path, f"@checkpoint-1\nFeature: One\n  {tags}\n  Scenario: S\n    Then it holds\n")

    assert f"{path}: scenario 'S': {complaint}" == _refusal(tmp_path)


@pytest.mark.parametrize("tags", ["", "@checkpoint-9", "@checkpoint-1 @checkpoint-2", "@checkpoint-1 @slow"])
def test_wrong_tags_of_a_feature(tmp_path: Path, tags: str) -> None:
    """A feature carries its checkpoint, and nothing else."""
    path = _write(tmp_path, f"{tags}\nFeature: One\n  @id:a\n  Scenario: S\n    Then it holds\n")

    assert _refusal(tmp_path).startswith(
        f"{path}: the feature must carry exactly one tag, which is one of @checkpoint-1,"
    )


def test_prerequisite_in_an_earlier_feature(tmp_path: Path) -> None:
    """A check may need one of a checkpoint before its own, and none of a later one."""
    for name, needs in (("one", ""), ("two", " @needs:one")):
        text = f"@checkpoint-{1 + (name == 'two')}\nFeature: F\n  @id:{name}{needs}\n  Scenario: S\n    Then it holds\n"
        (tmp_path / f"{name}.feature").write_text(text, encoding="utf-8")

    assert [check.needs for check in read(tmp_path).checks] == [(), ("one",)]

    (tmp_path / "one.feature").write_text(
        "@checkpoint-3\nFeature: F\n  @id:one\n  Scenario: S\n    Then it holds\n", encoding="utf-8"
    )
    assert "needs 'one', and no earlier scenario" in _refusal(tmp_path)


def test_id_used_twice(tmp_path: Path) -> None:
    """An id names one check in all features."""
    scenario = "  @id:a\n  Scenario: {}\n    Then it holds\n"
    _write(tmp_path, "@checkpoint-1\nFeature: One\n" + scenario.format("S"), "one.feature")
    path = _write(tmp_path, "@checkpoint-2\nFeature: Two\n" + scenario.format("T"), "two.feature")

    assert f"{path}: scenario 'T': the id 'a' is already that of 'S'" == _refusal(tmp_path)


def test_title_used_twice(tmp_path: Path) -> None:
    """Two scenarios of one name would hide each other."""
    scenario = "  @id:{}\n  Scenario: S\n    Then it holds\n"
    path = _write(tmp_path, "@checkpoint-1\nFeature: One\n" + scenario.format("a") + scenario.format("b"))

    assert f"{path}: scenario 'S': another scenario of this feature has the same name" == _refusal(tmp_path)


def test_checkpoint_used_twice(tmp_path: Path) -> None:
    """A checkpoint has one feature."""
    text = "@checkpoint-1\nFeature: One\n  @id:a\n  Scenario: S\n    Then it holds\n"
    _write(tmp_path, text, "one.feature")
    path = _write(tmp_path, text, "two.feature")

    assert f"{path}: one.feature is already the feature of checkpoint-1" == _refusal(tmp_path)


def test_outline_is_refused(tmp_path: Path) -> None:
    """One scenario is one check."""
    path = _write(
        tmp_path,
        """\
        @checkpoint-1
        Feature: One
          @id:a
          Scenario Outline: S
            Then <it> holds

            Examples:
              | it |
              | a  |
        """,
    )

    expected = f"{path}: scenario 'S': an outline with examples is not supported: one scenario is one check"
    assert expected == _refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "Feature One\n", "@checkpoint-1\nFeature: One\n  Nonsense:\n   Then\n  @x\n"])
def test_not_gherkin(tmp_path: Path, text: str) -> None:
    """What is not Gherkin is refused in one line that names the file."""
    path = _write(tmp_path, text)
    refusal = _refusal(tmp_path)

    assert refusal.startswith(f"{path}: ")
    assert "\n" not in refusal


def test_no_feature_at_all(tmp_path: Path) -> None:
    """A folder without features is not a rubric."""
    assert f"no feature file in {tmp_path}" == _refusal(tmp_path)


def test_our_own_rubric() -> None:
    """The features that grade the lab can be read, and every check that a machine makes is worth something."""
    rubric = read(FEATURES)

    assert rubric.names[:3] == ("checkpoint-1", "checkpoint-2", "checkpoint-3")
    assert [check.id for check in rubric.checks if check.points <= 0] == []
