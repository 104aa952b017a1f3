"""What the pages of a class show, and that nothing a kit says becomes part of a page."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from harness.reporting import png as pictures
from harness.verdicts import Evidence, Verdict
from kitcheck.course.serving import evidence
from tests.serving.made_class import AT, Served, attempt, check, picture, png, served

A = "groups/kit-a/checkpoint-1/1"
NONE = "\u2013"
PAGES = ("", "groups/kit-a", A, f"{A}/proxy-answers", "groups/kit-b", "groups/kit-c")


def words(page: str) -> str:
    """Return what a page's main part says, without its tags."""
    main = page.partition('<main id="content">')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_the_matrix_tells_where_every_group_is(site: Served) -> None:
    """Points, lateness, what is undecided or missing, totals, and a kit that two groups share."""
    text = words(site.get("").text)

    assert f"kit-a Ana, Bia &lt;i&gt; ✗ 1.4/4 2 d 10 h late {NONE} not graded yet " in text
    assert "kit-b Caio ✓ 2/2 ? 0/2 to be graded again " in text
    assert f"kit-c Davi {NONE} not graded yet {NONE} not graded yet 0 % not final" in text
    assert text.count("not final") == 3
    assert "kit-b : checkpoint-2: both-django-answer" in text
    assert "kit-a, kit-b: the same MAAS uuid-1" in text


def test_from_the_class_down_to_the_evidence(site: Served) -> None:
    """Each page links to the next one."""
    path = ""
    for wanted in (r'href="/(groups/kit-a)"', rf'href="/({A})"', rf'href="/({A}/proxy-answers)"'):
        found = re.search(wanted, site.get(path).text)
        assert found is not None
        path = found[1]

    text = words(site.get(path).text)

    assert "Expected" in text
    assert "A" * 10_000 in text


@pytest.mark.parametrize("path", PAGES)
def test_nothing_a_kit_says_becomes_part_of_a_page(site: Served, path: str) -> None:
    """No tag, no control code, no text that turns the reading direction; and no page is endless."""
    page = site.get(path).text
    tags = set(re.findall(r"<(script|img|svg|b|i)\b[^>]*>", page))

    assert tags <= {"script", "img"}
    assert re.findall(r"<script[^>]*>", page) in ([], ['<script src="/follow.js" defer>'])
    assert all(f'src="{pictures.DATA}' in tag and "onerror" not in tag for tag in re.findall(r"<img[^>]*>", page))
    assert not set(page) & {"\x1b", "\u202e"}
    assert len(page) < 200_000


def test_hostile_text_is_shown_as_it_is(site: Served) -> None:
    """Nothing is hidden from the teacher either."""
    page = site.get(f"{A}/proxy-answers").text

    assert page.count(r"&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m=cmd()\u202e") >= 6


def test_only_png_is_a_picture() -> None:
    """Anything else stays text: what it claims to be, and what it is."""
    seen = [
        picture(png()),
        picture(b"GIF89a"),
        picture(png(), "image/svg+xml"),
        Evidence("image", "maas", "", "", "data:image/png;base64,%%%"),
        Evidence("image", "maas", "", "", "https://example.org/x.png"),
        Evidence("http", "maas", "", "", picture(png()).body),
    ]

    shown = evidence.pieces(seen)

    assert [bool(piece.picture) for piece in shown] == [True, False, False, False, False, False]
    assert [piece.body for piece in shown] == ["", *(each.body for each in seen[1:4]), "", seen[5].body]


def test_a_picture_that_is_elsewhere_is_told_of(tmp_path: Path) -> None:
    """The attempt has a file's name only: no path is shown or followed, a sentence says where the picture is."""
    (tmp_path / "secret.png").write_bytes(png())
    names = ["pictures/checkpoint-1-machines.png", f"{tmp_path}/secret.png", "../secret.png", "file:///etc/passwd"]
    seen = [Evidence("image", "maas", AT, "the machines", name) for name in names]
    shown = check(Verdict.PASSED, evidence=seen)
    with served(tmp_path, attempt("kit-a", shown)) as site:
        page = site.get(f"{A}/{shown.id}").text

    assert words(page).count("The grade book keeps no pictures: this one is in the evidence bundle") == len(names)
    assert "<img" not in page
    assert [name for name in names if name in page] == []


def test_pictures_of_a_check_are_bounded_together() -> None:
    """One that has no room any more stays text, of which as much is shown as of any other."""
    big = png() + bytes(evidence.PICTURE - 200)
    shown = evidence.pieces([picture(big)] * 5)

    assert [bool(each.picture) for each in shown] == [True, True, True, False, False]
    assert shown[-1].cut == len(picture(big).body) - evidence.BODY


def test_evidence_is_shown_as_far_as_there_is_room() -> None:
    """What is left out is counted."""
    one = Evidence("http", "x", "", "", "B" * (evidence.BODY + 7))
    shown = evidence.pieces([one] * 30)

    assert (len(shown), shown[0].cut, shown[-1].cut) == (30, 7, len(one.body))
    assert sum(len(piece.body) for piece in shown) == evidence.BODIES


@pytest.mark.parametrize(
    "path",
    [
        "groups/kit-z",
        "groups/kit-c/checkpoint-1/1",
        "groups/kit-a/checkpoint-1/2",
        "groups/kit-a/checkpoint-9/1",
        "groups/kit-a/checkpoint-1/x",
        f"{A}/other-check",
        "groups/kit-a/checkpoint-1/99999999999999999999999/x",
        "class.yaml",
        "..%2fclass.yaml",
    ],
)
def test_what_is_not_there(site: Served, path: str) -> None:
    """404, without a word about what was asked for, and the way back to the class."""
    answer = site.get(path)

    assert (answer.status_code, words(answer.text)) == (HTTPStatus.NOT_FOUND, "There is no such page All groups")


def test_a_new_attempt_is_seen(own: Served) -> None:
    """Each request shows the grade book as it is; attempts that were read before are not read again."""
    before = own.get("groups/kit-c").text
    own.add(attempt("kit-c", check(Verdict.PASSED)))
    own.add(attempt("kit-a", check(Verdict.PASSED), check(Verdict.PASSED, "proxy-answers")))

    assert "not graded yet" in before
    assert "attempt 1" in own.get("groups/kit-c").text
    assert "kit-a Ana, Bia &lt;i&gt; ✓ 4/4" in words(own.get("").text)
    assert 'href="/groups/kit-a/checkpoint-1/2"' in own.get("groups/kit-a").text


def test_a_class_file_that_is_edited(own: Served) -> None:
    """A new group appears; a file that cannot be used is said, in one line, until it can."""
    text = own.path.read_text(encoding="utf-8")
    group = "  - {group: kit-d, kit: kit-d.yaml, members: [{name: Eva, id: e5}]}\n"
    own.path.write_text(text + group, encoding="utf-8")
    added = own.get("")
    own.path.write_text("course: <script>\nnonsense: 1\n", encoding="utf-8")
    broken = own.get("")
    own.path.write_text(text, encoding="utf-8")

    assert "kit-d" in added.text
    assert broken.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "class.yaml line 1: " in words(broken.text)
    assert "<script>" not in broken.text
    assert "kit-d" not in own.get("").text
