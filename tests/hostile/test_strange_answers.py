"""Services of a kit that speak their protocols like an enemy: what they say costs little, and accuses nobody."""

from __future__ import annotations

import json
import re
import socket
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import AccessRefused, UnexpectedAnswer, UsageError
from harness.evidence import EvidenceLog
from harness.fields import parse
from harness.kit import Kit as OpenedKit
from harness.machines import HOSTNAME_LIMIT, MACHINES_LIMIT, parse_machines
from harness.observing import database
from harness.observing.admin import form_fields
from harness.outcome import outcome_of
from harness.verdicts import Verdict
from tests.harness.sshd import KEYS, Kit, http_says, reach
from tests.hostile.kits import MAAS, behind, http, loaded, machine

DATABASE = "172.16.0.11"


class Postgres:
    """A PostgreSQL that wants a password proven, and names the rounds of work for it."""

    def __init__(self, first: str) -> None:
        self._first = first

    def __call__(self, connection: socket.socket) -> None:
        """Answer one login."""
        connection.recv(8)
        connection.sendall(b"N")
        connection.recv(4_096)
        connection.sendall(b"R" + struct.pack("!ii", 23, 10) + b"SCRAM-SHA-256\0\0")
        nonce = re.search(rb"r=([^,]+)", connection.recv(4_096))
        said = self._first.format(nonce="" if nonce is None else nonce[1].decode()).encode()
        connection.sendall(b"R" + struct.pack("!ii", 8 + len(said), 11) + said)
        connection.recv(4_096)


@pytest.mark.parametrize(
    "first",
    [
        "r={nonce}x,s=c2FsdA==,i=2147483647",
        "r={nonce}x,s=c2FsdA==,i=0002147483647",
        "r={nonce}x,s=c2FsdA==,i=+2147483647",
        "i=2147483647,r={nonce}x,s=c2FsdA==",
        "r={nonce}x,s=c2FsdA==,i=4096,i=2147483647",
        "r={nonce}x,s=c2FsdA==,i=many",
        "r=other,s=c2FsdA==,i=4096",
        "",
        "e=other-error",
    ],
)
def test_a_database_that_asks_for_an_hours_work(first: str, kit: Kit, tmp_path: Path) -> None:
    """A login to it says nothing, at once: libraries cannot be interrupted while they compute."""
    with reach(kit, tmp_path) as access, behind(kit, DATABASE, database.PORT, Postgres(first)):

        def named(_role: str) -> str:
            return "server1"

        def addressed(_host: str) -> str:
            return DATABASE

        described: Any = SimpleNamespace(access=access, log=access.log, role=named, address=addressed)

        with pytest.raises(UnexpectedAnswer, match="does not speak PostgreSQL's protocol"):
            database.login(described)


@pytest.mark.parametrize("strange", ["<![x", "<![if x]>", "<!--", "<!x[", "<![CDATA[x", "<?x", "</", "<a b='"])
def test_pages_that_are_no_html(strange: str) -> None:
    """The form before it is read; what Python's parser asserts is no claim about the kit."""
    page = f'<form><input name="csrfmiddlewaretoken" value="x"></form>{strange}'

    assert [(field.name, field.value) for field in form_fields(page)] == [("csrfmiddlewaretoken", "x")]


def test_more_machines_and_longer_names_than_there_are() -> None:
    """Lists of them end up in messages and in every attempt."""
    assert len(parse_machines([machine("a" * HOSTNAME_LIMIT)] * MACHINES_LIMIT, "MAAS")) == MACHINES_LIMIT
    with pytest.raises(UnexpectedAnswer, match=f"at most {MACHINES_LIMIT}"):
        parse_machines([machine("a")] * (MACHINES_LIMIT + 1), "MAAS")
    with pytest.raises(UnexpectedAnswer, match="hostname has 254 characters"):
        parse_machines([machine("a" * (HOSTNAME_LIMIT + 1))], "MAAS")


@pytest.mark.parametrize("content", [b"[" + b"{}," * 400_000 + b"{}]", b"[" + b"[[[]]]," * 150_000 + b"1]"])
def test_an_answer_of_empty_lists(content: bytes) -> None:
    """It would take forty times as much memory as bytes."""
    with pytest.raises(UnexpectedAnswer, match="lists and objects"):
        parse(content, "MAAS")


def test_a_maas_that_knows_other_machines(kit: Kit, tmp_path: Path) -> None:
    """The message is short and safe, however many names MAAS has, and whatever is in them."""
    names = [f"{number:04}\x1b[2J\u202e{'x' * 240}" for number in range(900)]
    content = json.dumps([machine(name) for name in names]).encode()
    with behind(kit, MAAS, 5240, http_says(http("200 OK", content))), pytest.raises(UsageError) as caught:
        OpenedKit.open(loaded(kit, tmp_path))

    assert len(str(caught.value)) < 7_000
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_endless_keys_of_main(kit: Kit, tmp_path: Path) -> None:
    """Each line of a key is hidden in all that follows: no more lines are taken than keys have."""
    kept = kit.main.commands[KEYS]
    kit.main.commands[KEYS] = (0, b"a line of no private key at all\n" * 2_000, b"")
    try:
        with reach(kit, tmp_path) as access, pytest.raises(UnexpectedAnswer, match="said more than 16384 bytes"):
            access.run("true", on="172.16.0.12")
    finally:
        kit.main.commands[KEYS] = kept


def test_secrets_of_an_enemy_do_not_pile_up() -> None:
    """The same line is looked for once, however often it was told."""
    log = EvidenceLog()
    for _ in range(3):
        log.hide("a line that main says is its key")
    log.record("command", "main", "x", "a line that main says is its key" * 3)

    assert log.take()[0].body == "[hidden]" * 3


def test_a_failure_is_cleared() -> None:
    """What is told outside of any check has no secret, no control code, and an end."""
    log = EvidenceLog()
    log.hide("pl4nted/secret")
    refused = log.clear(AccessRefused("no pl4nted%2Fsecret\x1b[2J" + "x" * 5_000, help="pl4nted/secret"))
    usage = log.clear(UsageError("pl4nted/secret", "two"))

    assert (str(refused)[:20], refused.help) == ("no [hidden]\\x1b[2Jxx", "[hidden]")
    assert len(str(refused)) < 1_100
    assert usage.lines == ("[hidden]", "two")


@pytest.mark.parametrize("raised", [NotImplementedError, ValueError, KeyError, IndexError])
def test_a_host_that_testinfra_does_not_know(raised: type[Exception]) -> None:
    """What its commands answer leads it astray: nothing is said about the kit, and nobody is told to report a fault."""
    probe: dict[str, Any] = {"__name__": "testinfra.modules.service"}
    exec(f"def look():\n    raise {raised.__name__}('led astray')", probe)
    with pytest.raises(raised, match="led astray") as caught:
        probe["look"]()
    outcome = outcome_of(caught.value, "the host is well")

    assert outcome.verdict is Verdict.ERROR
    assert outcome.rationale.startswith("testinfra could not look at the host: ")
