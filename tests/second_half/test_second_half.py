"""What a group types in the second half: the handout's lines in their order, for both editions, and what follows."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import KitError
from simulators import second_half
from simulators.acts import AsksGrafana, Breaks, Deploys, Powers, Runs, Settles, Types, Writes
from simulators.plan import Juju, Plan
from simulators.second_half import (
    AreReady,
    Ask,
    Deploy,
    MarkBroken,
    Pause,
    PowerOff,
    Reply,
    Run,
    Site,
    Step,
    Type,
    Write,
)

SITE = Site("http://172.16.0.3:5240/MAAS/", "a:b:c")
REFERENCE = Plan(stage="checkpoint-4")
EDITION_A = replace(
    REFERENCE, juju=Juju(channel="2.9", cloud="maas", controller="main", model="default", controller_host="server1")
)


class Kit:
    """A kit on which everything works at the second look."""

    def __init__(self, **refused: int) -> None:
        self.done: list[Step] = []
        self.refused = refused
        """Exit statuses by the first word after `juju`, for what is to fail."""
        self.looks = 0
        self.sources: list[dict[str, Any]] = []
        self.releasing = 1
        """For how many looks machines are not Ready yet."""

    def drive(self, steps: Generator[Step, Reply, None]) -> list[Step]:
        """Do everything, and return what was done."""
        reply: Reply | None = None
        try:
            while True:
                step = next(steps) if reply is None else steps.send(reply)
                self.done.append(step)
                reply = self.answer(step)
        except StopIteration:
            return self.done

    def answer(self, step: Step) -> Reply:
        """Return how a step went."""
        match step:
            case Type(command):
                return self.typed(command)
            case Ask(method, url, _, user, _):
                if url.endswith("/api/datasources") and method == "GET":
                    self.sources, before = [{"name": "prometheus2 - Juju generated source", "uid": "u1"}], self.sources
                    return Reply(200, json.dumps(before))
                assert user == ("" if method == "GET" else "admin")
                return Reply(200, '{"metric": 1, "database": "ok"}')
            case AreReady():
                self.releasing -= 1
                return Reply(1 if self.releasing >= 0 else 0)
            case _:
                return Reply(0)

    def typed(self, command: str) -> Reply:
        """Return what a command prints."""
        words = command.split()
        if words[0] == "juju" and words[1] in self.refused:
            return Reply(self.refused[words[1]], "", "ERROR it does not want to")
        if "get-admin-password" in command:
            return Reply(0, json.dumps({"grafana/0": {"results": {"password": "secret"}}}))
        if words[:2] == ["juju", "status"]:
            self.looks += 1
            return Reply(0, json.dumps(status("active" if self.looks > 1 else "waiting")))
        return Reply(0)


def status(current: str) -> dict[str, Any]:
    """Return what `juju status --format=json` says, as far as it is read."""

    def unit(address: str, machine: str) -> dict[str, Any]:
        workload, agent = {"current": current}, {"current": "idle"}
        return {"workload-status": workload, "juju-status": agent, "public-address": address, "machine": machine}

    return {
        "machines": {"0": {"display-name": "server2"}, "1": {"display-name": "server3"}},
        "applications": {
            "prometheus2": {"units": {"prometheus2/0": unit("172.16.0.12", "0")}},
            "grafana": {"units": {"grafana/0": unit("172.16.0.13", "1")}},
        },
    }


def commands(steps: list[Step]) -> list[str]:
    """Return what was typed, without looking."""
    typed = [step.command for step in steps if isinstance(step, Type)]
    return [command for command in typed if not command.startswith("juju status")]


def test_edition_b() -> None:
    """The lines of the handout with Juju 3.6, in order."""
    done = Kit().drive(second_half.build(REFERENCE, SITE))

    assert (
        commands(done)[:12]
        == [
            "sudo snap install juju --channel 3.6",
            "juju add-cloud --client -f maas-cloud.yaml maas-one",
            "juju add-credential --client -f maas-creds.yaml maas-one",
            "juju bootstrap --bootstrap-series=jammy --constraints tags=juju maas-one maas-controller",
            "juju add-model --config default-series=jammy openstack",
            "juju download prometheus2",
            "juju download grafana",
            "juju deploy ./prometheus2_r*.charm --base ubuntu@22.04 prometheus2",
            "juju deploy ./grafana_r*.charm --base ubuntu@20.04 grafana",
            "juju integrate prometheus2:grafana-source grafana:grafana-source",
            "juju run -m maas-controller:openstack grafana/0 get-admin-password --format=json",
        ][:12]
    )


def test_edition_a() -> None:
    """The lines of the handout with Juju 2.9: other words, and the model is there already."""
    done = Kit().drive(second_half.build(EDITION_A, SITE))

    assert commands(done) == [
        "sudo snap install juju --classic --channel=2.9/stable",
        "sudo snap install charm --classic",
        "juju add-cloud --client maas maas-cloud.yaml",
        "juju add-credential --client -f maas-creds.yaml maas",
        "juju bootstrap --bootstrap-series=jammy --to server1 maas main",
        "juju switch main:default",
        "charm pull prometheus2",
        "charm pull grafana",
        "juju deploy ./prometheus2 --series jammy prometheus2",
        "juju deploy ./grafana --series focal grafana",
        "juju add-relation prometheus2:grafana-source grafana:grafana-source",
        "juju run-action --wait -m main:default grafana/0 get-admin-password --format=json",
    ]


def test_only_the_controller() -> None:
    """At juju-controller nothing is deployed; from there the rest is done without the beginning."""
    first = Kit().drive(second_half.build(replace(REFERENCE, stage="juju-controller"), SITE))
    rest = Kit().drive(second_half.build(REFERENCE, SITE, since="juju-controller"))

    assert commands(first)[-1] == "juju add-model --config default-series=jammy openstack"
    assert commands(rest)[0] == "juju download prometheus2"


CLEAN = Plan(stage="cleanup")
DESTROY = "juju destroy-controller --no-prompt --destroy-all-models maas-controller"


def test_cleaned_up() -> None:
    """Everything was there; then the controller is destroyed, and machines are waited for that are not on their way."""
    done = Kit().drive(second_half.build(replace(CLEAN, also_deployed=("server5",)), SITE))
    wait = AreReady(("server1", "server2", "server3", "server4"))

    assert commands(done)[0] == "sudo snap install juju --channel 3.6"
    assert "juju integrate prometheus2:grafana-source grafana:grafana-source" in commands(done)
    assert done[-4:] == [Type(DESTROY), wait, Pause(), wait]


def test_cleaned_up_with_juju_2_9() -> None:
    """It is told otherwise not to ask."""
    done = Kit().drive(second_half.build(replace(EDITION_A, stage="cleanup"), SITE))

    assert commands(done)[-1] == "juju destroy-controller -y --destroy-all-models main"


def test_cleaned_up_from_what_is_stored() -> None:
    """A kit at checkpoint 4 is only cleaned up; where that was done nothing is."""
    assert commands(Kit().drive(second_half.build(CLEAN, SITE, since="checkpoint-4"))) == [DESTROY]
    assert Kit().drive(second_half.build(CLEAN, SITE, since="cleanup")) == []


def test_not_cleaned_up() -> None:
    """Nobody thought of it, or there was nothing of Juju's yet."""
    left = Kit().drive(second_half.build(replace(CLEAN, clean_up="left"), SITE))

    assert commands(left) == commands(Kit().drive(second_half.build(REFERENCE, SITE)))
    assert Kit().drive(second_half.build(replace(CLEAN, clean_up="never-begun"), SITE)) == []


def test_machines_that_do_not_come_back() -> None:
    """MAAS has to show them Ready at last."""
    kit = Kit()
    kit.releasing = second_half.LOOKS

    with pytest.raises(KitError, match=r"does not show all of server1, .*, server5 Ready"):
        kit.drive(second_half.build(CLEAN, SITE))


def test_machines_by_hand() -> None:
    """A machine is deployed, and marked broken, by its name."""
    acts = (Deploys("server5"), Breaks("server5"))

    assert Kit().drive(second_half.changes(replace(CLEAN, then=acts))) == [Deploy("server5"), MarkBroken("server5")]


def test_files() -> None:
    """The cloud's file and the credential's, the key in one that only its owner reads."""
    files = {step.path: step for step in Kit().drive(second_half.build(REFERENCE, SITE)) if isinstance(step, Write)}

    assert "endpoint: http://172.16.0.3:5240/MAAS/" in files["maas-cloud.yaml"].text
    assert "maas-oauth: a:b:c" in files["maas-creds.yaml"].text
    assert files["maas-creds.yaml"].mode == 0o600


def test_waits_until_it_has_settled() -> None:
    """It looks again after a pause while units are not what they shall become."""
    done = Kit().drive(second_half.build(REFERENCE, SITE))
    first = next(n for n, step in enumerate(done) if isinstance(step, Type) and step.command.startswith("juju status"))

    assert isinstance(done[first + 1], Pause)
    assert isinstance(done[first + 2], Type)


def test_changes() -> None:
    """Acts are carried out with the kit's addresses and names in them."""
    acts = (
        Types("nc -z @prometheus@ 9090"),
        Runs("prometheus", "systemctl stop prometheus"),
        Powers("grafana"),
        Writes("/usr/local/bin/juju", "@status@", 0o755, root=True),
        AsksGrafana("PUT", "/api/datasources/uid/@source@", {"url": "http://@grafana@:1"}),
        Settles({"grafana": "active"}),
    )
    done = Kit().drive(second_half.changes(replace(REFERENCE, then=acts)))

    assert Type("nc -z 172.16.0.12 9090") in done
    assert Run("172.16.0.12", "systemctl stop prometheus") in done
    assert PowerOff("server3") in done
    assert Write("/usr/local/bin/juju", json.dumps(status("active")), 0o755, root=True) in done
    assert (
        Ask("PUT", "http://172.16.0.13:3000/api/datasources/uid/u1", {"url": "http://172.16.0.13:1"}, "admin", "secret")
        in done
    )


def test_a_step_that_fails() -> None:
    """It says which command, its status and its words."""
    with pytest.raises(KitError, match=r"`juju bootstrap .*` on main ended with status 1: ERROR it does not want to"):
        Kit(bootstrap=1).drive(second_half.build(REFERENCE, SITE))


def test_what_may_fail() -> None:
    """An act may say that it does not matter how it ends."""
    acts = (Types("juju bootstrap", may_fail=True),)

    assert Kit(bootstrap=1).drive(second_half.changes(replace(REFERENCE, then=acts))) == [Type("juju bootstrap")]


def test_never_settles() -> None:
    """After many looks it gives up, and says what it wanted and saw."""
    with pytest.raises(KitError, match=r"does not settle: wanted .*blocked.*seen"):
        Kit().drive(second_half.changes(replace(REFERENCE, then=(Settles({"grafana": "blocked"}),))))
