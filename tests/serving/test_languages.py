"""In which language a reader gets the pages, and how it is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from harness.errors import UsageError
from harness.reporting import languages
from harness.reporting.languages import Said
from harness.verdicts import Verdict
from kitcheck.course.model import Attempt
from kitcheck.course.serving.reader import COOKIE
from kitcheck.course.serving.serve import serve
from tests.serving.made_class import CLASS, TOKEN, Served, attempt, check, served

ENGLISH, PORTUGUESE = "There is no such page", "Esta página não existe"
PATHS = (
    "",
    "groups/kit-a",
    "groups/kit-a/checkpoint-1/1",
    "groups/kit-a/checkpoint-1/1/first-django-answers",
    "groups/kit-z",
)
RUNNING = "NGINX on server4 is not running."


@pytest.fixture(scope="module")
def told_portuguese(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a class that is served with `--lang pt-BR`."""
    with served(tmp_path_factory.mktemp("class"), *one_failure(), lang="pt-BR") as site:
        yield site


@pytest.fixture(scope="module")
def told_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a class that is served without `--lang`."""
    with served(tmp_path_factory.mktemp("class"), *one_failure()) as site:
        yield site


def one_failure() -> tuple[Attempt, ...]:
    """Return an attempt that failed for a reason that the catalogue knows."""
    failed = check(
        Verdict.FAILED,
        "first-django-answers",
        title="The Django application answers on the first Django host",
        rationale=RUNNING,
    )
    return (attempt("kit-a", check(Verdict.PASSED), failed),)


def language(answer: requests.Response) -> str:
    """Return the language that a page says it is in, which is the one of its header too."""
    found = re.search(r'<html lang="([^"]+)">', answer.text)
    assert found is not None
    assert answer.headers["content-language"] == found[1]
    return found[1]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", "en"),
        ("en", "en"),
        ("pt-BR", "pt-BR"),
        ("pt", "pt-BR"),
        ("PT-br;q=0.3", "pt-BR"),
        ("pt-PT,de;q=0.9", "pt-BR"),
        ("de,fr", "en"),
        ("de,pt-BR;q=0.7,en;q=0.3", "pt-BR"),
        ("en;q=0.3,pt-BR;q=0.7", "pt-BR"),
        ("pt-BR;q=0,en;q=0.1", "en"),
        ("en-GB,pt-BR;q=0.9", "en"),
        ("pt-BR;q=0", "en"),
        ("*", "en"),
        ("pt-BR;q=nonsense,;;,=\x7f", "en"),
        ("x" * 5_000 + ",pt-BR", "en"),
    ],
)
def test_the_browser_is_asked(told_nothing: Served, asked: str, expected: str) -> None:
    """Without `--lang` each reader gets the language that the browser wants most, of those that there are."""
    assert language(told_nothing.get("", headers={"Accept-Language": asked})) == expected


def test_the_program_is_told(told_portuguese: Served) -> None:
    """With `--lang` everybody gets that one, whatever the browser asks for."""
    assert language(told_portuguese.get("", headers={"Accept-Language": "en"})) == "pt-BR"


@pytest.mark.parametrize("path", PATHS)
def test_the_link_on_each_page_chooses(told_portuguese: Served, path: str) -> None:
    """It leads to the same page in the other language, which is kept from then on, also for other pages."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.get(told_portuguese.link, timeout=20)
        before = browser.get(told_portuguese.url + path, timeout=20)
        (link,) = re.findall(r'href="(\?lang=[^"]+)" lang="en" hreflang="en"', before.text)
        chosen = browser.get(told_portuguese.url + path + link, timeout=20)
        later = browser.get(told_portuguese.url, timeout=20)

    assert (language(before), language(chosen), language(later)) == ("pt-BR", "en", "en")
    assert chosen.url == told_portuguese.url + path


def test_the_choice_is_a_cookie_out_of_scripts_reach(told_nothing: Served) -> None:
    """It holds one of our names and nothing else."""
    answer = told_nothing.get("?lang=pt", allow_redirects=False)
    cookie = answer.headers["set-cookie"]

    assert (answer.status_code, answer.headers["location"]) == (HTTPStatus.SEE_OTHER, "/")
    assert cookie.startswith(f"{COOKIE}=pt-BR;")
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


@pytest.mark.parametrize("wrong", ["", "tlh", "en%0d%0aSet-Cookie:%20x=y", "../pt-BR", "p"])
def test_a_language_that_there_is_not(told_nothing: Served, wrong: str) -> None:
    """Nothing is chosen, neither by the address nor by a cookie."""
    answer = told_nothing.get(f"?lang={wrong}", allow_redirects=False)
    kept = told_nothing.get("", cookies={COOKIE: wrong})

    assert (answer.status_code, answer.headers.get("set-cookie")) == (HTTPStatus.OK, None)
    assert language(kept) == "en"


@pytest.mark.parametrize("path", ["//example.org", "/%5cexample.org", "%2F%2Fexample.org"])
def test_the_choice_leads_nowhere_else(told_nothing: Served, path: str) -> None:
    """An address that begins with two slashes would be another server's."""
    answer = told_nothing.get(f"{path}?lang=pt-BR", allow_redirects=False)

    assert answer.headers["location"].startswith("/")
    assert answer.headers["location"][1:2] not in ("/", "\\")


def test_the_link_may_bring_a_choice_along(told_nothing: Served) -> None:
    """A teacher's link may say which language its readers get."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(f"{told_nothing.url}groups/kit-a?token={TOKEN}&lang=pt-BR", timeout=20)

    assert (page.url, language(page)) == (f"{told_nothing.url}groups/kit-a", "pt-BR")


def test_a_choice_lets_nobody_in(told_nothing: Served) -> None:
    """Who has no token is refused, in the language that was asked for."""
    with requests.Session() as stranger:
        stranger.trust_env = False
        answer = stranger.get(f"{told_nothing.url}?lang=pt-BR", headers={"Accept-Language": "pt"}, timeout=20)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert answer.text.startswith("Esta página é para quem tem o link dela")


def test_pages_are_portuguese(told_portuguese: Served) -> None:
    """Words, numbers, titles and what the checks say."""
    matrix, group, one, evidence, nothing = (told_portuguese.get(path).text for path in PATHS)

    assert "3 grupos, 1 tentativa" in matrix
    assert "ainda não avaliado" in matrix
    assert "não definitivo" in matrix
    assert "2 de 4 pontos" in group
    assert "O NGINX em server4 não está rodando." in one
    assert "A aplicação Django responde no primeiro host Django" in evidence
    assert PORTUGUESE in nothing


def test_remarks_about_a_grade_are_portuguese(tmp_path: Path) -> None:
    """What Kitcheck says about lateness, marks and waivers is translated; what people wrote is theirs."""
    decided = "checkpoint: 1, by: ana, at: 2026-10-01T00:00:00Z"
    mark = f'marks: [{{{decided}, points: 3, why: "shown; on paper"}}]'
    waiver = f"waivers: [{{{decided}, kind: excused, why: ill}}]"
    text = CLASS.replace("kit: kit-b.yaml,", f"kit: kit-b.yaml, {mark},").replace("c.yaml,", f"c.yaml, {waiver},")
    with served(tmp_path, lang="pt-BR") as site:
        site.path.write_text(text, encoding="utf-8")

        assert "3 pontos para o checkpoint por ana: shown; on paper" in site.get("groups/kit-b").text
        assert "dispensado por ana: ill" in site.get("groups/kit-c").text


def test_several_remarks_about_a_grade() -> None:
    """Each is translated by itself, with numbers as they are written there; what is not known is left."""
    said = "2 d 3 h late: 1.1 points off; 1.5 points for explain by ana: see version 3.5; nobody knows"

    assert languages.of("pt-BR").statements(said) == Said(
        "atraso de 2 d 3 h: menos 1,1 pontos; 1,5 pontos para explain por ana: see version 3.5; nobody knows", "pt-BR"
    )
    assert languages.of("pt-BR").statements("nobody knows") == Said("nobody knows", "en")
    assert languages.of("en").statements(said) == Said(said, "en")


def test_trouble_is_told_in_both_languages(tmp_path: Path) -> None:
    """The page's own words are the reader's; what is wrong with the file is English, and marked as such."""
    with served(tmp_path, lang="pt-BR") as site:
        site.path.write_text("nonsense: 1\n", encoding="utf-8")
        page = site.get("").text

    assert "Nada para mostrar agora" in page
    assert '<p lang="en">' in page


def test_no_such_language(tmp_path: Path) -> None:
    """Before anything is served, one line names those that there are."""
    (tmp_path / "class.yaml").write_text(CLASS, encoding="utf-8")

    with pytest.raises(UsageError, match="--lang tlh: no such language: there are en, pt-BR"):
        serve(tmp_path / "class.yaml", port=0, lang="tlh")
