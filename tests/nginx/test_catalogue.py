"""Every NGINX configuration of the catalogue of mistakes loads, or is refused, and behaves as its story says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from harness.nginx import backends_for, split_dump
from simulators.entry import Entry
from simulators.mistakes import CATALOGUE, entry
from simulators.nginx import ConfigurationError
from simulators.plan import Plan
from tests.nginx.stand import FIRST, PROXY, SECOND, Kit, Told

DATABASE = "172.16.0.11"
PATH = "/tasks/grupo/"
BOTH = {"first", "second"}


def says(text: str, told: Told) -> Any:
    """Return Django with a message."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        told.served += 1
        await send({"type": "http.response.start", "status": 200, "headers": [(b"server", b"WSGIServer/0.2")]})
        await send({"type": "http.response.body", "body": text.encode()})

    return app


class Planned:
    """The proxy of a plan, with two Django servers behind it."""

    def __init__(self, plan: Plan) -> None:
        addresses = {host: f"172.16.0.{99 + at}" for at, host in enumerate(plan.hosts)}
        addresses |= {plan.database: DATABASE, plan.by_hand: FIRST, plan.by_ansible: SECOND, plan.proxy: PROXY}
        self.files = {f"/etc/nginx/{name}": text for name, text in plan.nginx_files(addresses).items()}
        self.told = {"first": Told("first"), "second": Told("second")}
        self.messages = {plan.first.message: "first", plan.second.message: "second"}
        apps: dict[tuple[str, int], Any] = {
            (FIRST, plan.first.port): says(plan.first.message, self.told["first"]),
            (SECOND, plan.second.port): says(plan.second.message, self.told["second"]),
        }
        for (address, _), django in zip(list(apps), (plan.first, plan.second), strict=True):
            if not django.running:
                del apps[address, django.port]
        # The stand's own upstream servers must not answer for Django that does not run.
        for address in (FIRST, SECOND):
            apps.setdefault((address, 8080), ConnectionRefusedError(111, "Connection refused"))
        self.kit = Kit(more=self.files, workers=plan.nginx.workers or 2, apps=apps)

    def ask(self, requests: int = 24) -> dict[str, int]:
        """Return how often each message, or other text, was answered."""
        counts: dict[str, int] = {}
        for _ in range(requests):
            answer = self.kit.get(PATH)
            who = self.messages.get(answer.body, f"{answer.status}")
            counts[who] = counts.get(who, 0) + 1
        return counts


def shared(planned: Planned) -> None:
    """Both answer, in fair shares, and both were asked."""
    counts = planned.ask(120)
    assert set(counts) == BOTH
    assert min(counts.values()) >= 48
    assert all(told.served for told in planned.told.values())


def only_first(planned: Planned) -> None:
    """The first answers everything."""
    assert planned.ask() == {"first": 24}
    assert planned.told["second"].served == 0


def bad_gateway(planned: Planned) -> None:
    """Nobody listens where the upstream leads."""
    assert planned.ask() == {"502": 24}
    assert {(FIRST, 80), (SECOND, 80)} == set(planned.kit.connections)


def welcome(planned: Planned) -> None:
    """The packaged site answers."""
    assert "Welcome to nginx!" in planned.kit.get("/").body
    assert planned.ask() == {"404": 24}
    assert planned.kit.connections == []


def three_to_one(planned: Planned) -> None:
    """The first gets three of four requests."""
    counts = planned.ask(120)
    assert set(counts) == BOTH
    assert abs(counts["first"] - 90) <= 4


def one_of_both(planned: Planned) -> None:
    """Whoever asks gets the same server each time."""
    assert len(planned.ask()) == 1


def cached(planned: Planned) -> None:
    """One server is asked once, and its answer is repeated."""
    assert planned.ask() == {"first": 24}
    assert (planned.told["first"].served, planned.told["second"].served) == (1, 0)


def canned(planned: Planned) -> None:
    """Both messages come in turn, and no Django server is asked."""
    assert set(planned.ask()) == BOTH
    assert {("127.0.0.1", 8081), ("127.0.0.1", 8082)} == set(planned.kit.connections)


def skipped(planned: Planned) -> None:
    """A server that refuses is left out without a word: the other answers everything."""
    assert planned.ask() == {"first": 24}


def foreign(planned: Planned) -> None:
    """The two Django servers answer everything; the third server was tried."""
    counts = planned.ask(120)
    assert set(counts) == BOTH
    assert (DATABASE, 8080) in planned.kit.connections


STORIES: dict[str, Callable[[Planned], None]] = {
    "upstream-without-port": bad_gateway,
    "nginx-not-restarted": bad_gateway,
    "stock-site-left": welcome,
    "one-backend": only_first,
    "one-backend-down": skipped,
    "backend-marked-down": only_first,
    "backend-only-backup": only_first,
    "unfair-weights": three_to_one,
    "sticky": one_of_both,
    "cached-answers": cached,
    "canned-answers": canned,
    "foreign-upstream": foreign,
    "wrong-port": skipped,
}
"""What is seen of NGINX in an entry's kit; in every other one it shares requests between both servers."""
NOT_ABOUT_NGINX = {"same-message", "http-hangs", "http-endless-body", "proxy-config-broken"}
PLAYABLE = [each for each in CATALOGUE if each.id not in NOT_ABOUT_NGINX]


@pytest.mark.parametrize("found", PLAYABLE, ids=lambda each: each.id)
def test_story(found: Entry) -> None:
    """An entry's NGINX does what its story says."""
    STORIES.get(found.id, shared)(Planned(found.change(Plan())))


@pytest.mark.parametrize("found", PLAYABLE, ids=lambda each: each.id)
def test_harness_reads_its_dump(found: Entry) -> None:
    """The harness sees in `nginx -T` whether requests are passed on, as NGINX does."""
    planned = Planned(found.change(Plan()))
    passes, _, _ = backends_for(split_dump(planned.kit.configuration.dump()), 80, PATH)

    assert (found.id != "stock-site-left") == passes


def test_broken_configuration() -> None:
    """The one that is broken is refused with the complaint that the catalogue expects."""
    broken = entry("proxy-config-broken")
    with pytest.raises(ConfigurationError) as caught:
        Planned(broken.change(Plan()))

    said = str(caught.value).splitlines()
    assert said[0] == 'nginx: [emerg] invalid parameter "server" in /etc/nginx/sites-enabled/default:3'
    assert re.search(broken.fails["proxy-answers"], f"its configuration is broken ({said[0].removeprefix('nginx: ')})")


def test_stories_are_entries() -> None:
    """Every story here is one of the catalogue's."""
    assert {each.id for each in CATALOGUE} >= {*STORIES, *NOT_ABOUT_NGINX}
