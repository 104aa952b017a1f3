"""A kit that says our secrets back to us, in every spelling: no output has them, also when the kit was never opened."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import pytest

from harness import grading, junit, result
from harness.http import RECORDED_BODY
from harness.reporting import kit_page
from harness.result import Result
from harness.table import progress
from kitcheck.evidence import handin, secrets
from kitcheck.evidence.gathering import Keeping
from tests.harness.sshd import Kit, http_says, reach
from tests.hostile.kits import MAAS, SECRETS, behind, describe, http, loaded, machine

SPELT = sorted({spelling for secret in SECRETS for spelling in secrets.spellings(secret)})


def outputs(kit: Kit, folder: Path) -> tuple[Result, dict[str, bytes]]:
    """Grade the kit as `kitcheck grade` with every option does, and return what was written and shown, by name."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assignment = grading.assign(describe(kit, folder), checkpoints=["3"])
        with progress(assignment.checks, sys.stdout) as shown:
            graded = grading.carry_out(assignment, on_check=shown.done)
        shown.conclude(graded)
        Keeping(folder / "bundle", without_pictures=True).checked().keep(loaded(kit, folder), graded)
    result.write(graded, folder / "r.json")
    junit.write(graded, folder / "r.xml")
    kit_page.write(graded, folder / "r.html")
    (folder / "r.md").write_text(handin.render(graded, [], lang="en"))
    written = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "kit.yaml"
    }
    return graded, {**written, "terminal": (out.getvalue() + err.getvalue()).encode()}


def leaked(written: dict[str, bytes]) -> set[tuple[str, str]]:
    """Return which output has which spelling of a secret."""
    return {(name, spelt) for name, content in written.items() for spelt in SPELT if spelt.encode() in content}


@pytest.mark.parametrize("spelling", range(len(SPELT)), ids=lambda number: f"spelling-{number}")
def test_what_is_hidden_is_hidden_in_every_spelling(spelling: int) -> None:
    """Evidence keeps none of them, wherever it stands."""
    from harness.evidence import EvidenceLog

    log = EvidenceLog()
    for secret in SECRETS:
        log.hide(secret)
    text = f"it says {SPELT[spelling]} and ends"
    piece = log.record("http", text, text, text)

    assert [piece.source, piece.summary, piece.body] == ["it says [hidden] and ends"] * 3


@pytest.mark.parametrize("status", ["400 Bad", "500 Broken", "200 OK"])
def test_a_maas_that_repeats_the_key_when_the_kit_is_opened(status: str, kit: Kit, tmp_path: Path) -> None:
    """The reason why nothing could be asked is told by every check, and has no secret in it."""
    said = " ".join(SECRETS[:3]).encode()
    answer = http(status, said, f"X-Key: {SECRETS[2]}")
    with behind(kit, MAAS, 5240, http_says(answer.replace(b"application/json", b"text/plain"))):
        graded, written = outputs(kit, tmp_path)

    assert leaked(written) == set()
    assert {str(check.verdict) for check in graded.checks} <= {"error", "manual"}
    assert len(written) > 5


def test_machines_that_are_called_like_secrets(kit: Kit, tmp_path: Path) -> None:
    """The kit's identity, which every result and every bundle has, holds names and ids that MAAS chose."""
    names = ("server1", "server2", "server3", "server4", SECRETS[2], SECRETS[0])
    machines = [{**machine(name), "mac_address": SECRETS[2]} for name in names]
    for each in machines:
        each["interface_set"] = [{"mac_address": SECRETS[2]}]
    content = json.dumps(machines).encode()
    with behind(kit, MAAS, 5240, http_says(http("200 OK", content))):
        graded, written = outputs(kit, tmp_path)

    assert leaked(written) == set()
    assert len(graded.identity.system_ids or {}) >= 4


@pytest.mark.parametrize("kept", range(6, len(SECRETS[2]), 5))
def test_a_secret_across_the_limit(kept: int, kit: Kit, tmp_path: Path) -> None:
    """Of one that begins within what is kept of an answer and ends behind it, nothing is kept."""
    said = b"x" * (RECORDED_BODY - kept) + SECRETS[2].encode() + b"y" * 100
    with reach(kit, tmp_path) as access, behind(kit, "172.16.0.12", 80, http_says(http("200 OK", said))):
        access.hide(SECRETS[2])
        access.http.get("http://172.16.0.12/")
        body = access.log.take()[-1].body

    assert SECRETS[2][:6] not in body
    assert "more bytes]" in body
