"""How a language is chosen, and how it writes numbers, times and verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.errors import UsageError
from harness.reporting import languages
from harness.verdicts import Overall, Points, Verdict

ENGLISH, PORTUGUESE = languages.of("en"), languages.of("pt-BR")


@pytest.mark.parametrize("name", ["pt-BR", "pt_BR", "PT-br", "pt", " pt-BR "])
def test_names_of_a_language(name: str) -> None:
    """People and systems write it in several ways."""
    assert languages.chosen(name) == "pt-BR"


@pytest.mark.parametrize("name", ["", "de", "pt-PT", "../../etc", "en\x00"])
def test_no_such_language(name: str) -> None:
    """What there is not is refused, before any file is looked for."""
    with pytest.raises(UsageError, match="no such language"):
        languages.chosen(name)


def test_numbers() -> None:
    """As many digits as needed, with the language's comma."""
    assert [ENGLISH.number(each) for each in (0, 2.0, 1.5, 2 / 3)] == ["0", "2", "1.5", "0.67"]
    assert [PORTUGUESE.number(each) for each in (10, 1.5)] == ["10", "1,5"]
    assert PORTUGUESE.score(Points(1.5, 12)) == "1,5 de 12 pontos"
    assert PORTUGUESE.seconds(0.25) == "0,2 s"


def test_points_with_their_word() -> None:
    """One is not several."""
    assert [ENGLISH.points(each) for each in (0, 1, 1.5, 2)] == ["0 points", "1 point", "1.5 points", "2 points"]
    assert [PORTUGUESE.points(each) for each in (1, 2)] == ["1 ponto", "2 pontos"]


def test_times() -> None:
    """Always in UTC, wherever the report is made."""
    there = datetime(2025, 3, 1, 6, 30, tzinfo=timezone(timedelta(hours=-3)))

    assert PORTUGUESE.moment(there) == ENGLISH.moment(there.astimezone(UTC)) == "2025-03-01 09:30 UTC"


def test_spans() -> None:
    """The two biggest parts."""
    spans = [timedelta(seconds=5), timedelta(minutes=65), timedelta(days=2), timedelta(days=1, hours=3)]

    assert [ENGLISH.span(each) for each in spans] == ["1 min", "1 h 5 min", "2 d", "1 d 3 h"]


def test_every_verdict_has_a_word() -> None:
    """In both languages, and no two are the same."""
    assert len({PORTUGUESE.verdict(each) for each in Verdict}) == len(Verdict)
    assert len({PORTUGUESE.overall(each) for each in Overall}) == len(Overall)
    assert ENGLISH.verdict(Verdict.ERROR) == "could not tell"


def test_empty_text_is_empty() -> None:
    """A catalogue keeps its own head under the empty message: no reader may see it."""
    assert PORTUGUESE.text("") == ""
    assert PORTUGUESE.title("") == languages.Said("", "en")
    assert PORTUGUESE.said("").text == ""
