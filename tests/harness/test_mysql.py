"""Asking a database as its root: ways in, answers, and what refusals mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import AccessRefused, CheckFailed, UnexpectedAnswer
from harness.mysql import WAYS, Mysql, Row, name, one_number, rows, text
from harness.observing import wordpress
from harness.observing.wordpress import TABLES
from tests.harness.wordpress_site import MYSQL, Server, Site, kit

DENIED = "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)\n"
STOPPED = "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)\n"


def asked(refuse: Callable[[str, str], tuple[int, str] | None]) -> tuple[Mysql, Server]:
    """Return a client, and the server that refuses so."""
    server = Server(Site(), refuse=refuse)
    access: Any = server
    return Mysql(access, MYSQL, "mysql/0"), server


def test_answers_are_rows() -> None:
    """A line each, with fields between tabs; what the client escapes is read."""
    client, server = asked(lambda _command, _sql: None)
    found = client.ask(TABLES)

    assert found[0] == Row(("wordpress", "wp_options"))
    assert rows("a\\tb\tNULL\n\\\\n\\n\t\n") == [Row(("a\tb", "NULL")), Row(("\\n\n", ""))]
    assert server.commands == [WAYS[0].command]
    (piece,) = server.log.take()
    assert (piece.kind, piece.source) == ("sql", "server3")
    assert piece.summary.endswith("-> exit status 0")


@pytest.mark.parametrize("number", [1045, 1698])
@pytest.mark.parametrize("open_way", range(len(WAYS)))
def test_ways_in_are_tried_in_turn(open_way: int, number: int) -> None:
    """Root may need a password, which its machine keeps; the way that is open is used from then on."""
    denied = DENIED.replace("1045", str(number))
    wanted = WAYS[open_way].command
    client, server = asked(lambda command, _sql: None if command == wanted or " test " in command else (1, denied))
    client.ask(TABLES)
    client.ask(TABLES)
    clients = [command for command in server.commands if " test " not in command]

    assert clients == [*(way.command for way in WAYS[: open_way + 1]), wanted]


def test_no_way_in() -> None:
    """Then nothing is known, and the reader is told where a password is looked for; the first refusal counts."""
    client, server = asked(lambda _command, _sql: (1, DENIED))

    with pytest.raises(
        AccessRefused, match=r"mysql/0 \(172\.16\.0\.13\) does not let root in .*: Access denied"
    ) as said:
        client.ask(TABLES)
    assert "/root/.my.cnf" in said.value.help
    assert server.commands == [WAYS[0].command, *(f"sudo -n test -r {way.file}" for way in WAYS[1:])]


def test_no_secret_is_typed() -> None:
    """Commands name files, never what is in them."""
    assert WAYS[1].file in WAYS[1].command
    assert not any(sign in way.command for way in WAYS for sign in ("-p", "--password", "MYSQL_PWD"))


def test_a_server_that_is_down() -> None:
    """That is a fact about the kit."""
    client, _ = asked(lambda _command, _sql: (1, STOPPED))

    with pytest.raises(CheckFailed, match=r"MySQL does not run on mysql/0 \(172\.16\.0\.13\): Can't connect to local"):
        client.ask(TABLES)


@pytest.mark.parametrize(
    ("status", "said", "kind", "expected"),
    [
        (1, "ERROR 1290 (HY000) at line 1: The server runs with --read-only\n", UnexpectedAnswer, "--read-only"),
        (1, "sudo: a password is required\n", AccessRefused, "asks for a password"),
        (1, "sudo: mysql: command not found\n", UnexpectedAnswer, "mysql: command not found"),
        (139, "", UnexpectedAnswer, "exit status 139"),
    ],
)
def test_other_refusals(status: int, said: str, kind: type[Exception], expected: str) -> None:
    """Nothing is said about the kit then."""
    client, _ = asked(lambda _command, _sql: (status, said))

    with pytest.raises(kind, match=expected):
        client.ask(TABLES)


def test_names_and_texts() -> None:
    """What stands in a statement cannot leave its place."""
    assert name("a", "b`; DROP") == "`a`.`b``; DROP`"
    assert text("it's") == "'it''s'"
    with pytest.raises(ValueError, match="not for a statement"):
        text("a\\")


@pytest.mark.parametrize("found", [[], [Row(("x",))], [Row(("1",)), Row(("2",))], [Row(("1", "2"))], [Row(("-1",))]])
def test_no_number(found: list[Row]) -> None:
    """An answer that should be one number and is not."""
    with pytest.raises(UnexpectedAnswer, match="no number for posts"):
        one_number(found, "posts")


def test_a_machine_that_trusts_juju_alone() -> None:
    """It is asked through `juju ssh` on main, and the machine itself not again."""
    server = Server(Site(), locked=True)
    found = wordpress.proof(kit(server))

    assert [each.shown for each in found.tried] == [True]
    assert server.commands[0] == WAYS[0].command
    assert all("juju ssh --pty=false -m main:default mysql/0 'sudo -n -H mysql" in each for each in server.commands[1:])
    assert server.posts == {}


@pytest.mark.parametrize("status", [127, 255])
def test_nobody_lets_us_in(status: int) -> None:
    """Neither the machine nor Juju: what the machine said counts."""
    server = Server(Site(), locked=True, refuse=lambda _command, _sql: (status, "Permission denied (publickey)."))

    with pytest.raises(AccessRefused, match="refuses the key"):
        wordpress.proof(kit(server))


def test_what_is_no_units_name() -> None:
    """Nothing of it reaches a shell."""
    assert wordpress.by_juju(kit(Server(Site())), "mysql/0; reboot") is None
    access: Any = Server(Site(), locked=True)
    with pytest.raises(AccessRefused):
        Mysql(access, MYSQL, "mysql/0; reboot").ask(TABLES)
