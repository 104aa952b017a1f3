"""The page that a group hands in: Markdown with pictures, their captions, and questions to be answered in words.

Captions are blocks as PyMdown Extensions has them: a line `/// caption`, the text, a line `///`, below the picture
(https://facelessuser.github.io/pymdown-extensions/extensions/blocks/plugins/caption/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from harness.printable import one_line
from harness.reporting import languages
from harness.reporting.languages import Language
from harness.reporting.words import noted
from harness.result import CheckpointResult, Result
from harness.verdicts import Verdict
from kitcheck.evidence.captions import WANTED
from kitcheck.evidence.picture import Picture

QUESTIONS: Mapping[str, str] = {
    "explain-manual-installation": noted(
        "Explain how Django and the database were installed by hand: which step did what?"
    ),
    "explain-ansible": noted(
        "Explain the difference between installing Django by hand and with Ansible: what is repeated, what is not?"
    ),
}
"""What the handout wants in words, by the id of the check that a person grades."""
# Outside of f-strings: the extraction of messages does not look into them.
_LAB = noted("Deployment Orchestration")
_MISSING = noted("Pictures that you still have to take:")
_QUESTIONS = noted("Questions")
_ANSWER = noted("Your answer here.")
_OPEN = noted("Not done yet:")
IMAGES = "img"
"""The folder of the pictures, beside the page."""
_SPECIAL = re.compile(r"([\\`*_\[\]{}#|~!])")


def render(result: Result, pictures: Sequence[Picture], *, lang: str) -> str:
    """Return the page for the checkpoints of which something is done; UsageError for an unknown language."""
    language = languages.of(lang)
    return "\n".join(_page(result, pictures, language)) + "\n"


def done(result: Result) -> list[CheckpointResult]:
    """Return the checkpoints in which at least one check passed."""
    return [each for each in result.checkpoints if any(check.verdict is Verdict.PASSED for check in each.checks)]


def image(picture: Picture) -> str:
    """Return where a picture is, seen from the page."""
    return f"{IMAGES}/{picture.name}.png"


def _page(result: Result, pictures: Sequence[Picture], language: Language) -> Iterator[str]:
    yield f"# {language.text(_LAB)}: {escaped(result.kit)}"
    yield ""
    yield language.text(noted("Checked with Kitcheck %(version)s on %(at)s.")) % {
        "version": escaped(result.kitcheck_version),
        "at": language.moment(result.finished_at),
    }
    found = done(result)
    if not found:
        yield ""
        yield language.text(noted("No checkpoint is done yet."))
    for checkpoint in found:
        yield ""
        yield from _checkpoint(checkpoint, [each for each in pictures if each.checkpoint == checkpoint.id], language)


def _checkpoint(checkpoint: CheckpointResult, pictures: Sequence[Picture], language: Language) -> Iterator[str]:
    yield f"## {escaped(language.title(checkpoint.title).text)}"
    yield ""
    worth = checkpoint.points
    rest = f"; {language.undecided(worth.undecided)}" if worth.undecided else ""
    yield f"{language.overall(checkpoint.verdict)}: {language.score(worth)}{rest}"
    for picture in pictures:
        caption = escaped(language.text(picture.caption))
        yield from ("", f"![{caption}]({image(picture)})", "", "/// caption", caption, "///")
    there = {picture.caption for picture in pictures}
    missing = [each for each in WANTED.get(checkpoint.id, ()) if each.caption not in there]
    if missing:
        yield from ("", f"**{language.text(_MISSING)}**", "")
        yield from (f"- {escaped(language.text(each.caption))}" for each in missing)
    yield from _open(checkpoint, language)
    questions = [check for check in checkpoint.checks if check.verdict is Verdict.MANUAL]
    if questions:
        yield from ("", f"### {language.text(_QUESTIONS)}")
    for check in questions:
        asked = QUESTIONS.get(check.id)
        text = language.text(asked) if asked else language.title(check.title).text
        yield from ("", f"**{escaped(text)}**", "", f"*{language.text(_ANSWER)}*")


def _open(checkpoint: CheckpointResult, language: Language) -> Iterator[str]:
    """Yield what is not done yet, which the group mends before it hands in."""
    wrong = [check for check in checkpoint.checks if check.verdict in (Verdict.FAILED, Verdict.ERROR)]
    if not wrong:
        return
    yield from ("", f"**{language.text(_OPEN)}**", "")
    for check in wrong:
        why = escaped(language.said(one_line(check.rationale, limit=300)).text)
        yield f"- {escaped(language.title(check.title).text)}" + (f": {why}" if why else "")


def escaped(text: str) -> str:
    """Return a text in one line, as Markdown that shows it as it is: no HTML, no links, no blocks."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\A(?=[-+=/:]|\d{1,9}[.)](?:\s|\Z))", "&#8203;", _SPECIAL.sub(r"\\\1", plain))
