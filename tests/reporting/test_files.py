"""Pages as files: written with the other outputs of grading, and later from a result."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import result
from harness.errors import UsageError
from harness.verdicts import Evidence, Verdict
from kitcheck import rendering
from kitcheck.grade import Outputs
from tests.grading.results import every_verdict
from tests.reporting.results import AT, PNG, check, third
from tests.reporting.structure import read


def test_written_with_the_other_outputs(tmp_path: Path) -> None:
    """`--html` and `--json` both, in the language that was asked for."""
    outputs = Outputs(tmp_path / "r.json", None, tmp_path / "r.html", "pt")
    outputs.check()
    outputs.write(every_verdict())

    assert 'lang="pt-BR"' in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert result.read(tmp_path / "r.json").kit == "kit-r"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.json"]


def test_refused_before_anything_is_graded(tmp_path: Path) -> None:
    """A language that there is not, a folder that is not there, and one file for two outputs."""
    with pytest.raises(UsageError, match="--lang de: no such language"):
        Outputs(html=tmp_path / "r.html", lang="de").check()
    with pytest.raises(UsageError, match="--lang de: no such language"):
        Outputs(lang="de").check()
    with pytest.raises(UsageError, match="does not exist"):
        Outputs(html=tmp_path / "no" / "r.html").check()
    with pytest.raises(UsageError, match="--json and --html name the same file"):
        Outputs(json=tmp_path / "r", html=tmp_path / "r").check()


def test_page_of_an_earlier_result(tmp_path: Path) -> None:
    """It is the page that grading itself would have written."""
    outputs = Outputs(tmp_path / "r.json", None, tmp_path / "first.html")
    outputs.write(every_verdict())
    status = rendering.page(tmp_path / "r.json", tmp_path / "second.html")

    assert status == 0
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


def test_pictures_come_from_one_folder(tmp_path: Path) -> None:
    """Names that lead out of it, or that no file can have, are not followed."""
    folder = tmp_path / "bundle"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "one.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "pictures" / "link.png").symlink_to(tmp_path / "secret.png")
    names = (
        "pictures/one.png",
        "../secret.png",
        str(tmp_path / "secret.png"),
        "pictures/link.png",
        "a" * 5000,
        "a\x00b",
    )
    seen = tuple(Evidence("image", "maas", AT, "A picture", name) for name in names)
    made = third(check("a", "A", Verdict.PASSED, evidence=seen))

    assert rendering.pictures_of(made, folder) == {"pictures/one.png": PNG}

    result.write(made, tmp_path / "r.json")
    rendering.page(tmp_path / "r.json", tmp_path / "r.html", pictures=folder)

    assert len(read((tmp_path / "r.html").read_text(encoding="utf-8")).all("img")) == 1


def test_what_cannot_be_rendered(tmp_path: Path) -> None:
    """One line each: no result, no folder of pictures, a page that would replace its result."""
    (tmp_path / "r.json").write_text("{}")
    result.write(every_verdict(), tmp_path / "good.json")

    with pytest.raises(UsageError, match="not a result"):
        rendering.page(tmp_path / "r.json", tmp_path / "r.html")
    (tmp_path / "odd.json").write_text((tmp_path / "good.json").read_text().replace('"it answers 502"', "502"))
    with pytest.raises(UsageError, match=r"odd\.json: not a result"):
        rendering.page(tmp_path / "odd.json", tmp_path / "r.html")
    with pytest.raises(UsageError, match="would replace"):
        rendering.page(tmp_path / "good.json", tmp_path / "good.json")
    with pytest.raises(UsageError, match="not a folder with pictures"):
        rendering.page(tmp_path / "good.json", tmp_path / "r.html", pictures=tmp_path / "no")
    with pytest.raises(UsageError, match="no such language"):
        rendering.page(tmp_path / "good.json", tmp_path / "r.html", lang="xx")


def test_pictures_alone_in_their_folder(tmp_path: Path) -> None:
    """`grade --pictures DIR` writes them without the folder that a bundle has."""
    (tmp_path / "one.png").write_bytes(PNG)
    seen = (Evidence("image", "maas", AT, "A picture", "pictures/one.png"),)

    made = third(check("a", "A", Verdict.PASSED, evidence=seen))

    assert rendering.pictures_of(made, tmp_path) == {"pictures/one.png": PNG}
