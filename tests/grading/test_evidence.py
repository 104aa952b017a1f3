"""Evidence: bounded, without secrets, told apart by check."""

from __future__ import annotations

from harness.evidence import BODY_LIMIT, PIECES_LIMIT, EvidenceLog


def test_take_starts_anew() -> None:
    """What was taken is not given twice."""
    log = EvidenceLog()
    first = log.record("command", "main", "true, status 0", "out")
    taken = log.take()
    second = log.record("http", "server4", "GET /")

    assert ((first,), (second,)) == (taken, log.take())


def test_secrets_stay_out() -> None:
    """A secret is hidden in summary and body, the longest first."""
    log = EvidenceLog()
    log.hide("secret")
    log.hide("secret-and-more")
    piece = log.record("http", "maas", "GET /?key=secret-and-more", "a secret")

    assert (piece.summary, piece.body) == ("GET /?key=[hidden]", "a [hidden]")


def test_short_secrets_would_garble() -> None:
    """A word as short as `cloud` is not replaced everywhere."""
    log = EvidenceLog()
    log.hide("cloud")

    assert log.record("command", "main", "user cloud").summary == "user cloud"


def test_bodies_are_bounded() -> None:
    """The rest of a long body is counted."""
    piece = EvidenceLog().record("http", "server4", "GET /", "x" * (BODY_LIMIT + 5))

    assert piece.body == "x" * BODY_LIMIT + "\n[5 more characters not kept]"


def test_a_secret_across_the_limit_is_hidden() -> None:
    """Secrets are looked for before the text is cut."""
    log = EvidenceLog()
    log.hide("secret-and-more")
    body = log.record("http", "maas", "GET /", "x" * (BODY_LIMIT - 3) + "secret-and-more").body

    assert "sec" not in body


def test_pieces_are_bounded() -> None:
    """A check that asks for ever does not fill the memory."""
    log = EvidenceLog()
    for _ in range(PIECES_LIMIT + 5):
        log.record("http", "server4", "GET /")

    assert len(log.take()) == PIECES_LIMIT


def test_keep_adds_once() -> None:
    """An answer that several checks share is evidence of each, once."""
    log = EvidenceLog()
    piece = log.record("api", "maas", "machines")
    log.take()
    log.keep(piece)
    log.keep(piece)

    assert (piece,) == log.take()
