"""Sentences about NGINX and how it shares requests."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_bdd import then, when

from harness.judging.proxy import (
    judge_backends,
    judge_messages_differ,
    judge_proxy_answers,
    judge_round_robin,
    judge_seen_by_django,
    judge_survives,
)
from harness.judging.web import Answer
from harness.kit import Kit
from harness.observing import disruption, proxy
from harness.observing.disruption import StoppedDjango


@when("I open the group's path on each Django host directly", target_fixture="direct")
def open_directly(kit: Kit) -> dict[str, Answer]:
    """Ask each Django server for the path that is graded."""
    return proxy.direct(kit)


@then("the messages differ")
def messages_differ(kit: Kit, direct: dict[str, Answer]) -> None:
    """Fail unless each Django server can be told by its answer."""
    kit.require(judge_messages_differ(direct, kit.description.django.path))


@when("I open the group's path through the proxy", target_fixture="proxied")
def open_through_proxy(kit: Kit) -> list[Answer]:
    """Ask the proxy once."""
    return [proxy.through_proxy(kit)]


@then("NGINX on the proxy passes it on, and an answer comes back")
def nginx_answers(kit: Kit, proxied: list[Answer]) -> None:
    """Fail unless NGINX passes the request on and brings an answer back."""
    settings, answer = kit.description.django, proxied[0]
    answering = proxy.answering_without(kit, answer)
    kit.require(judge_proxy_answers(answer, proxy.config(kit), settings.path, settings.port, answering))


@when("I open the group's path through the proxy many times", target_fixture="proxied")
def open_many_times(kit: Kit) -> list[Answer]:
    """Ask the proxy often enough for shares to mean something."""
    return kit.once("many through the proxy", lambda: proxy.many_through_proxy(kit))


@then("each answer is one that a Django host gives directly, in fair shares and any order")
def shares_are_fair(kit: Kit, proxied: list[Answer]) -> None:
    """Fail unless both are seen in fair shares; order is not judged, for NGINX' workers each go round by themselves."""
    kit.require(judge_round_robin(proxy.direct(kit), proxied))


@then("the configuration of NGINX on the proxy names exactly the Django hosts")
def names_django_hosts(kit: Kit) -> None:
    """Fail unless NGINX passes requests to the Django hosts, on their port, and nowhere else."""
    aliases = {host: proxy.aliases(kit, host) for host in kit.django}
    kit.require(judge_backends(proxy.config(kit), aliases, kit.description.django.port))


@then("both Django hosts saw connections from the proxy's address")
def django_saw_proxy(kit: Kit, proxied: list[Answer]) -> None:
    """Fail unless the requests really reached both Django servers by way of the proxy."""
    name = kit.role("proxy")
    kit.require(judge_seen_by_django(proxy.peers(kit), name, kit.addresses(name)))


@when("Django on the first Django host is stopped", target_fixture="stopped")
def stop_first_django(kit: Kit) -> Iterator[StoppedDjango]:
    """Stop it; whatever happens next, it is started again."""
    stopped = disruption.stop_django(kit, kit.django_host(0))
    try:
        yield stopped
    finally:
        stopped.start_again()


@then("the proxy still answers the group's path")
def proxy_still_answers(kit: Kit, stopped: StoppedDjango) -> None:
    """Fail unless the other server answers through the proxy, several times."""
    kit.require(judge_survives(stopped.host, [proxy.through_proxy(kit) for _ in range(4)]))


@then("Django on the first Django host runs again as before")
def runs_again(kit: Kit, stopped: StoppedDjango) -> None:
    """Start it again as it was started, and wait until it answers."""
    stopped.start_again()
    disruption.wait_until_answers(kit, stopped.host, timeout=30)
    disruption.wait_until_shared(kit)
