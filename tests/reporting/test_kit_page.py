"""The report of one kit: what it says, in which order, and how it is built."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.reporting import kit_page, room
from harness.result import Result
from harness.verdicts import Evidence, Verdict
from tests.grading.results import every_verdict, result
from tests.reporting.results import AT, ENEMY, NO_PORT, PNG, check, hostile, third, without_port
from tests.reporting.structure import Page, read, skipped_levels

BOTH = pytest.mark.parametrize("lang", ["en", "pt-BR"])
RESULTS = pytest.mark.parametrize(
    "made", [every_verdict, without_port, hostile, result], ids=lambda each: each.__name__
)


def page(made: Result, lang: str = "en") -> Page:
    """Return a result's page, as a parser reads it."""
    return read(kit_page.render(made, lang=lang))


@BOTH
@RESULTS
def test_whole_and_dead(made: object, lang: str) -> None:
    """Whatever is in the result, each page is balanced, its ids are unique, and nothing in it runs or fetches."""
    found = page(made(), lang)  # pyright: ignore[reportCallIssue, reportUnknownArgumentType] - one of RESULTS

    assert found.unbalanced == []
    assert found.alive == []
    assert len(set(found.ids)) == len(found.ids)
    assert skipped_levels(found) == []
    assert len(found.all("h1")) == 1


@BOTH
@RESULTS
def test_links_lead_to_something(made: object, lang: str) -> None:
    """Every link within the page has a target."""
    found = page(made(), lang)  # pyright: ignore[reportCallIssue, reportUnknownArgumentType] - one of RESULTS
    targets = {each.attributes["href"].removeprefix("#") for each in found.all("a")}

    assert set() == targets - set(found.ids)


def test_policy_allows_its_own_style_only() -> None:
    """The Content-Security-Policy names the digest of the one style sheet, and no script."""
    html = kit_page.render(every_verdict())
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = read(html).all("meta", **{"http-equiv": "Content-Security-Policy"})

    assert policy.attributes["content"].startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "script" not in policy.attributes["content"]
    assert "url(" not in style
    assert "@import" not in style


def test_begins_as_a_document() -> None:
    """Browsers leave their old ways only when the first thing is the document type."""
    assert kit_page.render(every_verdict()).startswith('<!DOCTYPE html>\n<html lang="en">')


def test_what_failed_comes_first_and_once() -> None:
    """Failures with one cause are told together, before everything else; the first stands out."""
    found = page(without_port())
    headings = [text for level, text in found.headings if level <= 2]
    (foremost,) = found.all("article", class_="foremost")

    assert headings == [
        "kit-r",
        "What to mend, the first cause first",
        "To be graded again",
        "Graded by a person",
        "Everything that was checked",
        "About this report",
    ]
    assert "failed" in foremost.attributes["class"]
    assert len(found.all("article", class_="cause")) == 2
    assert "For the same reason: Both Django servers are asked by the proxy" in found.words


def test_cause_with_all_that_helps() -> None:
    """Rationale, help, what was expected and what was observed; commands of the help are shown as such."""
    html = kit_page.render(without_port())
    words = read(html).words

    assert NO_PORT in words
    assert "What to try: Write server 172.16.0.11:8080; in the upstream" in words
    assert "<code>server 172.16.0.11:8080;</code>" in html
    assert "Expected NGINX on server4 answers 200 at /tasks/grupo/ Observed 502 from nginx/1.22.1: <html>" in words


def test_evidence_with_source_and_time() -> None:
    """Each piece is folded and tells where and when it was seen."""
    found = page(without_port())

    assert len(found.all("details", class_="piece")) == 2
    assert f"GET /tasks/grupo/ -> 502 server4 · {AT} <html>502 Bad Gateway</html>" in found.words
    assert [each for each in found.all("details") if "open" in each.attributes] == []


def test_points_and_verdict() -> None:
    """The head says what it comes to."""
    words = page(every_verdict()).words

    assert "✗ failed 1.5 of 9.5 points" in words
    assert "1 check failed." in words
    assert "4 points are not decided yet." in words


def test_undecided_and_passed_have_their_own_words() -> None:
    """A kit that could not be told is not called wrong."""
    undecided = page(third(check("a", "A", Verdict.ERROR, rationale="main does not answer"))).words
    passed = page(third(check("a", "A", Verdict.PASSED))).words
    nothing = page(result()).words

    assert "Nothing was found to be wrong, but not everything could be told. 2 points are not decided yet." in undecided
    assert "Everything that Kitcheck can check by itself is right." in passed
    assert "Nothing was graded." in nothing


def test_identity_and_versions_at_the_end() -> None:
    """Whoever defends a grade needs to know which kit it was."""
    words = page(every_verdict()).words

    assert words.index("uuid-1") > words.index("Everything that was checked")
    assert "Version of Kitcheck 0.1.0" in words
    assert "server1 8pchr3" in words


def test_identity_in_full() -> None:
    """What else tells a kit from others, where it is known."""
    made = every_verdict()
    identity = replace(
        made.identity,
        mac_addresses={"server1": ("52:54:00:00:00:01",), "server2": ("52:54:00:00:00:02",)},
        host_keys={"main": "SHA256:abc"},
        controller_uuid="uuid-2",
    )
    words = page(replace(made, identity=identity)).words

    assert "server1 8pchr3 52:54:00:00:00:01 server2 52:54:00:00:00:02" in words
    assert "SSH host keys main SHA256:abc Juju's controller uuid-2" in words


def test_colours_are_not_alone() -> None:
    """Every coloured sign has a word for those who do not see it."""
    found = page(without_port())
    signs = found.all("span", class_="sign")

    assert [each for each in signs if not each.attributes.get("aria-label")] == []
    assert {"passed", "failed", "skipped", "could not tell", "by a person"} == {
        each.attributes["aria-label"] for each in signs
    }


@BOTH
def test_enemy_is_shown_and_harmless(lang: str) -> None:
    """Markup is text; control codes, invisible characters and halves of pairs are written out."""
    html = kit_page.render(hostile(), lang=lang)

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert r"\x1b[31m\x00\u202e\u2066=cmd()" in html
    assert [each for each in "\x1b\x00\u202e\u2066\ud800\r" if each in html] == []
    assert html.encode()


def test_long_line_is_cut_and_told() -> None:
    """A megabyte of one letter does not end up in the page."""
    html = kit_page.render(hostile())

    assert len(html) < 150_000
    assert f"{1_000_000 - room.BODY} more characters are in the JSON result." in read(html).words


def test_page_stays_small_whatever_the_evidence() -> None:
    """Every check may bring 200 pieces of 16 KB; the page leaves out what is too much, and says so."""
    seen = tuple(Evidence("command", "main", AT, f"$ cat {n}", "<&>\x00" * 4096) for n in range(200))
    made = third(*(check(f"check-{n}", f"Check {n}", Verdict.PASSED, evidence=seen) for n in range(50)))
    html = kit_page.render(made)
    found = read(html)

    assert len(html) < 15_000_000
    assert len(found.all("details", class_="evidence")) == 50
    assert "more pieces of evidence are in the JSON result." in found.words
    assert "200 pieces of evidence" in found.words


def test_pictures_are_inside() -> None:
    """A picture comes from the evidence itself or from a file that the caller read; what is no PNG is shown as text."""
    inline = "data:image/png;base64," + base64.b64encode(PNG).decode()
    seen = (
        Evidence("image", "maas", AT, "The machines", inline),
        Evidence("image", "server2", AT, "The application", "pictures/one.png"),
        Evidence("image", "server2", AT, "Missing", "pictures/two.png"),
        Evidence("image", "server2", AT, "Not a picture", "pictures/bad.png"),
    )
    made = third(check("a", "A", Verdict.PASSED, evidence=seen))
    html = kit_page.render(made, pictures={"pictures/one.png": PNG, "pictures/bad.png": b"<svg onload=alert(1)>"})
    found = read(html)

    assert [inline, inline] == [each.attributes["src"] for each in found.all("img")]
    assert [each.attributes["alt"] for each in found.all("img")] == ["The machines", "The application"]
    assert "pictures/two.png" in found.words
    assert found.alive == []


def test_picture_that_is_elsewhere() -> None:
    """A sentence says where it is, and its caption is in the reader's language, as that of one that is shown."""
    piece = Evidence("image", "server4", AT, "An answer through NGINX.", "pictures/one.png")
    words = page(third(check("a", "A", Verdict.PASSED, evidence=(piece,))), "pt-BR").words

    assert "image Uma resposta pelo NGINX." in words
    assert "A imagem não está no resultado: é um arquivo ao lado dele, ou está no pacote de evidências:" in words
    assert words.count("pictures/one.png") == 1


def test_picture_that_is_too_big_is_left_out() -> None:
    """A page is sent by mail: one picture has a bound."""
    made = third(check("a", "A", Verdict.PASSED, evidence=(Evidence("image", "maas", AT, "Big", "big.png"),)))
    html = kit_page.render(made, pictures={"big.png": PNG + bytes(room.PICTURE)})

    assert read(html).all("img") == []
    assert len(html) < 50_000


def test_links_of_a_check_stay() -> None:
    """Whoever links to a check's evidence finds it under the check's id, also when another one has it too."""
    made = third(
        check("first", "A", Verdict.PASSED), check("proxy", "B", Verdict.PASSED), check("proxy", "C", Verdict.PASSED)
    )
    ids = page(made).ids

    assert {"proxy", "proxy-2", "first-2"} <= set(ids)


def test_portuguese() -> None:
    """Words, titles, causes and numbers are Portuguese, and the page says so."""
    html = kit_page.render(without_port(), lang="pt-BR")
    words = read(html).words

    assert '<html lang="pt-BR">' in html
    assert "O que corrigir, a primeira causa primeiro" in words
    assert "O proxy responde no caminho do grupo" in words
    assert "O NGINX responde 502: o upstream diz 172.16.0.11 e 172.16.0.12 sem porta" in words
    assert "precisa de “O proxy responde no caminho do grupo”, que falhou" in words
    assert "1,5 de 9,5 pontos" in page(every_verdict(), "pt-BR").words


def test_what_has_no_translation_says_which_language_it_is() -> None:
    """A cause that the catalogue lacks stays English, is marked as such, and the foot of the page says so."""
    html = kit_page.render(without_port(), lang="pt-BR")

    assert '<p class="rationale" lang="en">main sulks</p>' in html
    assert "Algumas causas aparecem em inglês" in html
    assert "Algumas causas" not in kit_page.render(third(check("a", "A", Verdict.PASSED)), lang="pt-BR")


def test_no_such_language() -> None:
    """One line names what there is."""
    with pytest.raises(UsageError, match="--lang tlh: no such language: there are en, pt-BR"):
        kit_page.render(every_verdict(), lang="tlh")


def test_nothing_of_the_machine_that_made_it() -> None:
    """A page tells no more than the result does."""
    html = kit_page.render(replace(every_verdict(), kit=ENEMY))

    assert [folder for folder in (Path.cwd(), Path.home()) if f"{folder}/" in html] == []
