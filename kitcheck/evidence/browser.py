"""The system's Chromium, led by Playwright: opens one page of a kit in a fresh profile and makes a picture of it."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import KitError, TimedOut, Unreachable
from harness.printable import one_line
from kitcheck.evidence.doorway import OURS, Doorway
from kitcheck.evidence.trimming import trimmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

T = TypeVar("T")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""What the system's Chromium may be called."""
WIDTH, HEIGHT, NARROW = 1280, 800, 800
"""Of a window, in CSS pixels; a narrow one is for pages of a sentence, which stays readable in a report's column."""
LOWEST = 100
"""Of a page's picture, when there is as little on it."""
TALLEST = 2400
"""Of a page of ours: a long list is cut there."""
PAGE_SECONDS = 20.0
"""For a page to load, and again for its picture."""
SETTLE_SECONDS = 6.0
"""For a page with scripts to have nothing to load any more; it is pictured then all the same."""
PICTURE_LIMIT = 4_194_304
"""Bytes of one picture."""
_NO_PLAYWRIGHT = "pictures need Playwright: install Kitcheck with the extra `pictures`"
_NO_CHROMIUM = "pictures need Chromium: install it with the system's packages (there is none on the path)"
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    # Neither names nor packets go around the proxy.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)


class NoBrowserError(Exception):
    """No pictures can be taken here; the message says what is missing."""


def program() -> str:
    """Return the path of the system's Chromium. Raises NoBrowserError when there is none, or no Playwright."""
    from importlib.util import find_spec

    if find_spec("playwright") is None:
        raise NoBrowserError(_NO_PLAYWRIGHT)
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise NoBrowserError(_NO_CHROMIUM)
    return found


def is_root() -> bool:
    """Return whether Chromium would refuse its own sandbox, as it does for root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a page, and where it was in the end."""

    png: bytes
    width: int
    url: str
    text: str
    """What the page says, the first 2000 characters."""


@contextmanager
def chromium() -> Generator[Camera]:
    """Yield a camera in a browser of its own, which ends with it. Raises NoBrowserError."""
    path = program()
    # In a thread of its own: Playwright keeps an event loop running there, and python-libjuju wants to run one, too.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures") as thread:
        browser, end = thread.submit(_launch, path).result()
        try:
            yield Camera(browser, thread)
        finally:
            thread.submit(end).result()


def _launch(path: str) -> tuple[Browser, Callable[[], None]]:
    """Return a browser, and what ends it."""
    from playwright.sync_api import Error, sync_playwright

    try:
        playing = sync_playwright().start()
    except (Error, OSError) as error:
        raise NoBrowserError(f"Playwright does not start: {_first_line(error)}") from None
    try:
        browser = playing.chromium.launch(
            executable_path=path,
            # Chromium's sandbox keeps a hostile page in; root has to do without it.
            chromium_sandbox=not is_root(),
            args=list(_ARGUMENTS),
            timeout=PAGE_SECONDS * 1000,
        )
    except Error as error:
        playing.stop()
        raise NoBrowserError(f"{path} does not start: {_first_line(error)}") from None

    def end() -> None:
        with suppress(Error):
            browser.close()
        playing.stop()

    return browser, end


class Camera:
    """Makes pictures in one browser; every picture in a profile of its own."""

    def __init__(self, browser: Browser, thread: ThreadPoolExecutor) -> None:
        self._browser = browser
        self._thread = thread

    def shoot(
        self,
        url: str,
        doorway: Doorway,
        *,
        width: int = WIDTH,
        scripts: bool = False,
        cookies: Mapping[str, str] | None = None,
        before: Callable[[Page], None] | None = None,
        after: Callable[[Page], None] | None = None,
    ) -> Shot:
        """Return a picture of the page at `url` in the kit, in a window of that width, without the empty rest below it.

        `scripts` lets the page run its own; `before` is called when it is loaded (to log in), `after` when the picture
        is taken, both in the browser's thread. Raises KitError when there is no page, or none in time.
        """

        def shot() -> Shot:
            return self._shoot(url, doorway, width, scripts, cookies or {}, before, after)

        return self._done(shot)

    def _done(self, work: Callable[[], T]) -> T:
        try:
            return self._thread.submit(work).result(4 * PAGE_SECONDS)
        except FutureTimeout:
            raise TimedOut("Chromium does not come back from a page") from None

    def _shoot(
        self,
        url: str,
        doorway: Doorway,
        width: int,
        scripts: bool,
        cookies: Mapping[str, str],
        before: Callable[[Page], None] | None,
        after: Callable[[Page], None] | None,
    ) -> Shot:
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as TooLateError

        doorway.fresh()
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            java_script_enabled=scripts,
            accept_downloads=False,
            service_workers="block",
            ignore_https_errors=True,
            proxy=_proxy(doorway),
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(PAGE_SECONDS * 1000)
        try:
            if cookies:
                context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
            page = context.new_page()
            page.on("dialog", lambda dialog: dialog.dismiss())
            response = page.goto(url, wait_until="load")
            if response is not None and response.headers.get(OURS.lower()):
                raise Unreachable(one_line(page.inner_text("body"), limit=300).removeprefix("Kitcheck: "))
            if before is not None:
                before(page)
            if scripts:
                _settled(page)
            png = trimmed(_picture(page), least=LOWEST)
            shot = Shot(png, width, page.url, str(page.inner_text("body", timeout=2000))[:2000])
            if after is not None:
                after(page)
        except TooLateError:
            raise TimedOut(f"{url} was not to be seen after {PAGE_SECONDS:g} s") from None
        except Error as error:
            raise KitError(f"{url} could not be pictured: {_first_line(error)}") from None
        finally:
            context.close()
        return shot

    def render(self, html: str, *, width: int = WIDTH) -> bytes:
        """Return a picture of a page of our own, as high as it is, and `width` wide at most. Raises KitError."""
        return self._done(lambda: self._render(html, width))

    def _render(self, html: str, width: int) -> bytes:
        from playwright.sync_api import Error

        context = self._browser.new_context(
            viewport={"width": width, "height": 200}, java_script_enabled=False, offline=True, accept_downloads=False
        )
        try:
            page = context.new_page()
            page.set_content(html, wait_until="load", timeout=PAGE_SECONDS * 1000)
            box = page.locator("body").bounding_box() or {"width": float(width), "height": float(HEIGHT)}
            height = max(1, min(TALLEST, round(box["height"])))
            page.set_viewport_size({"width": min(width, math.ceil(box["width"])), "height": height})
            return _picture(page)
        except Error as error:
            raise KitError(f"a page of ours could not be pictured: {_first_line(error)}") from None
        finally:
            context.close()


def _picture(page: Page) -> bytes:
    png = page.screenshot(timeout=PAGE_SECONDS * 1000, animations="disabled")
    if len(png) > PICTURE_LIMIT:
        raise KitError(f"the picture of {page.url} has more than {PICTURE_LIMIT} bytes")
    return png


def _settled(page: Page) -> None:
    from playwright.sync_api import TimeoutError as TooLateError

    begun = time.monotonic()
    try:
        page.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)
    except TooLateError:
        return
    # What came last is drawn a moment later.
    page.wait_for_timeout(max(0.0, min(500.0, (SETTLE_SECONDS - (time.monotonic() - begun)) * 1000)))


def _proxy(doorway: Doorway) -> Any:
    return dict(doorway.login)


def _first_line(error: BaseException) -> str:
    return one_line(str(error).partition("\n")[0], limit=200)
