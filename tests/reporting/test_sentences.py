"""Sentences with gaps: which text they fit, and what becomes of the gaps."""

from __future__ import annotations

from harness.reporting import languages, sentences

KNOWN = sentences.patterns(
    {
        "{1} and {2}": "{1} e {2}",
        "{1} answers {2} at {3}.": "{1} responde {2} em {3}.",
        "{1} answers 404 at {2}.": "{2} não existe em {1}.",
        "the proxy": "o proxy",
        "{1} is lost{2}": "{1} se perdeu{2}",
        "; {1} is off.": "; {1} está desligado.",
        "{1} is '{2}'": "{1} está '{2}'",
        "{1} does not answer": "{1} não responde",
        "They disagree: {1}.": "Eles discordam: {1}.",
        "no gaps at all": "nenhuma lacuna",
        "give `{{1}: {2}}`": "dê `{{1}: {2}}`",
    }
)


def translated(text: str) -> str | None:
    """Return a text as KNOWN has it."""
    return sentences.translated(text, KNOWN, lambda text: text)


def test_gaps_are_carried_over() -> None:
    """Also into another order, and the pattern that says most is taken."""
    assert translated("server2 answers 500 at /tasks/.") == "server2 responde 500 em /tasks/."
    assert translated("server2 answers 404 at /tasks/.") == "/tasks/ não existe em server2."


def test_nothing_fits() -> None:
    """A text that no pattern fits from its beginning to its end has no translation."""
    assert translated("server2 answers 500 at /tasks/") is None
    assert translated("no gaps at all!") is None
    assert translated("") is None


def test_without_gaps() -> None:
    """A sentence without values is looked up as it is."""
    assert translated("no gaps at all") == "nenhuma lacuna"


def test_names_that_are_listed() -> None:
    """The word between the last two names is translated; what only looks so is left."""
    assert translated("a, b and c answers 1 at /.") == "a, b e c responde 1 em /."
    assert translated("<b>x and y</b> z answers 1 at /.") == "<b>x and y</b> z responde 1 em /."


def test_sentence_in_a_gap() -> None:
    """A cause that another sentence names is translated with it."""
    assert translated("grafana/0 is lost; server3 is off.") == "grafana/0 se perdeu; server3 está desligado."


def test_clauses_that_are_listed() -> None:
    """Each is translated, and so is what stands between them; one that is not known keeps all of them English."""
    said = "server1 is 'Off', server2 is 'Off' and server3 is 'On'"

    assert translated(f"They disagree: {said}.") == (
        "Eles discordam: server1 está 'Off', server2 está 'Off' e server3 está 'On'."
    )
    assert translated("They disagree: a is 'x'; b is 'y'.") == "Eles discordam: a está 'x'; b está 'y'."
    assert translated("They disagree: a is 'x'; b was 'y'.") == "Eles discordam: a está 'x'; b was 'y'."


def test_what_another_system_says_is_left_whole() -> None:
    """A sentence that only ends as one of ours is not translated by its end."""
    assert translated("They disagree: main does not answer.") == "Eles discordam: main não responde."
    assert translated("They disagree: deploying failed: the BMC does not answer.") == (
        "Eles discordam: deploying failed: the BMC does not answer."
    )


def test_words_in_a_gap() -> None:
    """A part of the lab is named in the same language."""
    assert translated("the proxy answers 1 at /.") == "o proxy responde 1 em /."


def test_braces_of_the_sentence_itself() -> None:
    """They are no gaps."""
    assert translated("give `{grafana: g}`") == "dê `{grafana: g}`"


def test_kit_cannot_fill_gaps_of_its_own() -> None:
    """What stands in a gap is carried over as it is: a gap in there is not filled in turn."""
    assert translated("{2} answers {1} at %(x)s{3}.") == "{2} responde {1} em %(x)s{3}."


def test_endless_lines_are_left_alone() -> None:
    """What is longer than any sentence is not looked for."""
    assert translated(f"{'x' * 5_000} answers 1 at /.") is None


def test_lines_are_translated_together_or_not_at_all() -> None:
    """A text of which one line is not known stays English as a whole."""
    portuguese = languages.of("pt-BR")
    known = "NGINX on server4 is not running."

    assert portuguese.said(known) == languages.Said("O NGINX em server4 não está rodando.", "pt-BR")
    assert portuguese.said(f"{known}\n{known}").lang == "pt-BR"
    assert portuguese.said(f"{known}\nThe moon is to blame.") == languages.Said(f"{known}\nThe moon is to blame.", "en")
    assert languages.of("en").said(known) == languages.Said(known, "en")
