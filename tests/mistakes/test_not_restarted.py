"""NGINX that has not read its corrected configuration: what is on its disk, what it does, and what mends it."""

from __future__ import annotations

from dataclasses import replace

from harness.judging.proxy import judge_proxy_answers
from harness.observing import proxy
from simulators.fixtures import SimulatedKits
from simulators.plan import Plan

ADDRESSES = {host: f"172.16.0.{number}" for number, host in enumerate(Plan().hosts, start=7)}


def test_what_a_plan_says() -> None:
    """What is written later replaces nothing of what NGINX was started with; addresses are filled in both."""
    plain = Plan()
    plan = replace(plain, nginx=replace(plain.nginx, written_later={"sites-available/default": "# @first@"}))

    assert plan.nginx_files(ADDRESSES) == plain.nginx_files(ADDRESSES)
    assert plan.nginx_files(ADDRESSES, later=True) == {"sites-available/default": f"# {ADDRESSES[plan.by_hand]}"}
    assert plain.nginx_files(ADDRESSES, later=True) == {}
    assert plan.structure().nginx == plain.nginx


def test_nginx_answers_502_until_it_is_restarted(simulated_kit: SimulatedKits) -> None:
    """The file names both servers with their port, and nobody is told to add it: only NGINX does not know yet."""
    kit = simulated_kit(mistakes=["nginx-not-restarted"]).kit
    seen, answer = proxy.config(kit), proxy.through_proxy(kit)
    found = judge_proxy_answers(answer, seen, "/tasks/grupo/", 8080, proxy.answering_without(kit, answer))
    restarted = kit.run(kit.role("proxy"), "sudo service nginx restart").exit_status

    assert [(kit.addresses(host), 8080) for host in kit.django] == [((each.host,), each.port) for each in seen.backends]
    assert "it has not read that since it was changed" in found.rationale
    assert (answer.status, restarted, proxy.through_proxy(kit).status) == (502, 0, 200)
