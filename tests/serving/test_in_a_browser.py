"""The pages in a real browser: from the link to the evidence, followed while somebody grades, and safe from kits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.verdicts import Verdict
from tests.serving.made_class import Served, attempt, check

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Return a page of the system's Chromium; skip where there is none, or no Playwright."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_page()
        browser.close()


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
    page.locator("tr#group-kit-c").get_by_text("missing").first.wait_for()

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
    for path in ("", "groups/kit-a", "groups/kit-a/checkpoint-1/1", "groups/kit-a/checkpoint-1/1/proxy-answers"):
        page.goto(own.url + path)

        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_it_says_when_nobody_serves_it_any_more(own: Served, page: Page) -> None:
    """What is shown may then be old."""
    page.goto(own.link)
    page.locator("#state").get_by_text("follows").wait_for()
    own.stop()

    page.locator("#state").get_by_text("No connection: this may be old").wait_for()
