"""What requests do to models: deploying, relating, configuring, actions, removing."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.juju.errors import ApiError
from tests.juju_api.within import Within, within


async def deployed(case: Within, *charms: str) -> None:
    """Deploy charms, and wait until they are active."""
    for each in charms:
        case.world.deploy(each)
    await case.world.settled(*(f"{each}/0" for each in charms))


def test_a_charm_is_deployed_as_clients_ask() -> None:
    """Options, constraints and placement as the wire has them."""

    async def work(case: Within) -> Any:
        url = case.world.charm("grafana", series="focal").url
        one = {
            "application": "graf",
            "charm-url": url,
            "charm-origin": {
                "source": "local",
                "risk": "stable",
                "base": {"name": "ubuntu", "channel": "20.04/stable"},
            },
            "channel": "stable",
            "num-units": 1,
            "config-yaml": "graf:\n  port: '3001'\n  trust: 'true'\n",
            "constraints": {"mem": 4096, "tags": ["big", "fast"], "arch": None},
            "placement": [{"scope": "model-uuid", "directive": "server4"}],
        }
        answer = await case.call("Application", "Deploy", {"applications": [one, one, {"charm-url": "local:no-0"}]})
        await case.world.settled("graf/0")
        return answer, case.world.model.applications["graf"], case.world.machine("graf/0")

    answer, application, machine = within(work)
    fine, again, unknown = answer["results"]

    assert fine == {}
    assert (again["error"]["code"], unknown["error"]["code"]) == ("already exists", "not found")
    assert (application.series, application.channel, application.config) == ("focal", "", {"port": 3001})
    assert application.constraints == {"mem": "4096M", "tags": "big,fast"}
    assert machine.hostname == "server4"


@pytest.mark.parametrize(
    ("placement", "machine"),
    [
        ({"scope": "#", "directive": "0"}, "0"),
        ({"scope": "lxd", "directive": "0"}, "0/lxd/0"),
        ({"scope": "server5", "directive": None}, "1"),
    ],
)
def test_a_unit_goes_where_it_is_placed(placement: dict[str, Any], machine: str) -> None:
    """On a machine, in a container on one, on a host by name as python-libjuju sends it."""

    async def work(case: Within) -> str:
        await deployed(case, "ubuntu")
        url = case.world.charm("ubuntu", series="jammy").url
        one = {"application": "more", "charm-url": url, "placement": [placement]}
        assert await case.call("Application", "Deploy", {"applications": [one]}) == {"results": [{}]}
        await case.world.settled("more/0")
        return case.world.unit("more/0").machine

    assert within(work) == machine


def test_juju_3_deploys_from_the_store_by_name() -> None:
    """With the base that the charm wants, and the channel shown."""

    async def work(case: Within) -> Any:
        arguments = {"Args": [{"CharmName": "grafana"}, {"CharmName": "toaster"}]}
        answer = await case.call("Application", "DeployFromRepository", arguments)
        await case.world.settled("grafana/0")
        return answer, case.world.model.applications["grafana"]

    answer, application = within(work)
    fine, unknown = answer["results"]

    assert (fine["Errors"], fine["Info"]["revision"], fine["Info"]["base"]["channel"]) == ([], 69, "20.04/stable")
    assert (unknown["Errors"][0]["code"], "toaster" in unknown["Errors"][0]["message"]) == ("not found", True)
    assert (application.charm, application.channel) == ("ch:amd64/focal/grafana-69", "latest/stable")


def test_a_base_that_the_charm_does_not_support_is_refused() -> None:
    """Grafana's charm supports Ubuntu 20.04 only."""

    async def work(case: Within) -> Any:
        base = {"name": "ubuntu", "channel": "22.04/stable"}
        arguments = {"Args": [{"CharmName": "grafana", "base": base, "DryRun": True}]}
        return (await case.call("Application", "DeployFromRepository", arguments))["results"][0]["Errors"]

    assert [each["message"] for each in within(work)] == [
        'base "ubuntu@22.04" is not supported by charm, supported bases are: ubuntu@20.04'
    ]


def test_juju_2_9_resolves_adds_and_deploys() -> None:
    """Three requests, with series."""

    async def work(case: Within) -> Any:
        asked = {"resolve": [{"reference": "ch:prometheus2", "charm-origin": {"source": "charm-hub"}}]}
        found = (await case.call("Charms", "ResolveCharms", asked))["results"][0]
        origin = found["charm-origin"]
        added = await case.call("Charms", "AddCharm", {"url": found["url"], "charm-origin": origin})
        one = {"application": "p", "charm-url": found["url"], "charm-origin": origin, "series": "jammy"}
        answer = await case.call("Application", "Deploy", {"applications": [one]})
        listed = await case.call("Charms", "List", {"names": ["prometheus2"]})
        return found, added, answer, listed, case.world.model.applications["p"]

    found, added, answer, listed, application = within(work, version="2.9.51")

    assert (found["url"], found["supported-series"]) == ("ch:amd64/jammy/prometheus2-60", ["jammy"])
    assert (added["charm-origin"]["revision"], answer) == (60, {"results": [{}]})
    assert listed == {"charm-urls": ["ch:amd64/jammy/prometheus2-60"]}
    assert (application.series, application.channel) == ("jammy", "latest/stable")


def test_endpoints_are_related_and_parted() -> None:
    """The answer tells which were meant; a second time it is refused; parted by name or by number."""

    async def work(case: Within) -> Any:
        await deployed(case, "grafana", "prometheus2")
        pair = {"endpoints": ["prometheus2:grafana-source", "grafana:grafana-source"]}
        made = await case.call("Application", "AddRelation", pair)
        with pytest.raises(ApiError) as twice:
            await case.call("Application", "AddRelation", pair)
        number = next(iter(case.world.model.relations))
        await case.call("Application", "DestroyRelation", {"relation-id": number})
        await case.world.until(lambda: not case.world.model.relations)
        with pytest.raises(ApiError) as gone:
            await case.call("Application", "DestroyRelation", pair)
        return made, twice.value, gone.value

    made, twice, gone = within(work)

    assert {name: each["role"] for name, each in made["endpoints"].items()} == {
        "grafana": "requirer",
        "prometheus2": "provider",
    }
    assert (twice.code, "relation already exists" in twice.message) == ("already exists", True)
    assert gone.code == "not found"


def test_options_are_set_shown_and_unset() -> None:
    """With where each value comes from."""

    async def work(case: Within) -> Any:
        await deployed(case, "grafana")
        arguments = {"Args": [{"application": "grafana", "config": {"port": "3001"}}, {"application": "nothing"}]}
        answer = await case.call("Application", "SetConfigs", arguments)
        after = await case.call("Application", "Get", {"application": "grafana"})
        await case.call(
            "Application", "UnsetApplicationsConfig", {"Args": [{"application": "grafana", "options": ["port"]}]}
        )
        return answer, after, await case.call("Application", "Get", {"application": "grafana"})

    answer, after, last = within(work)

    assert [each.get("error", {}).get("code", "") for each in answer["results"]] == ["", "not found"]
    assert (after["config"]["port"]["value"], after["config"]["port"]["source"]) == (3001, "user")
    assert (last["config"]["port"]["value"], last["config"]["port"]["source"]) == (3000, "default")
    assert (after["charm"], after["base"]["channel"]) == ("grafana", "20.04/stable")


def test_an_application_is_exposed_and_hidden() -> None:
    """The status says so."""

    async def work(case: Within) -> list[bool]:
        await deployed(case, "ubuntu")
        found: list[bool] = []
        for request in ("Expose", "Unexpose"):
            await case.call("Application", request, {"application": "ubuntu"})
            status = await case.call("Client", "FullStatus")
            found.append(status["applications"]["ubuntu"]["exposed"])
        return found

    assert within(work) == [True, False]


def test_actions_are_queued_run_and_told_of() -> None:
    """One operation with a task for each unit; one that cannot be carries its own error."""

    async def work(case: Within) -> Any:
        await deployed(case, "grafana")
        wanted = [
            {"receiver": receiver, "name": "get-admin-password"}
            for receiver in ("unit-grafana-0", "grafana/leader", "unit-grafana-7")
        ]
        queued = await case.call("Action", "EnqueueOperation", {"actions": wanted})
        tags = [{"tag": each["action"]["tag"]} for each in queued["actions"] if "action" in each]
        watched = await case.call("Action", "WatchActionsProgress", {"entities": tags})
        await case.world.until(lambda: all(each.completed for each in case.world.model.actions.values()))
        results = await case.call("Action", "Actions", {"entities": tags})
        operation = await case.call("Action", "Operations", {"entities": [{"tag": queued["operation"]}]})
        await case.call("StringsWatcher", "Stop", id=watched["results"][0]["watcher-id"])
        return queued, results, operation["results"][0]

    queued, results, operation = within(work)

    assert queued["operation"] == "operation-1"
    assert [each["action"]["tag"] for each in queued["actions"][:2]] == ["action-2", "action-3"]
    assert queued["actions"][2]["error"] == {"message": '"unit-grafana-7" not found', "code": "not found"}
    assert [each["status"] for each in results["results"]] == ["completed", "completed"]
    assert results["results"][0]["output"]["password"]
    assert (operation["status"], len(operation["actions"])) == ("completed", 2)


def test_juju_2_9_queues_actions_by_themselves() -> None:
    """The older request, with the same tasks."""

    async def work(case: Within) -> Any:
        await deployed(case, "grafana")
        wanted = {"actions": [{"receiver": "unit-grafana-0", "name": "get-admin-password"}]}
        # The newest version that a controller of 2.9 serves has no such request any more
        return await case.model.session.answer("Action", 2, "Enqueue", wanted)

    assert within(work, version="2.9.51")["results"][0]["status"] == "pending"


def test_a_failed_hook_is_resolved() -> None:
    """Of the units named, or of all that are in error."""

    async def work(case: Within) -> Any:
        await deployed(case, "ubuntu")
        tags = {"entities": [{"tag": "unit-ubuntu-0"}]}
        answer = await case.call("Application", "ResolveUnitErrors", {"tags": tags, "retry": True})
        return answer, await case.call("Application", "ResolveUnitErrors", {"all": True, "retry": True})

    named, every = within(work)

    assert "not in an error state" in named["results"][0]["error"]["message"]
    assert every == {"results": []}


def test_applications_and_machines_are_removed() -> None:
    """MAAS gets its machines back."""

    async def work(case: Within) -> Any:
        await deployed(case, "ubuntu", "grafana")
        held = await case.call("MachineManager", "DestroyMachineWithParams", {"machine-tags": ["machine-1"]})
        forced = {"machine-tags": ["machine-1"], "force": True}
        await case.call("MachineManager", "DestroyMachineWithParams", forced)
        applications = [{"application-tag": "application-ubuntu"}, {"application-tag": "application-none"}]
        answer = await case.call("Application", "DestroyApplication", {"applications": applications})
        await case.world.until(lambda: not case.world.model.machines)
        return held, answer, sorted(case.world.cloud.stopped)

    held, answer, stopped = within(work)

    assert "error" in held["results"][0]
    assert answer["results"][0]["info"]["destroyed-units"] == [{"tag": "unit-ubuntu-0"}]
    assert answer["results"][1]["error"]["code"] == "not found"
    assert stopped == ["server2", "server3"]


def test_units_come_and_go() -> None:
    """On machines of their own."""

    async def work(case: Within) -> Any:
        await deployed(case, "ubuntu")
        added = await case.call("Application", "AddUnits", {"application": "ubuntu", "num-units": 2})
        await case.world.settled("ubuntu/1", "ubuntu/2")
        units = {"units": [{"unit-tag": "unit-ubuntu-1"}, {"unit-tag": "unit-ubuntu-7"}]}
        answer = await case.call("Application", "DestroyUnit", units)
        await case.world.until(lambda: len(case.world.model.machines) == 2)
        return added, answer["results"], sorted(case.world.model.units)

    added, (fine, unknown), left = within(work)

    assert added == {"units": ["ubuntu/1", "ubuntu/2"]}
    assert ("info" in fine, unknown["error"]["code"]) == (True, "not found")
    assert left == ["ubuntu/0", "ubuntu/2"]


def test_machines_are_reached_at_their_addresses() -> None:
    """By unit and by machine; keys of hosts are not told."""

    async def work(case: Within) -> list[Any]:
        await deployed(case, "ubuntu")
        entities = {"entities": [{"tag": "unit-ubuntu-0"}, {"tag": "machine-0"}, {"tag": "ubuntu"}]}
        requests = ("PublicAddress", "PrivateAddress", "AllAddresses", "PublicKeys")
        found = [(await case.call("SSHClient", each, entities))["results"] for each in requests]
        return [*found, await case.call("SSHClient", "Proxy")]

    public, private, every, keys, proxy = within(work)

    assert public[:2] == private[:2] == [{"address": "172.16.0.22"}, {"address": "172.16.0.22"}]
    assert (every[0], keys[0], proxy) == ({"addresses": ["172.16.0.22"]}, {"public-keys": []}, {"use-proxy": False})
    assert public[2]["error"]["code"] == "bad request"


def test_a_charm_is_described() -> None:
    """Endpoints with their roles, options, actions and bases."""

    async def work(case: Within) -> Any:
        await deployed(case, "grafana")
        return await case.call("Charms", "CharmInfo", {"url": "local:focal/grafana-0"})

    found = within(work)

    assert found["meta"]["requires"]["grafana-source"]["role"] == "requirer"
    assert found["meta"]["provides"]["website"]["interface"] == "http"
    assert "get-admin-password" in found["actions"]["specs"]
    assert found["manifest"]["bases"][0]["channel"] == "20.04/stable"
    assert found["config"]["port"]["default"] == 3000


def test_settings_of_a_model_change() -> None:
    """But not what it is."""

    async def work(case: Within) -> Any:
        await case.call("ModelConfig", "ModelSet", {"config": {"logging-config": "<root>=DEBUG", "name": "openstack"}})
        with pytest.raises(ApiError) as refused:
            await case.call("ModelConfig", "ModelSet", {"config": {"uuid": "another"}})
        set_ = (await case.call("ModelConfig", "ModelGet"))["config"]
        await case.call("ModelConfig", "ModelUnset", {"keys": ["logging-config"]})
        return set_, refused.value.message, (await case.call("ModelConfig", "ModelGet"))["config"]

    config, refused, last = within(work)

    assert config["logging-config"] == {"value": "<root>=DEBUG", "source": "model"}
    assert refused == 'cannot change "uuid" of a model'
    assert last["logging-config"] == {"value": "<root>=INFO", "source": "default"}


def test_resources_and_annotations_are_none() -> None:
    """Charms' resources have no contents here."""

    async def work(case: Within) -> list[Any]:
        await deployed(case, "ubuntu")
        entities = {"entities": [{"tag": "application-ubuntu"}]}
        pending = await case.call("Resources", "AddPendingResources", {"tag": "application-ubuntu", "resources": []})
        listed = await case.call("Resources", "ListResources", entities)
        return [pending, listed, await case.call("Annotations", "Get", entities)]

    pending, listed, annotations = within(work)

    assert pending == {"pending-ids": []}
    assert listed["results"][0]["resources"] == []
    assert annotations["results"] == [{"entity": "application-ubuntu", "annotations": {}}]


def test_force_deploys_on_a_base_that_the_charm_does_not_name() -> None:
    """Both ways; without it Juju refuses."""

    async def work(case: Within) -> Any:
        base = {"name": "ubuntu", "channel": "22.04/stable"}
        stored = {"CharmName": "grafana", "ApplicationName": "one", "base": base}
        url = case.world.charm("grafana", series="focal").url
        local = {"application": "two", "charm-url": url, "charm-origin": {"source": "local", "base": base}}
        first = await case.call("Application", "DeployFromRepository", {"Args": [stored, {**stored, "force": True}]})
        second = await case.call("Application", "Deploy", {"applications": [local, {**local, "Force": True}]})
        refused = [bool(each["Errors"]) for each in first["results"]] + ["error" in each for each in second["results"]]
        return refused, {each.name: each.series for each in case.world.model.applications.values()}

    assert within(work) == ([True, False, True, False], {"one": "jammy", "two": "jammy"})
