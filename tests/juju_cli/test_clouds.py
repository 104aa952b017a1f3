"""Clouds and credentials: from files, by asking, and what students do wrong."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.juju.worlds import played
from tests.juju_cli.mains import CLOUDS, CREDENTIALS, DATA, ENDPOINT, main

AS_PRINTED = """\
credentials:
  maas-one:
  anyuser:
    auth-type: oauth1
    maas-oauth: a:b:c
"""
"""The handout's file, its indentation lost."""


@played
async def test_a_cloud_from_a_file() -> None:
    """Both ways to name the file do the same, and the cloud is listed with what it is."""
    async with main("3.6") as new, main("2.9") as old:
        new.write("maas-cloud.yaml", CLOUDS)
        old.write("maas-juju.yaml", CLOUDS.replace("maas-one", "maas"))
        added = await new.done("add-cloud --client -f maas-cloud.yaml maas-one")
        also = await old.done("add-cloud maas maas-juju.yaml")
        table = await new.done("clouds --client")
        listed = json.loads((await new.done("clouds --client --format=json")).out)
        again = await new.types("add-cloud", "--client", "-f", "maas-cloud.yaml", "maas-one")

    assert added.err.startswith('Cloud "maas-one" successfully added to your local client.\n')
    assert "No current controller was detected" in also.err
    assert yaml.safe_load(new.files[f"{DATA}/clouds.yaml"]) == {
        "clouds": {"maas-one": {"type": "maas", "auth-types": ["oauth1"], "endpoint": ENDPOINT}}
    }
    assert "maas" in yaml.safe_load(old.files[f"{DATA}/clouds.yaml"])["clouds"]
    assert table.out.splitlines()[-1] == (
        "maas-one   1        default    maas  0            local     Metal As A Service        "
    )
    assert (listed["maas-one"]["type"], listed["maas-one"]["endpoint"]) == ("maas", ENDPOINT)
    assert again.err == 'ERROR "maas-one" already exists; use `update-cloud` to replace this existing cloud\n'


@played
async def test_a_cloud_by_asking() -> None:
    """Juju asks for type, name and endpoint, and asks again when no MAAS is there."""
    async with main("2.9") as here:
        answers = ["nonsense", "maas", "maas", "192.168.0.3", "http://192.168.0.3:5240/MAAS/", ENDPOINT]
        ended = await here.done("add-cloud --client", answers=answers)

    assert here.asked == [
        "Select cloud type: ",
        "Select cloud type: ",
        "Enter a name for your maas cloud: ",
        "Enter the API endpoint url: ",
        "Enter the API endpoint url: ",
        "Enter the API endpoint url: ",
    ]
    assert 'Invalid cloud type: "nonsense"' in ended.err
    assert "Can't validate endpoint: Get" in ended.err
    assert yaml.safe_load(here.files[f"{DATA}/clouds.yaml"])["clouds"]["maas"]["endpoint"] == ENDPOINT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "open c.yaml: no such file or directory"),
        ("clouds:\n  other:\n    type: maas\n", 'cloud "maas-one" not found in file "c.yaml"'),
        ("- a\n", 'cloud "maas-one" not found in file "c.yaml"'),
        ("clouds:\n  maas-one:\n", "clouds.maas-one: expected map, got nothing"),
        ("clouds:\n  maas-one:\n    type: mass\n", 'cloud type "mass" not supported'),
        ("clouds: [\n", "yaml: line 2: "),
    ],
)
@played
async def test_cloud_files_that_are_none(text: str | None, message: str) -> None:
    """What is wrong with the file is said, and nothing is added."""
    async with main() as here:
        if text is not None:
            here.write("c.yaml", text)
        ended = await here.types("add-cloud", "--client", "-f", "c.yaml", "maas-one")

    assert ended.status == 1
    assert ended.err.startswith(f"ERROR {message}")
    assert f"{DATA}/clouds.yaml" not in here.files


@played
async def test_a_credential_from_a_file() -> None:
    """It is kept as Juju keeps it, readable for its owner only."""
    async with main() as here:
        here.write("maas-cloud.yaml", CLOUDS)
        here.write("maas-creds.yaml", CREDENTIALS)
        await here.done("add-cloud --client -f maas-cloud.yaml maas-one")
        added = await here.done("add-credential --client -f maas-creds.yaml maas-one")
        listed = await here.done("credentials --format yaml")
        again = await here.types("add-credential", "--client", "-f", "maas-creds.yaml", "maas-one")
        unknown = await here.types("add-credential", "--client", "-f", "maas-creds.yaml", "maas")

    assert added.err == 'Credential "anyuser" added locally for cloud "maas-one".\n\n'
    assert here.files[f"{DATA}/credentials.yaml"].decode() == CREDENTIALS
    assert here.modes[f"{DATA}/credentials.yaml"] == 0o600
    assert "a:b:c" not in listed.out
    assert "already exists locally" in again.err
    assert unknown.err == "ERROR cloud maas not found\n"


@played
async def test_a_credential_by_asking() -> None:
    """Edition A: name, region and key are asked for, the key without an echo."""
    async with main("2.9") as here:
        here.write("maas-juju.yaml", CLOUDS.replace("maas-one", "maas"))
        await here.done("add-cloud maas maas-juju.yaml")
        here.asked.clear()
        ended = await here.done("add-credential maas", answers=["anyuser", "", "a:b:c"])
        no_more = await here.types("add-credential", "maas")

    assert here.asked[:3] == [
        "Enter credential name: ",
        "Select region [any region, credential is not region specific]: ",
        "Enter maas-oauth: ",
    ]
    assert 'Using auth-type "oauth1".' in ended.err
    assert yaml.safe_load(here.files[f"{DATA}/credentials.yaml"]) == {
        "credentials": {"maas": {"anyuser": {"auth-type": "oauth1", "maas-oauth": "a:b:c"}}}
    }
    assert (no_more.status, no_more.err.splitlines()[-1]) == (1, "ERROR EOF")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (AS_PRINTED, "parsing credentials file: credentials.maas-one: expected map, got nothing"),
        (
            AS_PRINTED.replace("  maas-one:\n", ""),
            'parsing credentials file: credentials.anyuser.auth-type: expected map, got string("oauth1")',
        ),
        (
            CREDENTIALS.replace("      ", "    "),
            "parsing credentials file: credentials.maas-one.anyuser: expected map, got nothing",
        ),
        ("clouds: {}\n", "no credentials for cloud maas-one exist in file k.yaml"),
        (CREDENTIALS.replace("maas-one", "maas"), "no credentials for cloud maas-one exist in file k.yaml"),
        (
            CREDENTIALS.replace("oauth1", "oauth2"),
            (
                'credential "anyuser" contains invalid auth type "oauth2", '
                'valid auth types for cloud "maas-one" are [oauth1]'
            ),
        ),
        (None, "reading credentials file: open k.yaml: no such file or directory"),
    ],
)
@played
async def test_credential_files_that_are_none(text: str | None, message: str) -> None:
    """The handout's indentation, and other things that students do."""
    async with main() as here:
        here.write("c.yaml", CLOUDS)
        if text is not None:
            here.write("k.yaml", text)
        await here.done("add-cloud --client -f c.yaml maas-one")
        ended = await here.types("add-credential", "--client", "-f", "k.yaml", "maas-one")

    assert (ended.status, ended.err) == (1, f"ERROR {message}\n")
    assert f"{DATA}/credentials.yaml" not in here.files


@played
async def test_with_a_controller_there_is_a_choice() -> None:
    """Without `--client` Juju asks where a cloud is to be added."""
    async with main(until="bootstrapped") as here:
        here.write("c.yaml", CLOUDS.replace("maas-one", "maas-two"))
        quits = await here.types("add-cloud", "maas-two", "c.yaml", answers=["q"])
        there = await here.types("add-cloud", "maas-two", "c.yaml", answers=["2"])
        done = await here.types("add-cloud", "maas-two", "c.yaml", answers=["1"])
        listed = await here.done("clouds")

    assert [quits.status, there.status, done.status] == [1, 1, 0]
    assert "not simulated" in there.err
    assert "Clouds available on the controller:" in listed.out
    assert "maas-two" in listed.out


@played
async def test_clouds_and_credentials_go_again() -> None:
    """What was added can be removed; the controller goes on without it."""
    async with main(until="bootstrapped") as here:
        shown = await here.done("show-cloud maas-one")
        await here.done("remove-credential --client maas-one anyuser")
        unknown = await here.types("remove-credential", "--client", "maas-one", "anyuser")
        await here.done("remove-cloud --client maas-one")
        again = await here.done("remove-cloud --client maas-one")
        listed = json.loads((await here.done("clouds --client --format=json")).out)
        await here.done("status")
        absent = await here.types("show-cloud", "--client", "nowhere")

    assert yaml.safe_load(shown.out)["endpoint"] == ENDPOINT
    assert again.err == 'No cloud called "maas-one" exists on this client\n'
    assert list(listed) == ["localhost"]
    assert unknown.err == 'ERROR No credential called "anyuser" exists for cloud "maas-one" on this client\n'
    assert absent.err == "ERROR cloud nowhere not found\n"
