"""The report of a class: the matrix, what goes wrong most, and who is to be graded again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.verdicts import Verdict
from kitcheck.course import page
from kitcheck.course.identity import Shared
from kitcheck.course.model import Total
from tests.reporting.results import ENEMY, NO_PORT, attempt, check, course, grade, hostile, third, without_port
from tests.reporting.structure import read, skipped_levels

GROUPS = ("kit-a", "kit-b", "kit-c")


def failed_at(address: str) -> str:
    """Return the page's rationale of a proxy that asks `address` on the wrong port."""
    return f"NGINX asks {address} on port 80, and Django listens on 8080."


def one_failure(address: str) -> object:
    """Return a result in which the proxy asks the wrong port of `address`."""
    wrong = check(
        "proxy-uses-django-hosts",
        "NGINX passes requests to the two Django servers and nowhere else",
        Verdict.FAILED,
        rationale=failed_at(address),
    )
    return third(wrong)


def test_matrix() -> None:
    """One row for each group, one column for each checkpoint; a sign, the points and a word in every cell."""
    grades = [
        grade("kit-a", earned=12),
        grade("kit-b", earned=11, penalty=1),
        replace(grade("kit-c", earned=2), state="undecided"),
    ]
    totals = {"kit-a": Total(12, 12, 100, final=True), "kit-b": Total(11, 12, 91.666, final=False)}
    html = page.render(course(*GROUPS), [], grades, totals=totals)
    found = read(html)
    cells = [each.attributes["class"] for each in found.all("td", class_="cell")]

    assert cells == ["cell passed", "cell missing"] * 2 + ["cell undecided", "cell missing"]
    assert "kit-a Ana, João ✓ 12/12 attempt 1" in found.words
    assert "kit-b Ana, João ✓ 11/12 attempt 1, late: −1" in found.words  # noqa: RUF001 - a minus sign
    assert "kit-c Ana, João ? 2/12 attempt 1" in found.words
    assert "91.7 % not final" in found.words
    assert [each for each in found.all("span", class_="cellsign") if not each.attributes["aria-label"]] == []


def test_points_that_are_missing_look_so() -> None:
    """Less than all points, without lateness, is another sign."""
    html = page.render(course("kit-a"), [], [grade("kit-a", earned=3)])

    assert [each.attributes["class"] for each in read(html).all("td", class_="cell")] == ["cell failed", "cell missing"]


def test_most_frequent_causes_come_first() -> None:
    """The same sentence about other addresses is the same cause; attempts that do not count say nothing."""
    made = [
        attempt("kit-a", 1, one_failure("172.16.0.11")),  # pyright: ignore[reportArgumentType] - a result
        attempt("kit-b", 1, one_failure("172.16.0.12")),  # pyright: ignore[reportArgumentType]
        attempt("kit-c", 1, third(check("old", "An old failure", Verdict.FAILED, rationale="It was forgotten."))),
        attempt("kit-c", 2, third(check("rare", "A rare one", Verdict.FAILED, rationale="It was the moon."))),
    ]
    grades = [grade("kit-a"), grade("kit-b"), grade("kit-c", attempt=2)]
    words = read(page.render(course(*GROUPS), made, grades)).words
    causes = words[words.index("Most frequent causes") : words.index("Progress over attempts")]

    assert f"2 NGINX passes requests to the two Django servers and nowhere else {failed_at('172.16.0.11')}" in causes
    assert "names and addresses differ. kit-a, kit-b" in causes
    assert causes.index("kit-a, kit-b") < causes.index("It was the moon.")
    assert "It was forgotten." not in words


def test_no_causes() -> None:
    """A class in which nothing failed is told so."""
    made = [attempt("kit-a", 1, third(check("a", "A", Verdict.PASSED)))]

    assert "No check failed." in read(page.render(course(*GROUPS), made, [grade("kit-a")])).words


def test_to_be_graded_again() -> None:
    """What could not be told is listed with its checks and why; what a person marks is listed apart."""
    unknown = third(
        check("messages-differ", "Each Django server has a message of its own", Verdict.ERROR, rationale="off")
    )
    grades = [replace(grade("kit-b", again=("messages-differ",), by_hand=("explain-ansible",)), state="undecided")]
    found = read(page.render(course(*GROUPS), [attempt("kit-b", 1, unknown)], grades))

    assert "To be graded again" in found.words
    assert "kit-b checkpoint-3 off 1 check Each Django server has a message of its own" in found.words
    assert "explain-ansible kit-b" in found.words


def test_progress_over_attempts() -> None:
    """Each attempt with its points, the one that counts framed."""
    made = [attempt("kit-a", 2, third(check("a", "A", Verdict.PASSED))), attempt("kit-a", 1, one_failure("x"))]  # pyright: ignore[reportArgumentType]
    found = read(page.render(course(*GROUPS), made, [grade("kit-a", attempt=2)]))

    assert "✗ 0/2 → ✓ 2/2" in found.words
    assert [each.attributes["class"] for each in found.all("span", class_="step")] == ["step", "step counts"]


def test_same_kit_under_two_groups() -> None:
    """Who shows the same MAAS is named."""
    made = [attempt(group, 1, without_port()) for group in ("kit-a", "kit-b")]

    assert "kit-a, kit-b: the same MAAS uuid-1" in read(page.render(course(*GROUPS), made, [])).words
    assert "The same kit" not in read(page.render(course(*GROUPS), made[:1], [])).words


def test_what_groups_have_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind in words, in both languages; where one image explains it as well, nobody is accused."""
    kinds = ("maas_uuid", "system_ids", "controller_uuid", "host_keys")
    common = [Shared(kind, ENEMY, ("kit-a", "kit-b"), sure=kind != "host_keys") for kind in kinds]

    def same_identity(_: object) -> list[Shared]:
        return common

    monkeypatch.setattr(page, "same_identity", same_identity)
    english, portuguese = (read(page.render(course(*GROUPS), [], [], lang=lang)) for lang in ("en", "pt-BR"))

    for kind in ("MAAS", "machines", "Juju controller", "SSH host key of main"):
        assert f"kit-a, kit-b: the same {kind} </pre>" in english.words
    assert english.words.count("(perhaps only mains made from one image)") == 1
    assert portuguese.words.count("(talvez sejam apenas mains feitas da mesma imagem)") == 1
    assert "a mesma chave de host SSH de main" in portuguese.words
    assert english.alive == []


def test_links_to_reports_are_relative() -> None:
    """A link names a file beside the page; an address of elsewhere becomes one too."""
    reports = {"kit-a": "kits/kit a.html", "kit-b": "javascript:alert(1)"}
    found = read(page.render(course(*GROUPS), [], [], reports=reports))

    assert [each.attributes["href"] for each in found.all("a")] == ["kits/kit%20a.html", "javascript%3Aalert%281%29"]


def test_portuguese() -> None:
    """Words, titles, causes and remarks are Portuguese."""
    made = [attempt("kit-a", 1, without_port())]
    why = "2 d late: 1.5 points off; 1 points for explain by ana: half of it"
    words = read(page.render(course(*GROUPS), made, [grade("kit-a", earned=1.5, why=why)], lang="pt-BR")).words

    assert "Causas mais frequentes" in words
    assert "✗ 1,5/12 tentativa 1" in words
    assert "O NGINX responde 502: o upstream diz 172.16.0.11 e 172.16.0.12 sem porta" in words
    assert NO_PORT not in words
    assert "atraso de 2 d: menos 1,5 pontos; 1 pontos para explain por ana: half of it" in words


def test_whole_and_dead() -> None:
    """Balanced, with unique ids and ordered headings, and nothing that runs; also when enemies are in it."""
    enemy = course(ENEMY, "kit-b")
    enemy = replace(enemy, name=ENEMY, groups=tuple(replace(each, members=()) for each in enemy.groups))
    made = [attempt(ENEMY, 1, hostile()), attempt(ENEMY, 2, hostile()), attempt("kit-b", 1, hostile())]
    grades = [grade(ENEMY, attempt=2, again=(ENEMY,), by_hand=(ENEMY,), why=ENEMY), grade("kit-b")]
    html = page.render(enemy, made, grades)
    found = read(html)

    assert found.unbalanced == []
    assert found.alive == []
    assert skipped_levels(found) == []
    assert len(set(found.ids)) == len(found.ids)
    assert [each for each in "\x1b\x00\u202e\u2066\ud800\r" if each in html] == []
    assert len(html) < 100_000


def test_documents_may_be_absent() -> None:
    """A grade book that is read without documents gives the matrix and the progress all the same."""
    made = [replace(attempt("kit-a", number, without_port()), document={}) for number in (1, 2)]
    words = read(page.render(course(*GROUPS), made, [grade("kit-a")])).words

    assert "Most frequent causes" not in words
    assert "→" in words
