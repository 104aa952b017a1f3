"""The message catalogues: complete, compiled from what is there, and with the same gaps in each language."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from harness import rubric
from harness.reporting import extracting, languages
from harness.reporting.extracting import Found

CODES = languages.LANGUAGES[1:]
MEND = "run `python -m harness.reporting.extracting`, fill in what is empty in the .po file, and run it again"


def source(code: str) -> Path:
    """Return the file that translators edit."""
    return languages.catalogue_file(code).with_suffix(".po")


@pytest.fixture(params=CODES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """A catalogue as translators left it."""
    with source(request.param).open("rb") as file:
        return read_po(file, locale=request.param.replace("-", "_"))


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """Everything that is to be translated."""
    return extracting.found()


def several(text: object) -> tuple[str, ...]:
    """Return the forms of a message."""
    return tuple(map(str, text)) if isinstance(text, tuple | list) else (str(text),)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


@pytest.mark.parametrize("code", CODES)
def test_compiled_from_the_source(code: str) -> None:
    """The .mo file is what the .po file beside it compiles to."""
    with source(code).open("rb") as file:
        catalogue = read_po(file, locale=code.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)

    assert compiled.getvalue() == languages.catalogue_file(code).read_bytes(), MEND


def test_every_message_is_translated(catalogue: Catalog) -> None:
    """Nothing is left empty or marked as doubtful."""
    empty = [each.id for each in catalogue if each.id and not all(several(each.string))]

    assert empty == [], MEND
    assert [each.id for each in catalogue if each.id and each.fuzzy] == []


def test_placeholders_agree(catalogue: Catalog) -> None:
    """A translation has each gap of its message, as often."""

    def gaps(text: str) -> Counter[str]:
        return Counter(re.findall(r"%\(\w+\)[sd]|\{[1-9]\}", text))

    wrong = [
        each.id
        for each in catalogue
        if each.id
        for message, translation in zip(several(each.id), several(each.string), strict=True)
        if gaps(message) != gaps(translation)
    ]

    assert wrong == []


def test_commands_stay_as_they_are(catalogue: Catalog) -> None:
    """What is between backticks is to be typed: no translation changes it, but a placeholder in capitals."""

    def commands(text: str) -> list[str]:
        return [re.sub(r"\b(NAME|NOME)\b", "…", each) for each in sorted(re.findall(r"`[^`]*`", text))]

    wrong = [
        each.id
        for each in catalogue
        if each.context == "sentence" and commands(str(each.id)) != commands(str(each.string))
    ]

    assert wrong == []


def test_words_of_pages_are_in_the_catalogue(catalogue: Catalog, found: list[Found]) -> None:
    """Whoever adds a word to a page also translates it."""
    ours = [each for each in found if each.context is None and ("reporting/" in each.where or "serving/" in each.where)]
    known = {several(each.id) for each in catalogue}

    assert len(ours) > 90
    assert [each.message for each in ours if several(each.message) not in known] == [], MEND


@pytest.mark.parametrize("code", CODES)
def test_every_title_is_translated(code: str) -> None:
    """Each feature and check has a title in each language."""
    language = languages.of(code)
    checkpoints = rubric.read(rubric.FEATURES).checkpoints
    titles = [each.title for each in checkpoints] + [check.title for each in checkpoints for check in each.checks]

    assert [title for title in titles if language.title(title).lang != code] == [], MEND


@pytest.mark.parametrize("code", CODES)
def test_nearly_every_sentence_is_known(code: str, found: list[Found]) -> None:
    """A page stays readable when a judge learns a new sentence; nine of ten must be translated."""
    known = languages.messages(languages.catalogue_file(code).read_bytes(), "sentence")
    sentences = [str(each.message) for each in found if each.context == "sentence"]
    missing = [each for each in sentences if each not in known]

    assert len(sentences) > 400
    assert len(missing) * 10 < len(sentences), missing


def test_sentences_are_found_where_they_are_said() -> None:
    """Values become gaps, and both forms of a sentence are told apart."""
    said = {str(each.message) for each in extracting.sentences()}

    assert "NGINX on {1} is not running." in said
    assert "'{1}' and '{2}' are not related." in said
    assert {
        "The site that answers on {1} is not the load balancer: it is the page that NGINX' package brings along.",
        "The site that answers on {1} is not the load balancer: its configuration passes no request on.",
    } <= said


def test_messages_of_a_compiled_catalogue() -> None:
    """They are listed by context, as the compiler wrote them."""
    catalogue = Catalog(locale="pt_BR")
    catalogue.add("one", "um", context="sentence")
    catalogue.add("two", "dois")
    catalogue.add("three {1}", "três {1}", context="sentence")
    compiled = BytesIO()
    write_mo(compiled, catalogue)

    assert languages.messages(compiled.getvalue(), "sentence") == {"one": "um", "three {1}": "três {1}"}
