"""Looking at a proxy's shares: a correct proxy that leaves a server out for a moment gets a second look."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.judging.web import Answer
from harness.observing import proxy

ONE, TWO = Answer(200, "one", "nginx"), Answer(200, "two", "nginx")


class Rounds:
    """A kit whose proxy answers each round of requests in another way."""

    def __init__(self, *rounds: list[Answer]) -> None:
        self._rounds = list(rounds)
        self.django = ("server2", "server3")
        self.description: Any = SimpleNamespace(django=SimpleNamespace(port=8080, path="/"))

    def for_each(self, items: Iterable[Any], ask: Callable[[Any], Any]) -> dict[Any, Any]:
        """Answer directly for host names, and with the next round for anything else."""
        wanted = list(items)
        if wanted == list(self.django):
            return {"server2": ONE, "server3": TWO}
        answers = self._rounds.pop(0)
        return {item: answers[item % len(answers)] for item in wanted}


@pytest.mark.parametrize(
    ("rounds", "paused", "shares"),
    [
        ([[ONE, TWO]], [], [24, 24]),
        ([[ONE, ONE, TWO], [ONE, TWO]], [], [68, 52]),
        ([[ONE], [ONE], [ONE, TWO]], [proxy.PENALTY], [60, 60]),
        ([[ONE], [ONE], [ONE]], [proxy.PENALTY], [120, 0]),
    ],
)
def test_unfair_shares_get_a_second_look(rounds: list[list[Answer]], paused: list[float], shares: list[int]) -> None:
    """Clear shares need few requests; unfair ones a second look, after as long as NGINX leaves a server out."""
    pauses: list[float] = []
    kit: Any = Rounds(*rounds)

    answers = proxy.many_through_proxy(kit, pause=pauses.append)

    assert pauses == paused
    assert [answers.count(ONE), answers.count(TWO)] == shares


def test_shared_is_when_every_server_answers() -> None:
    """A few requests tell whether a server is used at all."""
    alone: Any = Rounds([ONE])
    both: Any = Rounds([ONE, TWO])

    assert not proxy.is_shared(alone)
    assert proxy.is_shared(both)


class Broken:
    """A kit whose NGINX refuses its configuration."""

    def __init__(self, said: str) -> None:
        self._said = said
        self.description: Any = SimpleNamespace(proxy=SimpleNamespace(port=80))

    def role(self, _name: str) -> str:
        """Return the proxy."""
        return "server4"

    def for_each(self, items: Iterable[str], ask: Callable[[str], Any]) -> dict[str, Any]:
        """Ask one after the other."""
        return {item: ask(item) for item in items}

    def run(self, _host: str, _command: str) -> Any:
        """Complain."""
        return SimpleNamespace(exit_status=1, text="", error_text=self._said)


@pytest.mark.parametrize(
    "said",
    [
        'nginx: [emerg] invalid parameter "server" in /etc/nginx/sites-enabled/default:3\nnginx: test failed\n',
        '2026/11/22 00:20:42 [emerg] 60#60: invalid parameter "server" in /etc/nginx/sites-enabled/default:3\n',
    ],
)
def test_what_nginx_complains_about(said: str) -> None:
    """Program, time and process say nothing to a student; both forms of NGINX 1.22 were met on real machines."""
    kit: Any = Broken(said)

    assert proxy.config(kit).message == '[emerg] invalid parameter "server" in /etc/nginx/sites-enabled/default:3'
