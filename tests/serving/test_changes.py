"""Open pages are told when something has changed, and grading is never held up by readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import requests

from harness.verdicts import Evidence, Verdict
from kitcheck.course import class_file
from kitcheck.course.book import open_book
from kitcheck.course.serving.standing import ClassNow
from tests.serving.made_class import CLASS, Served, attempt, check


def versions(answer: requests.Response) -> Iterator[str]:
    """Yield each version that is told."""
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if str(line).startswith("data: "):
            yield str(line).removeprefix("data: ")


def test_an_open_page_is_told_of_a_new_attempt(own: Served) -> None:
    """The first event is the version of the page itself; the next one comes when something is added."""
    with own.get("changes", stream=True) as answer:
        told = versions(answer)
        first = next(told)
        page = own.get("").text
        own.add(attempt("kit-c", check(Verdict.PASSED)))
        second = next(told)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert f'data-version="{first}"' in page
    assert first != second


def test_a_broken_class_file_is_told_as_well(own: Served) -> None:
    """The page then takes the one that says why."""
    with own.get("changes", stream=True) as answer:
        told = versions(answer)
        next(told)
        own.path.write_text("nonsense: 1\n", encoding="utf-8")

        assert next(told) == "trouble"


def test_many_readers_hold_up_no_writer(own: Served) -> None:
    """While pages are read all the time, attempts are added one after the other, each at once."""
    over = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not over.is_set():
            seen.append(requests.get(own.link, timeout=20).status_code)

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(20):
            own.add(attempt("kit-c", check(Verdict.PASSED)))
    finally:
        over.set()
        for reader in readers:
            reader.join(20)

    assert "attempt 20" in own.get("groups/kit-c").text
    assert set(seen) <= {200}


def test_what_was_read_is_shown_to_all_for_a_second(tmp_path: Path) -> None:
    """Forty readers cost what one costs."""
    path = tmp_path / "class.yaml"
    path.write_text(CLASS, encoding="utf-8")
    times = iter([0.0, 0.9, 1.1, 1.1])
    with ClassNow(path, clock=lambda: next(times)) as class_now:
        first = class_now.standing()

        assert class_now.standing() is first
        assert class_now.standing() is not first


def test_memory_holds_no_evidence(tmp_path: Path) -> None:
    """What grades need is kept, and evidence is read when its page is opened."""
    path = tmp_path / "class.yaml"
    path.write_text(CLASS, encoding="utf-8")
    piece = Evidence("http", "server4", "2026-09-30T12:00:00Z", "GET /", "502")
    seen = attempt("kit-a", check(Verdict.FAILED, "proxy-answers", evidence=[piece]))
    with ClassNow(path) as class_now:
        with open_book(class_file.load(path, kits=False).grade_book) as book:
            book.add(seen)
        kept = class_now.standing().attempts["kit-a", "checkpoint-1"][0]
        whole = class_now.attempt("kit-a", "checkpoint-1", 1)

    assert whole is not None
    assert whole.document == seen.document
    assert kept.document["checkpoints"][0]["checks"][0]["evidence"] == []
