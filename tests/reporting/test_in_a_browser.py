"""The reports in a real browser: readable by everybody, on every screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from harness.reporting import kit_page
from harness.verdicts import Evidence, Verdict
from kitcheck.course import page as class_page
from kitcheck.course.model import Total
from tests.reporting.results import AT, PNG, attempt, check, course, grade, hostile, third, without_port
from tests.serving.looking import NARROW, browser, faults, unfocused
from tests.serving.made_class import png

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from harness.result import Result

LONG = "a-group-with-a-name.that_goes_on_and_on"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the system's Chromium."""
    with browser() as chromium:
        yield chromium


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return an empty page."""
    page = chromium.new_page()
    yield page
    page.close()


def passed() -> Result:
    """Return a result in which all is well, with a picture that is there and one that is not."""
    seen = (
        Evidence("image", "maas", AT, "An answer through NGINX.", "pictures/one.png"),
        Evidence("image", "maas", AT, "An answer through NGINX.", "pictures/two.png"),
        Evidence("http", "server4", AT, "GET /tasks/grupo/ -> 200", "x" * 3_000),
    )
    return third(check("proxy-answers", "The proxy answers the group's path", Verdict.PASSED, evidence=seen))


def undecided() -> Result:
    """Return a result of a kit that nobody reached."""
    return third(
        check("a", "A", Verdict.ERROR, rationale="main does not answer", help="Is it on?"),
        check("b", "B", Verdict.ERROR, rationale="needs “A”, which could not be told"),
    )


def a_class() -> str:
    """Return a class page with everything on it: seven checkpoints, a long name, attempts, remarks."""
    from kitcheck.course.model import Terms

    groups = (LONG, "kit-b", "kit-c")
    names = ("checkpoint-1", "checkpoint-2", "checkpoint-3", "juju-controller", "checkpoint-4", "checkpoint-5")
    made = replace(course(*groups), checkpoints=tuple(Terms(name) for name in (*names, "cleanup")))
    attempts = [attempt(group, number, without_port()) for group in groups for number in (1, 2, 3)]
    grades = [
        replace(grade(group, again=("messages-differ",), by_hand=("explain",)), state="undecided", checkpoint=name)
        for group in groups
        for name in names[:4]
    ]
    grades += [grade("kit-b", late_by=timedelta(days=2), penalty=1.1, why="2 d late: 1.1 points off")]
    totals = {group: Total(8.4, 90, 91.666, final=False) for group in groups}
    return class_page.render(made, attempts, grades, totals=totals, lang="pt-BR", reports={LONG: "kits/a.html"})


@pytest.mark.parametrize(
    ("made", "lang"),
    [(passed(), "pt-BR"), (without_port(), "en"), (undecided(), "pt-BR"), (hostile(), "en")],
    ids=["passed", "failed", "undecided", "hostile"],
)
def test_everybody_can_read_the_report_of_a_kit(page: Page, made: Result, lang: str) -> None:
    """Contrast, sizes, names and widths, with everything unfolded."""
    page.set_content(kit_page.render(made, lang=lang, pictures={"pictures/one.png": png()}))
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert faults(page) == []


def test_everybody_can_read_the_report_of_a_class(page: Page) -> None:
    """Also with seven checkpoints, on a telephone and on paper, where nothing scrolls."""
    page.set_content(a_class())

    assert faults(page) == []


def test_a_long_title_hides_no_verdict(page: Page) -> None:
    """On a telephone the points beside it are seen without scrolling."""
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.set_content(kit_page.render(hostile()))
    places = [each.bounding_box() for each in page.locator(".overview td.number").all()]

    assert [place for place in places if place is None or place["x"] + place["width"] > NARROW] == []


def test_a_keyboard_leads_through_it(page: Page) -> None:
    """Where it is can be seen, on links, what unfolds and what scrolls."""
    page.set_content(kit_page.render(without_port()))
    of_kit = unfocused(page, steps=12)
    page.set_content(a_class())

    assert of_kit == []
    assert unfocused(page, steps=12) == []


def test_paper_has_no_folded_evidence_and_no_links(page: Page) -> None:
    """What is folded is left out of what is printed, with its title; what is unfolded is printed whole."""
    page.set_content(kit_page.render(without_port()))
    page.emulate_media(media="print")
    before = page.locator("details.evidence").first.is_visible()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert not before
    assert page.locator("pre").first.is_visible()
    assert page.locator("p.links").first.is_hidden()


def test_a_wide_matrix_is_printed_across(page: Page) -> None:
    """As PDF, the class' sheet is wider than high, and the kit's is not."""
    page.set_content(a_class())
    across = page.pdf(format="A4", prefer_css_page_size=True)
    page.set_content(kit_page.render(without_port(), pictures={"pictures/one.png": PNG}))
    upright = page.pdf(format="A4", prefer_css_page_size=True)

    assert _shape(across) == pytest.approx(297 / 210, rel=0.01)
    assert _shape(upright) == pytest.approx(210 / 297, rel=0.01)


def _shape(pdf: bytes) -> float:
    """Return the width of the first sheet by its height."""
    box = pdf.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
    return float(box[2]) / float(box[3])
