"""A class with a grade book that holds whatever a kit may say, served on a port of loopback."""

from __future__ import annotations

import base64
import struct
import threading
import time
import zlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Evidence, Verdict
from kitcheck.course import attempts, class_file
from kitcheck.course.book import open_book
from kitcheck.course.model import Attempt
from kitcheck.course.serving.application import Site
from kitcheck.course.serving.serve import listening, run
from kitcheck.course.serving.standing import ClassNow

TOKEN = "a-token-of-the-tests"
HOSTILE = "<script>alert(1)</script>\x1b[31m=cmd()\u202e'\"><img src=x onerror=alert(2)>"
CLASS = """
course: Cloud Computing & <b>Kits</b>
checkpoints:
  checkpoint-1: {weight: 1, due: 2026-09-30T23:59:00-03:00}
  checkpoint-2: {weight: 2}
policy: {late_penalty: 10%}
groups:
  - {group: kit-a, kit: kit-a.yaml, members: [{name: Ana, id: a1}, {name: "Bia <i>", id: b2}]}
  - {group: kit-b, kit: kit-b.yaml, members: [{name: Caio, id: c3}]}
  - {group: kit-c, kit: kit-c.yaml, members: [{name: Davi, id: d4}]}
"""
AT = "2026-09-30T12:00:00Z"
ON_TIME = datetime(2026, 9, 30, 12, tzinfo=UTC)


def png(width: int = 1, height: int = 1) -> bytes:
    """Return a picture of one pixel, which may claim to be bigger."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")
    )


def picture(content: bytes, kind: str = "image/png") -> Evidence:
    """Return a picture as evidence."""
    data = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return Evidence("image", "maas", AT, "the dashboard", data)


def attempt(
    group: str,
    *checks: CheckResult,
    checkpoint: str = "checkpoint-1",
    at: datetime = ON_TIME,
    identity: Identity | None = None,
) -> Attempt:
    """Return an attempt with these checks."""
    entry = CheckpointResult(checkpoint, "By hand", checks)
    result = Result(f"kit of {group}", at, at + timedelta(seconds=9), (entry,), "0.1.0", identity or Identity())
    (made,) = attempts.of(group, result, submitted={})
    return made


def check(
    verdict: Verdict, id_: str = "two-machines-deployed", *, evidence: Sequence[Evidence] = (), **fields: Any
) -> CheckResult:
    """Return a check worth 2 points."""
    why = "" if verdict is Verdict.PASSED else "It is wrong."
    told: dict[str, Any] = {"title": f"Title of {id_}", "rationale": why, **fields}
    return CheckResult("checkpoint-1", id_, verdict=verdict, possible=2, evidence=tuple(evidence), **told)


@dataclass
class Served:
    """A class that is served."""

    path: Path
    url: str
    """Of the first page, without token."""
    browser: requests.Session
    """Has been let in."""
    stop: Callable[[], None]
    """Ends the server."""

    @property
    def link(self) -> str:
        """What the program shows when it starts."""
        return f"{self.url}?token={TOKEN}"

    def get(self, path: str, **options: Any) -> requests.Response:
        """Return a page."""
        return self.browser.get(self.url + path, timeout=20, **options)

    def add(self, *made: Attempt) -> None:
        """Write attempts into the grade book, as grading does."""
        with open_book(class_file.load(self.path, kits=False).grade_book) as book:
            book.add_all(made)


@contextmanager
def served(folder: Path, *made: Attempt, fresh: bool = True, lang: str | None = None) -> Generator[Served]:
    """Serve a class with these attempts; with `fresh` each request looks into the grade book."""
    path = folder / "class.yaml"
    path.write_text(CLASS, encoding="utf-8")
    ticks = iter(range(10, 1_000_000, 10))
    with ClassNow(path, clock=(lambda: float(next(ticks))) if fresh else time.monotonic) as class_now:
        door = listening("127.0.0.1", 0)
        servers: list[Any] = []
        site = Site(class_now, every=0.05, lang=lang)
        thread = threading.Thread(
            target=run, args=(site, door), kwargs={"token": TOKEN, "started": servers.append}, daemon=True
        )
        thread.start()

        def stop() -> None:
            servers[0].should_exit = True
            thread.join(20)

        with requests.Session() as browser:
            browser.trust_env = False
            one = Served(path, f"http://127.0.0.1:{door.getsockname()[1]}/", browser, stop)
            one.add(*made)
            one.get(f"?token={TOKEN}").raise_for_status()
            try:
                yield one
            finally:
                stop()
        door.close()
        assert not thread.is_alive()
