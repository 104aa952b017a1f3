"""The bounds that docs/security.md promises are those that the code keeps."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from harness import (
    access,
    bounds,
    evidence,
    http,
    kitfile,
    maas,
    machines,
    marked_yaml,
    patience,
    quick_pg8000,
    recording,
    table,
)
from harness.juju import api, command
from harness.observing import admin, web
from kitcheck.course import running, work
from kitcheck.evidence import reading

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
RUN = inspect.signature(access.Access.run).parameters
SENTENCE, DETAIL = (getattr(recording, f"_{name}_LIMIT") for name in ("SENTENCE", "DETAIL"))
KIB, MIB = 1024, 1024 * 1024
PROMISED = {
    "login": f"| a login over SSH | {access.CONNECT_SECONDS:g} s |",
    "command": f"| {RUN['timeout'].default:g} s (Juju {command.SECONDS:g} s, "
    f"its actions {command.ACTION_SECONDS:g} s), {RUN['limit'].default // KIB} KiB of output "
    f"(Juju {command.LIMIT // MIB} MiB)",
    "http": f"| {http.TIMEOUT:g} s (MAAS {maas.TIMEOUT:g} s, Django's admin {admin.TIMEOUT:g} s), "
    f"{http.LIMIT // MIB} MiB (a page {web.PAGE_LIMIT // KIB} KiB, MAAS {maas.ANSWER_LIMIT // MIB} MiB)",
    "patience": f"| who was silent once | {patience.AGAIN_SECONDS:g} s the next time |",
    "juju": f"| {api.SECONDS:g} s, {api.LIMIT // MIB} MiB a connection",
    "postgresql": f"{quick_pg8000.ROUNDS_LIMIT:,} rounds to prove the password |",
    "maas": f"{machines.MACHINES_LIMIT:,} machines, names of {machines.HOSTNAME_LIMIT} characters |",
    "evidence": f"| {evidence.PIECES_LIMIT} pieces, {evidence.BODY_LIMIT:,} characters each; of an answer over HTTP "
    f"{http.RECORDED_BODY:,} bytes |",
    "check": f"| a sentence of {SENTENCE:,} characters; expected and observed {DETAIL:,}",
    "terminal": f"| {table.LINES_LIMIT} lines of each detail, {table.LINE_LIMIT:,} characters a line |",
    "files": f"| {kitfile.FILE_LIMIT // KIB} KiB, {marked_yaml.FILE_LIMIT // MIB} MiB; ten levels",
    "bundle": f"| {reading.SIZE_LIMIT // MIB} MiB, {reading.FILES_LIMIT:,} files",
    "class": f"after `--limit` seconds ({running.LIMIT_S:g}) and {work.GRACE_S:g} more",
    "patterns": f"a process that is ended after {bounds.SECONDS:g} seconds",
}


@pytest.mark.parametrize("what", PROMISED)
def test_promised(what: str) -> None:
    """Numbers are written with a blank between thousands, and lines may break anywhere."""
    promised = re.sub(r"(?<=\d),(?=\d{3})", " ", PROMISED[what])

    assert promised in " ".join(PAGE.split())
