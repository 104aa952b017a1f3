"""The kit's name server knows nobody, and says so in a way that resolvers understand."""

from __future__ import annotations

import pytest

from simulators.docker.names import no_such_name

QUESTION = b"\x0fpostgres-server\0\0\1\0\1"
QUERY = b"\xab\xcd\1\0\0\1\0\0\0\0\0\0" + QUESTION


def test_the_answer_is_that_there_is_no_such_name() -> None:
    """The same id and question, NXDOMAIN (3), recursion as desired and available, no records."""
    assert no_such_name(QUERY) == b"\xab\xcd\x81\x83\0\1\0\0\0\0\0\0" + QUESTION


def test_what_follows_the_question_is_not_repeated() -> None:
    """Engines add a record about themselves (EDNS)."""
    edns = b"\0\0\x29\x10\0\0\0\0\0\0\0"
    query = QUERY[:11] + b"\1" + QUESTION + edns

    assert no_such_name(query) == no_such_name(QUERY)


@pytest.mark.parametrize(
    "packet",
    [b"", QUERY[:11], QUERY[:-1], QUERY[:2] + b"\x81" + QUERY[3:], QUERY[:5] + b"\2" + QUERY[6:], b"\xff" * 40],
    ids=["empty", "no header", "cut", "an answer", "two questions", "noise"],
)
def test_anything_else_is_left_unanswered(packet: bytes) -> None:
    """No answer is sent to what is no question."""
    assert no_such_name(packet) is None
