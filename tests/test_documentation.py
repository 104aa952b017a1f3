"""Documentation that cannot rot: what the program has is in it, and what it says is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from harness import rubric
from harness.checkpoints import ORDER
from harness.kitfile import KitFile
from kitcheck.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
EVERYTHING = "\n".join(PAGES.values())


def commands() -> list[Any]:
    """Return the program's commands."""
    group = cast("Any", typer.main.get_command(app))
    return list(group.commands.values())


def test_every_command_and_option_is_documented() -> None:
    """A reader of the pages meets each of them."""
    missing = [c.name for c in commands() if f"kitcheck {c.name}" not in EVERYTHING]
    options = {option for c in commands() for p in c.params for option in p.opts if option.startswith("--")}
    missing += sorted(option for option in options - {"--help"} if option not in EVERYTHING)

    assert missing == []


def test_documented_commands_exist() -> None:
    """No page tells of a command that is not there."""
    named = set(re.findall(r"^\$ (?:\.venv/bin/)?kitcheck ([a-z]+)", EVERYTHING, re.MULTILINE))

    assert named <= {c.name for c in commands()}


def test_documented_targets_exist() -> None:
    """Every `make TARGET` of the pages is in the Makefile, and every target explains itself."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {t for line in re.findall(r"(?:^|[`$] ?|sudo )make ((?:[a-z]+ ?)+)", EVERYTHING) for t in line.split()}

    assert {t for t in named if t in {"engine", "demo", "test", "bench", "fmt", "lint", "types", "install"}} <= targets
    assert {"engine", "demo", "test", "bench", "fmt", "lint", "types", "install"} <= targets
    assert set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)) == targets


def test_every_tag_of_the_features_is_documented() -> None:
    """A maintainer finds each kind of tag explained."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in rubric.FEATURES.glob("*.feature"))
    kinds = {tag.partition(":")[0] for tag in re.findall(r"@([a-z0-9-]+:?)", text)} - {*ORDER}
    maintainer = PAGES[ROOT / "docs" / "maintainer.md"]

    assert {kind for kind in kinds if f"@{kind}" not in maintainer} == set()


def test_every_checkpoint_is_linked_from_the_teachers_page() -> None:
    """The rubric is the feature files: a teacher is led to each."""
    teacher = PAGES[ROOT / "docs" / "teacher.md"]

    assert [c.id for c in rubric.read(rubric.FEATURES).checkpoints if f"features/{c.id}.feature" not in teacher] == []


def test_every_key_of_kit_yaml_is_documented() -> None:
    """Also those of sections."""
    teacher = PAGES[ROOT / "docs" / "teacher.md"]

    assert [name for name in KitFile.model_fields if f"`{name}" not in teacher] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file or folder that exists."""
    prose = re.sub(r"^```.*?^```", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)#]+)\)", prose)
    missing = [t for t in targets if not t.startswith("http") and not (page.parent / t).exists()]

    assert missing == []


def test_readme_is_one_screen() -> None:
    """The problem, the commands, what they print, and where to read on."""
    assert len(PAGES[ROOT / "README.md"].splitlines()) <= 60
