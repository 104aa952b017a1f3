"""A class that is served."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from harness.result import Identity
from harness.verdicts import Evidence, Verdict
from tests.serving.made_class import HOSTILE, ON_TIME, Served, attempt, check, picture, png, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a served class that nobody changes."""
    with made(tmp_path_factory.mktemp("class")) as site:
        yield site


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """Return one that a test may change."""
    with made(tmp_path) as site:
        yield site


@contextmanager
def made(folder: Path) -> Generator[Served]:
    """Serve a class: kit-a is late and failed, its evidence hostile; kit-b passed and undecided; kit-c missing."""
    bodies = (
        Evidence("http", f"server4{HOSTILE}", "2026-09-30T12:00:00Z", HOSTILE, HOSTILE + "A" * 1_000_000),
        picture(png()),
        picture(b"GIF89a <script>"),
        picture(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(3)'/>", "image/svg+xml"),
    )
    failed = check(
        Verdict.FAILED,
        "proxy-answers",
        rationale=HOSTILE,
        help=HOSTILE,
        expected=HOSTILE,
        observed=HOSTILE,
        title=HOSTILE,
        evidence=bodies,
    )
    same = Identity("uuid-1", {})
    with served(
        folder,
        attempt("kit-a", check(Verdict.PASSED), failed, at=ON_TIME + timedelta(days=3), identity=same),
        attempt("kit-b", check(Verdict.PASSED), identity=same),
        attempt("kit-b", check(Verdict.ERROR, "both-django-answer"), checkpoint="checkpoint-2"),
    ) as site:
        yield site
