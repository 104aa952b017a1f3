"""A whole kit of an enemy is graded: whatever its commands and services say, nothing is passed that nobody proved."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import cast

import pytest

from harness import grading, junit
from harness.reporting import kit_page
from harness.table import progress
from harness.verdicts import Verdict
from kitcheck.evidence import handin
from tests.harness.sshd import Answer, Kit, Process, http_says
from tests.hostile.kits import MAAS, behind, describe, http, machine, without_end

NASTY = b"\x1b[2J\x1b]8;;http://evil/\x1b\\x\x1b]52;c;QQ==\x07\xe2\x80\xae<script>alert(1)</script>=cmd()|\xc2\x9b31m\0\xff\n"
LOOKS_ONLY_AT_MAAS = {"two-machines-deployed", "three-machines-deployed", "four-machines-deployed"}


class Everything(dict[str, Answer]):
    """Answers every command alike."""

    def __init__(self, answer: Answer, known: dict[str, Answer]) -> None:
        super().__init__(known)
        self._answer = answer

    def get(self, key: str, default: object = None) -> Answer:  # type: ignore[override]
        """Return what is known, else the answer."""
        return super().get(key, self._answer)


async def for_ever(process: Process) -> None:
    """Say it again and again, on both streams."""
    while not process.is_closing():
        process.stdout.write(NASTY * 500)
        process.stderr.write(NASTY * 500)
        await process.stdout.drain()


ANSWERS: dict[str, Answer] = {
    "without-end": cast("Callable[[Process], Awaitable[None]]", for_ever),
    "much": (0, NASTY * 2_000, NASTY * 100),
    "success": (0, b"", b""),
    "signal": (255, NASTY, NASTY),
}


@contextlib.contextmanager
def lying(kit: Kit, answer: Answer) -> Generator[None]:
    """Let main and four servers answer every command so, and every service without end."""
    kept = kit.main.commands
    kit.main.commands = Everything(answer, kept)
    records = [
        {**machine(f"server{n}"), "status": 6, "status_name": "Deployed", "ip_addresses": [f"172.16.0.{10 + n}"]}
        for n in range(1, 5)
    ]
    with contextlib.ExitStack() as stack:
        stack.enter_context(behind(kit, MAAS, 5240, http_says(http("200 OK", json.dumps(records).encode()))))
        for n in range(1, 5):
            kit.server(f"172.16.0.{10 + n}", Everything(answer, {"true": (0, b"", b"")}))
            for port in (80, 8080, 5432):
                stack.enter_context(behind(kit, f"172.16.0.{10 + n}", port, without_end(NASTY * 500)))
        try:
            yield
        finally:
            kit.main.commands = kept


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_kit_that_lies(answer: str, kit: Kit, tmp_path: Path) -> None:
    """Nothing passes but what MAAS alone says, nothing is a fault of ours, and what is shown is only text."""
    out = io.StringIO()
    with lying(kit, ANSWERS[answer]), contextlib.redirect_stdout(out):
        assignment = grading.assign(describe(kit, tmp_path), checkpoints=["1", "2", "3"])
        with progress(assignment.checks, sys.stdout) as shown:
            graded = grading.carry_out(assignment, on_check=shown.done)
        shown.conclude(graded)
    written = [
        out.getvalue(),
        kit_page.render(graded),
        handin.render(graded, [], lang="en"),
        junit.document(graded).decode(),
    ]

    assert {check.id for check in graded.checks if check.verdict is Verdict.PASSED} <= LOOKS_ONLY_AT_MAAS
    assert [check.rationale for check in graded.checks if "fault of Kitcheck" in check.rationale] == []
    assert [sign for sign in "\x1b\x9b\u202e\0\x07" if any(sign in text for text in written)] == []
    assert "<script>" not in "".join(written[1:])
