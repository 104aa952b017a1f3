"""Judging NGINX and its shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging.proxy import (
    Backend,
    ProxyConfig,
    judge_backends,
    judge_messages_differ,
    judge_proxy_answers,
    judge_round_robin,
    judge_seen_by_django,
    judge_survives,
)
from harness.judging.web import Answer

ONE = Answer(200, "one", "WSGIServer")
TWO = Answer(200, "two", "WSGIServer")
DIRECT = {"server2": ONE, "server3": TWO}
PROXIED = Answer(200, "one", "nginx/1.22.1")
CONFIG = ProxyConfig(
    "server4",
    installed=True,
    valid=True,
    message="",
    listeners=("nginx",),
    passes=True,
    backends=(Backend("172.16.0.11", 8080, "172.16.0.11:8080"), Backend("172.16.0.12", 8080, "172.16.0.12:8080")),
)
DJANGO = {"server2": {"server2", "172.16.0.11"}, "server3": {"server3", "172.16.0.12"}}


def test_messages_differ() -> None:
    """Two texts can be told apart; two equal ones, or none, cannot."""
    assert judge_messages_differ(DIRECT, "/tasks/").holds
    assert "server2 and server3 say the same" in judge_messages_differ({"server2": ONE, "server3": ONE}, "/").rationale
    assert "server3 answers 404" in judge_messages_differ({"server2": ONE, "server3": Answer(404)}, "/").rationale
    assert "server3 answers nothing" in judge_messages_differ({"server2": ONE, "server3": Answer(None)}, "/").rationale


@pytest.mark.parametrize("ones", [60, 50, 70, 48, 72])
def test_fair_shares(ones: int) -> None:
    """NGINX' workers each go round by themselves: shares differ a little on a correct proxy."""
    assert judge_round_robin(DIRECT, [ONE] * ones + [TWO] * (120 - ones)).holds


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([ONE] * 120, "server3 never answers"),
        ([ONE] * 80 + [TWO] * 40, "not shared evenly: server2: 80, server3: 40"),
        ([ONE] * 60 + [TWO] * 59 + [Answer(502, "", "nginx")], "1 of 120 answers"),
        ([ONE] * 60 + [Answer(200, "three")] * 60, "60 of 120 answers"),
        ([ONE] * 60 + [Answer(500, "two")] * 60, "60 of 120 answers"),
    ],
)
def test_unfair_shares(answers: list[Answer], words: str) -> None:
    """One server for ever, weights, failures and strangers are told apart."""
    found = judge_round_robin(DIRECT, answers)

    assert not found.holds
    assert words in found.rationale


def test_proxy_answers() -> None:
    """NGINX that brings a Django server's answer is what is asked for."""
    assert judge_proxy_answers(PROXIED, CONFIG, "/tasks/", 8080).holds


def test_upstream_without_port_is_named() -> None:
    """A server line without a port means port 80, where no Django listens."""
    config = replace(CONFIG, backends=(Backend("172.16.0.11", 80, "172.16.0.11"),))

    found = judge_proxy_answers(Answer(502, "", "nginx"), config, "/tasks/", 8080)

    assert "names 172.16.0.11 without a port" in found.rationale
    assert "server 172.16.0.11:8080;" in found.help


@pytest.mark.parametrize(
    ("answering", "words"),
    [
        ({"172.16.0.11", "172.16.0.12"}, "it has not read that since it was changed, or cannot reach them"),
        ({"172.16.0.11"}, "none of 172.16.0.11:8080 and 172.16.0.12:8080 answers it"),
        (set[str](), "none of 172.16.0.11:8080 and 172.16.0.12:8080 answers it"),
    ],
)
def test_configuration_that_is_right_and_not_in_force(answering: set[str], words: str) -> None:
    """Who mends the upstream and forgets the restart is not sent to look at Django, which answers."""
    found = judge_proxy_answers(Answer(502, "", "nginx"), CONFIG, "/tasks/", 8080, answering)

    assert not found.holds
    assert words in found.rationale
    assert ("service nginx restart" in found.help) == ("not read" in found.rationale)


@pytest.mark.parametrize(
    ("answer", "config", "words"),
    [
        (replace(PROXIED, body="<h1>Welcome to nginx!</h1>"), CONFIG, "NGINX' package brings along"),
        (PROXIED, replace(CONFIG, passes=False, backends=()), "passes no request on"),
        (ONE, CONFIG, "is not NGINX but 'WSGIServer'"),
        (Answer(502, "", "nginx"), CONFIG, "none of 172.16.0.11:8080 and 172.16.0.12:8080 answers"),
        (Answer(404, "", "nginx"), CONFIG, "answers 404"),
        (Answer(None), CONFIG, "is not running."),
        (Answer(None), replace(CONFIG, installed=False), "not installed"),
        (Answer(None), replace(CONFIG, valid=False, message='unknown directive "upstrem"'), 'directive "upstrem"'),
    ],
)
def test_proxy_that_does_not_answer(answer: Answer, config: ProxyConfig, words: str) -> None:
    """Each way of not balancing has its own sentence."""
    found = judge_proxy_answers(answer, config, "/tasks/", 8080)

    assert not found.holds
    assert words in found.rationale
    assert found.help


def test_backends_by_address_or_name() -> None:
    """Addresses and host names may both be written, in any order and letter case."""
    named = replace(CONFIG, backends=(Backend("Server3", 8080, "Server3:8080"), CONFIG.backends[0]))

    assert judge_backends(CONFIG, DJANGO, 8080).holds
    assert judge_backends(named, DJANGO, 8080).holds


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (replace(CONFIG, backends=CONFIG.backends[:1]), "does not use server3"),
        (replace(CONFIG, backends=(*CONFIG.backends, Backend("10.0.0.9", 80, "10.0.0.9"))), "no Django server"),
        (replace(CONFIG, backends=(replace(CONFIG.backends[0], port=80), CONFIG.backends[1])), "on port 80"),
        (replace(CONFIG, backends=(CONFIG.backends[0], replace(CONFIG.backends[1], flags=("backup",)))), "server3"),
        (replace(CONFIG, backends=(CONFIG.backends[0], replace(CONFIG.backends[1], flags=("down",)))), "server3"),
        (replace(CONFIG, listeners=("python3",)), "is python3, not NGINX"),
        (replace(CONFIG, passes=False), "passes no request on"),
        (replace(CONFIG, valid=False, message="broken"), "configuration is broken"),
    ],
)
def test_other_backends(config: ProxyConfig, words: str) -> None:
    """Missing, foreign and unused servers are named."""
    found = judge_backends(config, DJANGO, 8080)

    assert not found.holds
    assert words in found.rationale


def test_a_redeployed_server_is_found_at_its_new_address() -> None:
    """The old address is in the upstream; the server that nothing names is said to be where it is."""
    moved = {**DJANGO, "server3": {"server3", "server3.maas", "172.16.0.14"}}
    found = judge_backends(CONFIG, moved, 8080)

    assert found.rationale == (
        "NGINX passes requests to 172.16.0.12:8080, which is no Django server of this kit: "
        "server3 is at 172.16.0.14 now."
    )


def test_seen_by_django() -> None:
    """Answers that never reached Django are not balance."""
    seen = {"server2": {"172.16.0.13", "172.16.0.3"}, "server3": {"172.16.0.13"}}

    assert judge_seen_by_django(seen, "server4", ["172.16.0.13"]).holds
    assert (
        "server3 saw no connection"
        in judge_seen_by_django({**seen, "server3": {"172.16.0.3"}}, "server4", ["172.16.0.13"]).rationale
    )


def test_survives() -> None:
    """Every request must still be answered."""
    assert judge_survives("server2", [PROXIED] * 4).holds
    assert "does not answer" in judge_survives("server2", [PROXIED, Answer(502)]).rationale
