"""The controller: its models, its cloud and credentials, and its end; and the list of what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.juju.api import covered
from simulators.juju.api.table import REFUSED, SERVED
from simulators.juju.api.versions import served
from simulators.juju.errors import ApiError
from tests.juju_api.within import Within, within


def test_a_model_is_made_listed_and_destroyed() -> None:
    """As the command `juju` asks for it."""

    async def work(case: Within) -> Any:
        wanted = {
            "name": "second",
            "owner-tag": "user-admin",
            "cloud-tag": "cloud-maas-one",
            "region": "default",
            "credential": "cloudcred-maas-one_admin_anyuser",
            "config": {"authorized-keys": "ssh-ed25519 AAAA someone"},
        }
        made = await case.ask("ModelManager", "CreateModel", wanted)
        tag = f"model-{made['uuid']}"
        before = await case.ask("ModelManager", "ListModelSummaries", {"user-tag": "user-admin"})
        info = await case.ask("ModelManager", "ModelInfo", {"entities": [{"tag": tag}, {"tag": "model-none"}]})
        model = case.world.named("second")
        answer = await case.ask("ModelManager", "DestroyModels", {"models": [{"model-tag": tag}]})
        await case.world.until(lambda: model.uuid not in case.world.controller.models, model=model)
        after = await case.ask("ModelManager", "ListModels", {"tag": "user-admin"})
        return made, before, info["results"], answer, after

    made, before, (info, unknown), answer, after = within(work)

    assert (made["name"], made["cloud-credential-tag"]) == ("second", "cloudcred-maas-one_admin_anyuser")
    assert [each["result"]["name"] for each in before["results"]] == ["controller", "openstack", "second"]
    assert (info["result"]["agent-version"], unknown["error"]["code"]) == ("3.6.8", "model not found")
    assert answer == {"results": [{}]}
    assert [each["model"]["name"] for each in after["user-models"]] == ["controller", "openstack"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"name": "openstack"}, "already exists"),
        ({"name": "x", "cloud-tag": "cloud-aws"}, 'cloud "aws" not found, expected one of ["maas-one"]'),
        ({"name": "x", "credential": "cloudcred-maas-one_admin_other"}, 'credential "other" not found'),
        ({"name": "x", "credential": "anyuser"}, "not a valid cloudcred tag"),
        ({"name": "x", "region": "mars"}, 'cloud region "mars" not found'),
        ({"name": "x", "owner-tag": "user-bob"}, 'user "bob" not found'),
    ],
)
def test_a_model_that_cannot_be_is_refused(wanted: dict[str, Any], message: str) -> None:
    """With what was expected."""

    async def work(case: Within) -> None:
        await case.ask("ModelManager", "CreateModel", wanted)

    with pytest.raises(ApiError) as refused:
        within(work)

    assert message in refused.value.message


def test_a_model_in_short_counts_what_it_has() -> None:
    """Machines, cores and units."""

    async def work(case: Within) -> Any:
        case.world.deploy("ubuntu", series="jammy")
        await case.world.settled("ubuntu/0")
        summaries = (await case.ask("ModelManager", "ListModelSummaries"))["results"]
        tag = f"model-{case.world.model.uuid}"
        status = await case.ask("Controller", "ModelStatus", {"entities": [{"tag": tag}]})
        return summaries[0]["result"], summaries[1]["result"], status["results"][0]

    never, summary, status = within(work)

    assert never["last-connection"] is None
    assert summary["last-connection"].endswith("Z")
    assert summary["counts"] == [
        {"entity": "machines", "count": 1},
        {"entity": "cores", "count": 4},
        {"entity": "units", "count": 1},
    ]
    assert (status["hosted-machine-count"], status["application-count"], status["unit-count"]) == (1, 1, 1)
    assert status["machines"][0]["instance-id"] == "id2"


def test_credentials_are_kept_and_shown() -> None:
    """The key only to those who ask for secrets; a new one is used for new models."""

    async def work(case: Within) -> Any:
        tag = "cloudcred-maas-one_admin_lab%5fuser"
        credential = {"auth-type": "oauth1", "attrs": {"maas-oauth": "x:y:z"}}
        sent: dict[str, Any] = {"credentials": [{"tag": tag, "credential": credential}, {"tag": tag, "credential": {}}]}
        answer = await case.ask("Cloud", "UpdateCredentialsCheckModels", sent)
        clouds = {"user-clouds": [{"user-tag": "user-admin", "cloud-tag": "cloud-maas-one"}]}
        known = await case.ask("Cloud", "UserCredentials", clouds)
        plain = await case.ask("Cloud", "CredentialContents")
        secret = await case.ask("Cloud", "CredentialContents", {"include-secrets": True})
        made = await case.ask("ModelManager", "CreateModel", {"name": "second", "credential": tag})
        return answer["results"], known["results"][0]["result"], plain["results"], secret["results"], made

    (fine, missing), known, plain, secret, made = within(work)

    assert (fine["models"], "maas-oauth" in missing["error"]["message"]) == ([], True)
    assert known == ["cloudcred-maas-one_admin_anyuser", "cloudcred-maas-one_admin_lab%5fuser"]
    assert "a:b:c" not in str(plain)
    assert secret[1]["result"]["content"]["attrs"] == {"maas-oauth": "x:y:z"}
    assert made["cloud-credential-tag"] == "cloudcred-maas-one_admin_lab%5fuser"


def test_the_controller_tells_of_itself() -> None:
    """Cloud, addresses, version, access."""

    async def work(case: Within) -> Any:
        tag = {"entities": [{"tag": f"model-{case.world.model.uuid}"}]}
        return (
            await case.ask("Cloud", "Clouds"),
            await case.ask("Cloud", "DefaultCloud"),
            await case.ask("Controller", "ControllerAPIInfoForModels", tag),
            await case.ask("Controller", "ControllerVersion"),
            await case.ask("Controller", "GetControllerAccess", {"entities": [{"tag": "user-admin"}]}),
            await case.ask("Controller", "HostedModelConfigs"),
        )

    clouds, default, where, version, access, hosted = within(work)

    assert clouds["clouds"]["cloud-maas-one"]["endpoint"] == "http://172.16.0.3:5240/MAAS/"
    assert default == {"result": "cloud-maas-one"}
    assert where["results"][0]["addresses"] == ["172.16.0.21:17070"]
    assert (version["version"], access["results"][0]["result"]["access"]) == ("3.6.8", "superuser")
    assert [each["name"] for each in hosted["models"]] == ["openstack"]
    assert hosted["models"][0]["cloud-spec"]["credential"]["attrs"] == {"maas-oauth": "a:b:c"}


def test_a_controller_with_models_is_not_destroyed_alone() -> None:
    """With them it is: in the end there is only its own model."""

    async def work(case: Within) -> Any:
        with pytest.raises(ApiError) as refused:
            await case.ask("Controller", "DestroyController", {"destroy-models": False})
        model = case.world.model
        await case.ask("Controller", "DestroyController", {"destroy-models": True})
        await case.world.until(lambda: model.uuid not in case.world.controller.models, model=model)
        return refused.value.code, [each.name for each in case.world.controller.models.values()]

    assert within(work) == ("has hosted models", ["controller"])


def test_what_is_not_simulated_is_refused() -> None:
    """Nothing is made up for who watches all models at once."""

    async def work(case: Within) -> None:
        await case.ask("Controller", "WatchAllModels")

    with pytest.raises(ApiError, match="not simulated"):
        within(work)


@pytest.mark.parametrize("version", ["3.6.8", "2.9.51"])
def test_every_request_belongs_to_a_facade_that_is_served(version: str) -> None:
    """In some version that this Juju serves, or it is one of the other Juju's."""
    facades = served(version, model=True) | served(version, model=False)
    other = served("2.9.51" if version.startswith("3") else "3.6.8", model=True)
    never = {
        (each.facade, each.request)
        for each in (*SERVED, *REFUSED)
        if each.facade not in facades
        or (
            (each.until < facades[each.facade][0] or each.since > facades[each.facade][1])
            and not (each.since <= other[each.facade][1] and other[each.facade][0] <= each.until)
        )
    }

    assert never == set()


def test_the_list_of_what_is_covered_is_sorted_and_whole() -> None:
    """Documentation is made of it."""
    found = covered()

    assert list(found) == ["Admin", *sorted(set(found) - {"Admin"})]
    assert all(requests == sorted(set(requests)) for requests in found.values())
    assert {"FullStatus", "WatchAll", "ModelInfo", "GetModelConstraints"} == set(found["Client"])


def test_nobody_changes_a_model_by_changing_an_answer() -> None:
    """Within a process an answer is a document of its own, as over the network."""

    async def work(case: Within) -> Any:
        config = (await case.call("ModelConfig", "ModelGet"))["config"]
        config["resource-tags"]["value"]["owner"] = "me"
        await case.call("ModelConfig", "ModelSet", {"config": {"resource-tags": (mine := {"owner": "lab"})}})
        mine["owner"] = "me"
        config = (await case.call("ModelConfig", "ModelGet"))["config"]
        config["resource-tags"]["value"]["owner"] = "nobody"
        return (await case.call("ModelConfig", "ModelGet"))["config"]["resource-tags"]["value"]

    assert within(work) == {"owner": "lab"}
