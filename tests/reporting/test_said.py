"""What the checks really say of kits in which something is wrong: all of it is shown in every language."""

from __future__ import annotations

import re

import pytest

from harness.reporting import languages, sentences
from harness.reporting.languages import Language
from simulators.mistakes import FAULTS, MISTAKES
from tests.reporting import collecting

CODES = languages.LANGUAGES[1:]
SAID = collecting.read()
MEND = "run `make translations`"
TRANSLATE = "run `make translations`, fill in what is empty in the .po file, and run it again"
THEIRS = (
    r"^Missing relation: ",
    r"^waiting for machine",
    r"^hook failed: ",
    r"^unexpected: ServerError: ",
    r"^Post \"http",
    r"^Access denied for user ",
    r"^\[emerg\] ",
    r"^Error establishing a database connection$",
    r"^Marking node failed - |^Failed deployment$|^Ready: Released$",
    r"Juju generated source|^Our kit$|^Is it up$|^random walk$",
    r"^WSGIServer/|^cd / && ",
)
"""Words of other systems and names that a group gave, which no language of ours has."""


def texts() -> list[str]:
    """Return every sentence that was collected, once."""
    every = (text for said in SAID.values() for text in (*said["rationales"].values(), *said["texts"]))
    return sorted({line for text in every for line in text.split("\n")})


def test_every_mistake_and_fault_was_heard() -> None:
    """The collection has each entry of the catalogue, with the rationale that it must have."""
    assert collecting.out_of_date(SAID) == [], MEND
    assert set(SAID) == {entry.id for entry in (*MISTAKES, *FAULTS)}, MEND


@pytest.mark.parametrize("code", CODES)
def test_all_that_is_said_is_translated(code: str) -> None:
    """Whatever goes wrong, a student reads why, and what to try, in the own language."""
    language = languages.of(code)

    assert len(texts()) > 150
    assert [text for text in texts() if language.said(text).lang != code] == [], TRANSLATE


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_translated_by_halves(code: str) -> None:
    """No English is left in the gaps of a translated sentence, but for what is another system's."""
    language = languages.of(code)
    left = {part for text in texts() for part in _left(text, language)}
    ours = sorted(part for part in left if not any(re.search(each, part) for each in THEIRS))

    assert ours == [], f"{TRANSLATE}; what stands in a gap is a sentence too: see `extracting.COMPOSED`"


def _left(text: str, language: Language) -> list[str]:
    """Return the gaps that are the same in both languages and more than names or commands: two plain words."""
    found = sentences.matched(text, language.patterns)
    if found is None:
        return []
    shown = language.said(text).text
    words = re.compile(r"(?<![-\w/.])[a-z]{2,} [a-z]{2,}(?![\w/.])")
    return [gap for gap in found[1] if gap in shown and words.search(re.sub(r"`[^`]*`", "", gap))]
