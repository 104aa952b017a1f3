"""The page that is handed in: pictures with captions in the lab's format, questions, both languages, no surprises."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from harness import result as results
from harness.errors import UsageError
from harness.result import CheckpointResult
from harness.verdicts import CheckResult, Verdict
from kitcheck.evidence import bundle, captions, handin, handing_in
from tests.evidence import bundles

CAPTION = "The application on the first Django server, installed by hand."
EVIL = "</p><script>x</script> [a](http://e) ![i](x) `c`\n/// caption\n# h | = 1. <!-- -->"


def test_page() -> None:
    """A picture stands with its caption as the lab's reports have it; questions have room for an answer."""
    page = handin.render(bundles.small(), [bundles.picture()], lang="en")

    assert f"\n![{CAPTION}](img/checkpoint-1-django-1.png)\n\n/// caption\n{CAPTION}\n///\n" in page
    assert "\n## By hand\n\npassed: 2 of 4 points; 2 points are not decided yet.\n" in page
    assert "**Explain how Django and the database were installed by hand: which step did what?**" in page
    assert "- The machines of the kit in MAAS, with their IP addresses and states.\n" in page


def test_page_in_portuguese() -> None:
    """All of our own words are in the language; the captions too."""
    english = handin.render(bundles.small(), [bundles.picture()], lang="en")
    page = handin.render(bundles.small(), [bundles.picture()], lang="pt-BR")
    ours = [line for line in english.splitlines() if re.search("[a-z]{3} [a-z]{3}", line) and "By hand" not in line]

    assert [line for line in ours if line in page.splitlines()] == []
    assert "A aplicação no primeiro servidor Django" in page


def test_only_what_is_done() -> None:
    """A checkpoint of which nothing passed is not on the page; what is wrong with the others is."""
    wrong = CheckResult("checkpoint-2", "both-django-answer", "Both answer", Verdict.FAILED, 2, "server3 is silent")
    failed = CheckpointResult("checkpoint-2", "Both", (wrong,))
    first = bundles.small().checkpoints[0]
    half = replace(failed, checks=(replace(wrong, id="x", verdict=Verdict.PASSED), wrong))

    assert "## Both" not in handin.render(replace(bundles.small(), checkpoints=(first, failed)), [], lang="en")
    assert "- Both answer: server3 is silent\n" in handin.render(
        replace(bundles.small(), checkpoints=(half,)), [], lang="en"
    )
    assert "No checkpoint is done yet." in handin.render(replace(bundles.small(), checkpoints=(failed,)), [], lang="en")


def test_hostile_texts_stay_text() -> None:
    """Whatever a kit says becomes no HTML, no link, no picture, no block of its own."""
    check = CheckResult("checkpoint-1", "a", EVIL, Verdict.PASSED, 1)
    wrong = CheckResult("checkpoint-1", "b", EVIL, Verdict.FAILED, 1, EVIL)
    manual = CheckResult("checkpoint-1", "c", EVIL, Verdict.MANUAL, 1)
    graded = replace(
        bundles.small(), kit=EVIL, checkpoints=(CheckpointResult("checkpoint-1", EVIL, (check, wrong, manual)),)
    )
    page = handin.render(graded, [replace(bundles.picture(), caption=EVIL)], lang="en")
    tokens = [each for token in MarkdownIt().parse(page) for each in [token, *(token.children or [])]]

    assert {token.type for token in tokens} & {"html_block", "html_inline", "link_open", "code_inline", "hr"} == set()
    assert [token.attrs["src"] for token in tokens if token.type == "image"] == ["img/checkpoint-1-django-1.png"]
    assert page.count("\n/// caption\n") == 1


def test_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page is made of a result or a bundle with its pictures; one that is there, perhaps with answers, is kept."""
    results.write(bundles.small(), tmp_path / "r.json")
    bundle.write(bundles.small(), tmp_path / "b.zip", pictures=[bundles.picture()])

    assert handing_in.report(tmp_path / "one", result=tmp_path / "r.json") == 0
    assert handing_in.report(tmp_path / "two", result=tmp_path / "b.zip", lang="pt") == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("1 checkpoint, 1 picture")
    assert (tmp_path / "two" / "img" / "checkpoint-1-django-1.png").read_bytes() == bundles.png()
    (tmp_path / "one" / "index.md").write_text("my answers")
    with pytest.raises(UsageError, match="perhaps with your answers"):
        handing_in.report(tmp_path / "one", result=tmp_path / "r.json")
    assert (tmp_path / "one" / "index.md").read_text() == "my answers"


def test_bundle_that_was_changed(tmp_path: Path) -> None:
    """No page is made of a bundle that is not as it was written."""
    bundle.write(bundles.small(), tmp_path / "b")
    (tmp_path / "b" / "result.json").write_text("{}")
    with pytest.raises(UsageError, match=r"result\.json: changed"):
        handing_in.report(tmp_path / "p", result=tmp_path / "b")

    assert not (tmp_path / "p").exists()


def test_arguments(tmp_path: Path) -> None:
    """One source, a known language, a place that can be: else one line, and nothing is done."""
    results.write(bundles.small(), tmp_path / "r.json")
    with pytest.raises(UsageError, match="or --kit FILE"):
        handing_in.report(tmp_path / "p")
    with pytest.raises(UsageError, match="no such language"):
        handing_in.report(tmp_path / "p", result=tmp_path / "r.json", lang="xx")
    with pytest.raises(UsageError, match="does not exist"):
        handing_in.report(tmp_path / "a" / "b", result=tmp_path / "r.json")


def test_every_picture_belongs_to_a_check() -> None:
    """What is pictured illustrates a check of that checkpoint, and every question is about a manual one."""
    from harness import rubric

    read = rubric.read(rubric.FEATURES)
    known = {(check.checkpoint, check.id) for check in read.checks}
    wanted = {(checkpoint, each.check) for checkpoint, several in captions.WANTED.items() for each in several}

    assert wanted - known == set()
    assert set(handin.QUESTIONS) == {check.id for check in read.checks if check.manual}
