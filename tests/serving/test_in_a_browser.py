"""The pages in a real browser: from the link to the evidence, followed while somebody grades, and safe from kits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.verdicts import Verdict
from tests.serving.looking import browser, faults, unfocused
from tests.serving.made_class import Served, attempt, check

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

PATHS = ("", "groups/kit-a", "groups/kit-a/checkpoint-1/1", "groups/kit-a/checkpoint-1/1/proxy-answers")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the system's Chromium."""
    with browser() as chromium:
        yield chromium


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page of somebody who reads English."""
    page = chromium.new_page(locale="en-GB")
    yield page
    page.close()


def test_a_class_is_followed(own: Served, page: Page) -> None:
    """The link leads to the matrix, the matrix to the evidence, and what is added meanwhile appears by itself."""
    dialogs: list[str] = []
    complaints: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.on("console", lambda message: complaints.append(message.text))

    refused = page.goto(own.url)
    assert refused is not None
    assert refused.status == 403
    complaints.clear()  # the browser complains of the refusal itself

    page.goto(own.link)
    assert page.url == own.url
    assert page.evaluate("document.cookie") == ""
    page.locator("tr#group-kit-c").get_by_text("not graded yet").first.wait_for()

    own.add(attempt("kit-c", check(Verdict.PASSED)))
    page.locator("tr#group-kit-c .cell.passed").wait_for()
    page.locator("#state").get_by_text(re.compile("Up to date since")).wait_for()

    page.locator("tr#group-kit-a").get_by_role("link", name="kit-a").click()
    page.get_by_role("link", name="attempt 1").click()
    page.locator("article.check").nth(1).get_by_role("link").click()
    page.locator("details.piece summary").first.click()
    assert page.locator("details.piece pre").first.is_visible()
    assert page.locator("img").count() == 1
    assert page.locator("img").evaluate("image => image.naturalWidth") == 1

    assert (dialogs, complaints) == ([], [])


def test_pages_fit_a_phone(own: Served, page: Page) -> None:
    """Nothing sticks out: what is wide scrolls by itself."""
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(own.link)
    for path in PATHS:
        page.goto(own.url + path)

        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_everybody_can_read_them(own: Served, page: Page) -> None:
    """Contrast, sizes, names and widths of every page, light and dark, wide and narrow, and on paper."""
    page.goto(f"{own.link}&lang=pt-BR")
    found: dict[str, list[str]] = {}
    for path in (*PATHS, "groups/nobody"):
        page.goto(own.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found[path] = [*faults(page), *unfocused(page, steps=6)]

    assert found == {path: [] for path in found}
    assert page.evaluate("document.documentElement.lang") == "pt-BR"


def test_a_language_is_chosen_without_a_script(own: Served, chromium: Browser) -> None:
    """The link on the page is enough, and the choice is kept while pages are left and opened."""
    context = chromium.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(own.link)
    page.get_by_role("link", name="Português").click()
    page.get_by_role("link", name="kit-a").first.click()

    page.get_by_text("Resultado").first.wait_for()
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    context.close()


def test_a_keyboard_stays_where_it_is(own: Served, page: Page) -> None:
    """What appears by itself takes nobody back to the beginning of the page."""
    page.goto(own.link)
    page.locator("tr#group-kit-b").get_by_role("link", name="kit-b").focus()
    own.add(attempt("kit-c", check(Verdict.PASSED)))
    page.locator("tr#group-kit-c .cell.passed").wait_for()

    assert page.evaluate("document.activeElement.getAttribute('href')") == "/groups/kit-b"


def test_what_is_followed_stays_in_its_language(own: Served, chromium: Browser) -> None:
    """What appears by itself, and what is said about it, is in the language of the page; a new choice reaches it."""
    context = chromium.new_context(locale="pt-BR")
    page, other = context.new_page(), context.new_page()
    page.goto(own.link)
    own.add(attempt("kit-c", check(Verdict.PASSED)))
    page.locator("tr#group-kit-c .cell.passed").wait_for()
    page.locator("#state").get_by_text(re.compile(r"Atualizada às \d\d:\d\d:\d\d\.")).wait_for()
    assert page.locator("tr#group-kit-c").get_by_text("ainda não avaliado").count() == 1

    other.goto(own.url)
    other.get_by_role("link", name="English").click()
    own.add(attempt("kit-c", check(Verdict.PASSED), checkpoint="checkpoint-2"))
    page.locator("html[lang=en]").wait_for()
    assert page.locator("#state").inner_text() == "This page follows the grade book."
    context.close()


def test_it_says_when_nobody_serves_it_any_more(own: Served, page: Page) -> None:
    """What is shown may then be old."""
    page.goto(own.link)
    page.locator("#state").get_by_text("follows").wait_for()
    own.stop()

    page.locator("#state").get_by_text("No connection: this may be old").wait_for()
