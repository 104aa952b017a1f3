"""`juju status`: the tables byte for byte, and what programs read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.juju.cli import status_data, status_text
from simulators.juju.cli.formats import natural, table
from tests.juju.worlds import played
from tests.juju_cli.mains import controller_of, main

SINCE = "2025-05-01T18:00:00.123456789Z"


def told(status: str, info: str = "", **more: Any) -> dict[str, Any]:
    """Return a status as the API tells it."""
    return {"status": status, "info": info, "data": {}, "since": SINCE, "kind": "", "version": "", "life": "", **more}


def machine(number: str, host: str, address: str, version: str) -> dict[str, Any]:
    """Return a machine as the API tells it."""
    return {
        "id": number,
        "agent-status": told("started", version="3.6.4"),
        "instance-status": told("running", "Deployed"),
        "modification-status": told("idle"),
        "hostname": host,
        "dns-name": address,
        "ip-addresses": [address],
        "instance-id": f"id{number}",
        "display-name": host,
        "base": {"name": "ubuntu", "channel": f"{version}/stable"},
        "containers": {},
        "hardware": "arch=amd64 cores=4 mem=16384M availability-zone=default",
        "jobs": ["JobHostUnits"],
    }


def application(name: str, revision: int, unit: dict[str, Any], version: str) -> dict[str, Any]:
    """Return an application with one unit as the API tells it."""
    return {
        "charm": f"local:focal/{name}-{revision}",
        "base": {"name": "ubuntu", "channel": f"{version}/stable"},
        "exposed": False,
        "life": "",
        "relations": {"grafana-source": ["prometheus2" if name == "grafana" else "grafana"]},
        "subordinate-to": [],
        "units": unit,
        "status": told("active", "Ready"),
        "workload-version": "",
    }


def unit(number: str, address: str, ports: list[str]) -> dict[str, Any]:
    """Return a unit as the API tells it."""
    return {
        "agent-status": told("idle"),
        "workload-status": told("active", "Ready"),
        "machine": number,
        "opened-ports": ports,
        "public-address": address,
        "subordinates": None,
        "leader": True,
    }


def captured() -> dict[str, Any]:
    """Return the answer of which a group's report shows the table (edition B)."""
    return {
        "model": {
            "name": "openstack",
            "type": "iaas",
            "cloud-tag": "cloud-maas-one",
            "region": "default",
            "version": "3.6.4",
            "available-version": "",
            "model-status": told("available"),
            "sla": "unsupported",
        },
        "machines": {
            "0": machine("0", "server2", "172.16.0.23", "22.04"),
            "2": machine("2", "server4", "172.16.0.25", "20.04"),
        },
        "applications": {
            "grafana": application("grafana", 1, {"grafana/1": unit("2", "172.16.0.25", ["3000/tcp"])}, "20.04"),
            "prometheus2": application(
                "prometheus2", 0, {"prometheus2/0": unit("0", "172.16.0.23", ["9090/tcp", "12321/tcp"])}, "22.04"
            ),
        },
        "relations": [
            {
                "id": 3,
                "key": "grafana:grafana-source prometheus2:grafana-source",
                "interface": "grafana-source",
                "scope": "global",
                "endpoints": [
                    {"application": "grafana", "name": "grafana-source", "role": "requirer", "subordinate": False},
                    {"application": "prometheus2", "name": "grafana-source", "role": "provider", "subordinate": False},
                ],
                "status": told("joined"),
            }
        ],
        "controller-timestamp": "2025-05-01T18:24:16.5Z",
    }


REPORT = """\
Model      Controller       Cloud/Region      Version  SLA          Timestamp
openstack  maas-controller  maas-one/default  3.6.4    unsupported  18:24:16Z

App          Version  Status  Scale  Charm        Channel  Rev  Exposed  Message
grafana               active      1  grafana                 1  no       Ready
prometheus2           active      1  prometheus2             0  no       Ready

Unit            Workload  Agent  Machine  Public address  Ports           Message
grafana/1*      active    idle   2        172.16.0.25     3000/tcp        Ready
prometheus2/0*  active    idle   0        172.16.0.23     9090,12321/tcp  Ready

Machine  State    Address      Inst id  Base          AZ       Message
0        started  172.16.0.23  server2  ubuntu@22.04  default  Deployed
2        started  172.16.0.25  server4  ubuntu@20.04  default  Deployed
"""
"""From a group's report."""


def tables(full: dict[str, Any], *, old: bool = False, relations: bool = False) -> str:
    """Return the tables of an answer."""
    shown = status_data.formatted(full, controller="maas-controller", old=old)
    return status_text.tabular(shown, status_data.relation_rows(full) if relations else [], old=old)


def test_the_table_of_a_report() -> None:
    """Juju 3.6: the table is that of the report, byte for byte."""
    assert tables(captured()) == REPORT


def test_the_table_of_2_9() -> None:
    """Juju 2.9 has series, and every port for itself."""
    full = captured()
    for each in (*full["machines"].values(), *full["applications"].values()):
        each["series"] = {"20.04/stable": "focal", "22.04/stable": "jammy"}[each.pop("base")["channel"]]

    lines = tables(full, old=True).splitlines()

    assert lines[9] == "prometheus2/0*  active    idle   0        172.16.0.23     9090/tcp,12321/tcp  Ready"
    assert lines[11:] == [
        "Machine  State    Address      Inst id  Series  AZ       Message",
        "0        started  172.16.0.23  server2  jammy   default  Deployed",
        "2        started  172.16.0.25  server4  focal   default  Deployed",
    ]


@pytest.mark.parametrize(("old", "word"), [(False, "Integration provider      "), (True, "Relation provider         ")])
def test_relations_are_shown_when_asked_for(old: bool, word: str) -> None:
    """The last section has the relations, its rows end in blanks as Juju's do."""
    section = tables(captured(), old=old, relations=True).rpartition("\n\n")[2]

    assert section == (
        f"{word}  Requirer                Interface       Type     Message\n"
        "prometheus2:grafana-source  grafana:grafana-source  grafana-source  regular  \n"
    )


def test_what_agents_do() -> None:
    """An agent that runs a hook or an action says which, and does not count as missing."""
    full = captured()
    units = full["applications"]["grafana"]["units"]
    units["grafana/1"]["agent-status"] = told("executing", "running install hook")
    units["grafana/2"] = {**unit("", "", []), "leader": False}
    units["grafana/2"]["agent-status"] = told("allocating", "allocating machine")
    units["grafana/2"]["workload-status"] = told("waiting")
    units["grafana/10"] = {**unit("2", "172.16.0.25", []), "agent-status": told("executing", "running action x-y")}

    lines = tables(full).splitlines()

    assert lines[4].split()[2] == "2/3"
    assert [line.rstrip() for line in lines[8:11]] == [
        "grafana/1*      active    executing   2        172.16.0.25     3000/tcp        (install) Ready",
        "grafana/2       waiting   allocating                                           allocating machine",
        "grafana/10*     active    executing   2        172.16.0.25                     (x-y) Ready",
    ]


def test_errors_name_the_other_endpoint() -> None:
    """A relation hook that failed tells with whom."""
    full = captured()
    full["applications"]["grafana"]["units"]["grafana/1"]["workload-status"] = told(
        "error", 'hook failed: "grafana-source-relation-changed"', data={"relation-id": 3}
    )

    shown = status_data.formatted(full, controller="c", old=False)

    assert shown["applications"]["grafana"]["units"]["grafana/1"]["workload-status"]["message"] == (
        'hook failed: "grafana-source-relation-changed" for prometheus2:grafana-source'
    )


def test_long_texts_are_cut() -> None:
    """Messages have 120 characters at most, versions 15; a machine's modification error wins."""
    full = captured()
    full["applications"]["grafana"]["workload-version"] = "9.5.3-with-a-long-tail"
    full["applications"]["grafana"]["status"] = told("error", "x" * 130)
    full["machines"]["0"]["modification-status"] = told("error", "cannot apply profile")

    text = tables(full)

    assert "9.5.3-with-a..." in text
    assert "  " + "x" * 117 + "...\n" in text
    assert "0        error    172.16.0.23  server2  ubuntu@22.04  default  cannot apply profile\n" in text


@pytest.mark.parametrize(
    ("ports", "shown"),
    [
        ([], ""),
        (["3000/tcp"], "3000/tcp"),
        (["53/udp", "443/tcp", "80/tcp", "8000-8009/tcp", "8010/tcp"], "80,443,8000-8010/tcp 53/udp"),
        (["icmp"], "icmp"),
    ],
)
def test_ports_are_grouped(ports: list[str], shown: str) -> None:
    """Juju 3.6 says a protocol once, after its ports."""
    assert status_text.grouped(ports) == shown


def test_what_programs_read() -> None:
    """JSON has what jubilant and the harness ask for, with the names of each edition."""
    new = status_data.formatted(captured(), controller="maas-controller", old=False)
    old = status_data.formatted(captured(), controller="maas-controller", old=True)

    grafana = new["applications"]["grafana"]
    assert list(new) == ["model", "machines", "applications", "storage", "controller"]
    assert (grafana["charm"], grafana["charm-origin"], grafana["charm-name"], grafana["charm-rev"]) == (
        "local:focal/grafana-1",
        "local",
        "grafana",
        1,
    )
    assert grafana["base"] == {"name": "ubuntu", "channel": "20.04"}
    assert grafana["relations"] == {
        "grafana-source": [{"related-application": "prometheus2", "interface": "grafana-source", "scope": "global"}]
    }
    assert grafana["units"]["grafana/1"]["workload-status"]["since"] == "01 May 2025 18:00:00Z"
    assert old["applications"]["grafana"]["relations"] == {"grafana-source": ["prometheus2"]}
    assert (old["applications"]["grafana"]["series"], old["machines"]["0"]["series"]) == ("focal", "jammy")
    assert "base" not in old["machines"]["0"]


def test_charms_of_the_store() -> None:
    """A charm of the store goes by its name, with its channel."""
    full = captured()
    full["applications"]["grafana"] |= {"charm": "ch:amd64/focal/grafana-69", "charm-channel": "latest/stable"}

    grafana = status_data.formatted(full, controller="c", old=False)["applications"]["grafana"]

    assert (grafana["charm"], grafana["charm-origin"], grafana["charm-rev"], grafana["charm-channel"]) == (
        "grafana",
        "charmhub",
        69,
        "latest/stable",
    )


def test_tables_line_up_block_by_block() -> None:
    """A column is as wide as its longest cell in consecutive rows that have it, as Go's tabwriter does."""
    assert table([["a", "b"], ["long", "c"], [""], ["d", "e"]]) == "a     b\nlong  c\n\nd  e\n"
    assert table([["x", "1", ""], ["y", "10", ""]], right=frozenset({1})) == "x   1  \ny  10  \n"
    assert sorted(["u/10", "u/2", "a/1"], key=natural) == ["a/1", "u/2", "u/10"]


@played
async def test_status_of_a_controller() -> None:
    """The command shows what the controller says: an empty model is said to be, on standard error."""
    async with main(until="deployed") as here:
        await here.done("add-model empty --no-switch")
        empty = await here.done("status -m empty")
        shown = json.loads((await here.done("status --format=json")).out)
        one_line = (await here.done("status --format oneline")).out
        coloured = (await here.done("status --color")).out
        utc = json.loads((await here.done("status --utc --format json")).out)
        filtered = json.loads((await here.done("status grafana --format json")).out)
        away = await here.types("status", "-m", "nowhere")
        watched = await here.types("status", "--watch", "1s")
        form = await here.types("status", "--format", "xml")

    assert empty.err == '\nModel "admin/empty" is empty.\n'
    assert [each["application-status"]["current"] for each in shown["applications"].values()] == ["active", "active"]
    assert one_line.splitlines()[1] == "- grafana/0: 172.16.0.22 (agent:idle, workload:active) 3000/tcp"
    assert "\033[32mactive\033[0m" in coloured
    assert utc["controller"]["timestamp"].count(":") == 2
    assert not utc["controller"]["timestamp"].endswith("Z")
    assert list(filtered["applications"]) == ["grafana"]
    assert (away.status, away.err) == (1, "ERROR model maas-controller:admin/nowhere not found\n")
    assert watched.err == "ERROR juju status --watch: not simulated\n"
    assert form.status == 2


@played
async def test_models_are_named_in_every_way() -> None:
    """`-m` takes a controller, an owner and a model; JUJU_MODEL does as well."""
    async with main(until="bootstrapped") as here:
        here.env = {**here.env}
        named = [
            await here.done(f"status -m {name} --format json")
            for name in ("openstack", "admin/openstack", "maas-controller:openstack", "maas-controller:admin/openstack")
        ]
        here.env = {**here.env, "JUJU_MODEL": "maas-controller:controller"}
        of_environment = await here.done("status --format json")
        here.env = {key: each for key, each in here.env.items() if key != "JUJU_MODEL"}
        elsewhere = await here.types("status", "-m", "other:openstack")
        controller_of(here)

    assert {json.loads(each.out)["model"]["name"] for each in named} == {"openstack"}
    assert json.loads(of_environment.out)["model"]["name"] == "controller"
    assert elsewhere.err == "ERROR controller other not found\n"


@played
async def test_nobody_answers() -> None:
    """Where no controller answers, Juju says so."""
    async with main(until="bootstrapped") as here:
        here.reachable = False
        ended = await here.types("status")

    assert (ended.status, ended.out) == (1, "")
    assert ended.err == ("ERROR unable to connect to API: dial tcp 172.16.0.21:17070: connect: connection refused\n")
