"""A Docker kit at checkpoint 5: Debian's WordPress, its content in a real MariaDB on another machine."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import grading
from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import load
from harness.verdicts import Verdict
from simulators.charms.grafana import KEY_MARKS, KEY_RINGS
from simulators.docker import kits, removal
from simulators.docker.hands import Hands
from simulators.plan import WORDPRESS_STAGES, Plan

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
WITHIN_S = 60


@dataclass
class Group:
    """Somebody at the keyboard of a kit's main."""

    hands: Hands
    kit_yaml: Path
    status: Mapping[str, Any]
    """What Juju says of the model that was built."""

    def address(self, application: str) -> str:
        """Return where an application's only unit is."""
        (unit,) = self.status["applications"][application]["units"].values()
        return str(unit["public-address"])

    def until(self, condition: str) -> None:
        """Wait until a command on main succeeds."""
        loop = shlex.quote(f"until {condition}; do sleep 0.2; done")
        self.hands.type(f"timeout {WITHIN_S} sh -c {loop}", within=WITHIN_S + 10.0)

    def page(self, *, host: str = "") -> str:
        """Return the front page of WordPress and its status, asked under a name if one is given."""
        named = f"-H 'Host: {host}'" if host else ""
        return self.hands.type(f"curl -s -m 10 -w '%{{http_code}}' {named} http://{self.address('wordpress')}/")


@pytest.fixture(scope="module")
def group(engine: DockerClient, at_home: Path) -> Iterator[Group]:
    """A kit at checkpoint 5."""
    assert at_home
    name = f"test-wordpress-{os.getpid()}"
    plan = Plan.at("checkpoint-5")
    kit = kits.up(name, network=kits.free_network(engine), plan=plan, say=print)
    with closing(Access.of(load(kit.kit_yaml, {}), log=EvidenceLog())) as access:
        hands = Hands(access, "testing")
        yield Group(hands, kit.kit_yaml, json.loads(hands.type("juju status --format=json")))
    removal.remove(engine, name)


def test_all_of_it_is_passed(group: Group) -> None:
    """Check by check, the dashboard with the credentials of kit.yaml among them."""
    result = grading.grade(group.kit_yaml, checkpoints=WORDPRESS_STAGES)

    assert {check.verdict for check in result.checks} == {Verdict.PASSED}, {c.id: c.rationale for c in result.checks}


def test_it_is_what_the_handout_deploys(group: Group) -> None:
    """Edition A's charms on bionic, active and exposed as typed."""
    applications = group.status["applications"]

    assert {name: each["application-status"]["current"] for name, each in applications.items()} == {
        "mysql": "active",
        "wordpress": "active",
    }
    assert {each["series"] for each in group.status["machines"].values()} == {"bionic"}
    assert [applications[name]["exposed"] for name in ("mysql", "wordpress")] == [False, True]


def test_the_database_is_configured(group: Group) -> None:
    """MariaDB reads what the charm wrote before the package came, and the package's own configuration."""
    asked = "sudo mysql --batch --skip-column-names -e 'SELECT @@bind_address, @@character_set_server'"

    assert group.hands.access.run(asked, on=group.address("mysql")).text.split() == ["0.0.0.0", "utf8mb4"]


def test_its_links_are_those_of_the_tunnel(group: Group) -> None:
    """Asked under another name and port, it answers with links that lead there."""
    page = group.page(host="localhost:8001")

    assert page.endswith("200")
    assert "http://localhost:8001/wp-json/" in page
    assert group.address("wordpress") not in page


def test_what_the_handout_fetches(group: Group) -> None:
    """The charm's repository under either of its addresses, and the key of Grafana's packages, on a machine of Juju."""
    address = group.address("mysql")
    group.hands.type("git clone -q https://github.com/TiagoDemay/charm-mysql another")
    same = group.hands.type("git -C another rev-parse HEAD && git -C charm-mysql rev-parse HEAD").split()
    repair = "wget -q -O - https://packages.grafana.com/gpg.key | sudo apt-key add - 2>&1 && sudo apt-get update -qq"
    repaired = group.hands.access.run(repair, on=address)
    rings = group.hands.access.run(f"sudo {KEY_RINGS}", on=address).text

    assert same[0] == same[1]
    assert (repaired.exit_status, repaired.text.splitlines()[-1]) == (0, "OK")
    assert any(mark in rings for mark in KEY_MARKS)


def test_it_survives_a_reboot_of_both_machines(group: Group) -> None:
    """The same page afterwards, and nobody did anything."""
    before = group.page()
    boot = "cat /proc/sys/kernel/random/boot_id"
    addresses = [group.address(each) for each in ("wordpress", "mysql")]
    first = {each: group.hands.access.run(boot, on=each).text.strip() for each in addresses}
    for address in addresses:
        group.hands.access.run("sudo systemctl reboot --no-block", on=address)
    for address in addresses:
        ask = f"ssh -o ConnectTimeout=2 -o BatchMode=yes ubuntu@{address} {boot}"
        group.until(f'now=$({ask} 2>/dev/null) && [ "$now" != {first[address]} ]')
    group.until(f"curl -sf -m 2 -o /dev/null http://{group.address('wordpress')}/")

    assert before.endswith("200")
    assert group.page() == before


def test_without_its_relation_it_has_no_database(group: Group) -> None:
    """An error page until it is related again; then the same content."""
    before = group.page()
    group.hands.type("juju remove-relation wordpress mysql")
    group.until(f"curl -s -m 2 http://{group.address('wordpress')}/ | grep -q 'database connection'")
    without = group.page()
    group.until('juju status wordpress | grep -q "Missing relation: db"')
    group.hands.type("juju add-relation wordpress mysql")
    group.until(f"curl -sf -m 2 -o /dev/null http://{group.address('wordpress')}/")

    assert without.endswith("500")
    assert group.page() == before
