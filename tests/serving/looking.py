"""What a browser makes of a page: contrast, sizes, names and structure, as WCAG 2.2 (level AA) wants them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
WIDE, NARROW = 1280, 390
PAPER = (680, 1030)
"""Pixels of a sheet of A4 between our margins, upright and across."""
AUDIT = r"""() => {
  const faults = [];
  const say = (what, element) =>
    faults.push(`${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> `
      + (element.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 60));
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length;

  // 1.4.3: text against what is behind it
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(each).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha > 0) throw new Error("a background that is neither clear nor solid");
    }
    throw new Error("nothing is behind the page");
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !shown(element) || element.closest(".unseen, script, style")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const [one, other] = [light(parts(style.color).slice(0, 3)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < least) say(`contrast ${contrast.toFixed(2)}`, element);
  }

  // 2.5.8: what is pressed has 24 pixels, or stands so far from all others that a circle of that size is its own
  const targets = [...document.querySelectorAll("a[href], summary, button")].filter(shown);
  const boxes = targets.map((target) => target.getBoundingClientRect());
  const small = (box) => box.width < 24 || box.height < 24;
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
  targets.forEach((target, n) => {
    const inSentence = getComputedStyle(target).display === "inline" && target.closest("p, li, h1, h2, h3, h4");
    if (!small(boxes[n]) || inSentence) return;
    const [x, y] = middle(boxes[n]);
    const crowded = boxes.some((box, m) => {
      if (m === n) return false;
      const dx = Math.max(box.left - x, 0, x - box.right);
      const dy = Math.max(box.top - y, 0, y - box.bottom);
      const [ox, oy] = middle(box);
      return Math.hypot(dx, dy) < 12 || (small(box) && Math.hypot(ox - x, oy - y) < 24);
    });
    if (crowded) say("a small target beside another", target);
  });

  // 1.1.1, 1.3.1, 1.4.1, 2.4.4, 3.1.1, 4.1.2
  for (const each of document.querySelectorAll("img")) if (!each.alt) say("a picture without words", each);
  for (const each of document.querySelectorAll("th")) if (!each.scope) say("a header without scope", each);
  for (const each of document.querySelectorAll(".sign, .cellsign")) {
    const silent = each.getAttribute("aria-hidden") === "true";
    if (!each.getAttribute("aria-label") && !silent) say("a sign without a word", each);
  }
  for (const each of targets) {
    if (!each.textContent.trim() && !each.getAttribute("aria-label")) say("nothing to read", each);
  }
  for (const each of document.querySelectorAll("[role=region], nav")) {
    const label = each.getAttribute("aria-label")
      || document.getElementById(each.getAttribute("aria-labelledby"))?.textContent;
    if (!label?.trim()) say("a region without a name", each);
  }
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`the id ${id} twice`);
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main part");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one first heading");

  // 1.4.10: nothing sticks out but what scrolls by itself, and that can be reached by keyboard
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`${document.documentElement.scrollWidth} wide`);
  for (const each of document.querySelectorAll("body *")) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(each).overflowX);
    if (scrolls && each.scrollWidth > each.clientWidth && each.tabIndex < 0) say("no keyboard scrolls it", each);
  }
  return faults;
}"""
OVERFLOW = r"""() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getClientRects().length && !each.closest(".unseen"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `<${each.tagName.toLowerCase()} class="${each.getAttribute("class") ?? ""}">`)"""


@contextmanager
def browser() -> Generator[Browser]:
    """Return the system's Chromium; skip where there is none, or no Playwright."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page that is open, wide and narrow, light and dark, and on paper."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, media="screen")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{scheme}, {width}: {fault}" for fault in page.evaluate(AUDIT)]
        page.emulate_media(color_scheme=scheme, media="print")
        for width in PAPER:
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"paper, {width}: {fault} is cut" for fault in page.evaluate(OVERFLOW)]
        contrasts = [fault for fault in page.evaluate(AUDIT) if fault.startswith("contrast")]
        found += [f"paper, {scheme}: {fault}" for fault in contrasts]
        white = page.evaluate("getComputedStyle(document.body).backgroundColor")
        found += [] if white == "rgb(255, 255, 255)" else [f"paper, {scheme}: the page is {white}"]
    return list(dict.fromkeys(found))


def unfocused(page: Page, *, steps: int) -> list[str]:
    """Return what a keyboard reaches in so many steps, and does not show that it is there (WCAG 2.4.7).

    After the last one it leaves the page and comes back.
    """
    found: list[str] = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if outline in ("none", "") and not page.evaluate("document.activeElement === document.body"):
            found.append(page.evaluate("document.activeElement.outerHTML.slice(0, 100)"))
    return found
