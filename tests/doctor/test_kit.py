"""Whole kits of the lab's first half: everything reached, and MAAS, its key, its machines out of reach one by one."""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest
import yaml

from harness import signing
from harness.doctor.step import State
from harness.errors import UsageError
from harness.kit import Kit
from harness.kitfile import load
from simulators.embedded import sshd
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.sshd import new_key, private_text, public_line
from simulators.maas.faults import fault_from
from simulators.maas.models import Machine
from simulators.maas.nonces import Nonces
from simulators.plan import Plan
from tests.doctor.described import broken, changed, examined, written

KEYS_OF_SERVER = "/home/ubuntu/.ssh/authorized_keys"
KEY_OF_MAIN = "/home/cloud/.ssh/id_ed25519"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Generator[EmbeddedKit]:
    """A kit at checkpoint 3; what a test breaks it mends."""
    with start(Plan.at("checkpoint-3"), name="kit-doctor", folder=tmp_path_factory.mktemp("kit")) as kit:
        yield kit


def test_everything_can_be_reached(built: EmbeddedKit) -> None:
    """What is not needed says so, and nothing is broken."""
    steps = examined(built.kit_yaml)
    states = {each.id: each.state for each in steps.values()}

    assert {each for each, state in states.items() if state is not State.OK} == {
        "name",
        "juju",
        "juju-controller",
        "juju-model",
        "grafana",
        "prometheus",
        "wordpress",
    }
    assert not {State.BROKEN, State.NOT_TRIED} & set(states.values())
    assert steps["juju"].seen == "Juju: not installed, not needed before checkpoint 4"
    assert steps["maas"].seen.startswith("MAAS 3.")
    assert "server1 Deployed" in steps["api-key"].seen
    assert steps["servers"].seen == "all let us in"


def test_maas_port_closed(built: EmbeddedKit) -> None:
    """Main is there, and nothing listens at MAAS' port."""
    listener = built.do(lambda: built.main.listeners.pop(5240))
    try:
        steps = examined(built.kit_yaml)
    finally:
        built.do(lambda: built.main.listeners.update({5240: listener}))
    first = broken(steps)

    assert (first.id, steps["forwarding"].state, steps["servers"].because) == ("maas", State.OK, "maas")
    assert "connection refused" in first.seen
    assert "snap services maas" in first.advice


@pytest.mark.parametrize(
    ("url", "seen", "advice"),
    [
        ("http://172.16.0.3:5240/", "not MAAS' API", "MAAS 3.5.13 answers at http://172.16.0.3:5240/MAAS/"),
        ("http://172.16.0.3:5240/maas/", "not MAAS' API", "MAAS 3.5.13 answers at http://172.16.0.3:5240/MAAS/"),
        ("http://192.168.0.3:5240/MAAS/", "cannot be reached", "MAAS 3.5.13 answers at http://172.16.0.3:5240/MAAS/"),
        ("http://172.16.0.3:80/MAAS/", "connection refused", "MAAS 3.5.13 answers at http://172.16.0.3:5240/MAAS/"),
    ],
    ids=["no-path", "wrong-path", "old-address", "wrong-port"],
)
def test_maas_somewhere_else(built: EmbeddedKit, url: str, seen: str, advice: str) -> None:
    """What kit.yaml should say instead is found."""
    first = broken(examined(changed(built.kit_yaml, maas={"url": url})))

    assert first.id == "maas"
    assert seen in first.seen
    assert advice in first.advice


def test_a_web_server_that_is_not_maas(built: EmbeddedKit) -> None:
    """Django answers too, and is not taken for MAAS."""
    first = broken(examined(changed(built.kit_yaml, maas={"url": f"http://{_address(built, 'server2')}:8080/MAAS/"})))

    assert first.id == "maas"
    assert "not MAAS' API" in first.seen


def test_maas_is_ill(built: EmbeddedKit) -> None:
    """It answers 503: that is its own trouble, not another address'."""
    built.do(lambda: built.region.faults.add(fault_from({"operation": "*", "status": 503})))
    try:
        first = broken(examined(built.kit_yaml))
    finally:
        built.do(built.region.faults.clear)

    assert first.id == "maas"
    assert first.seen == "MAAS is too busy: it still answers version/ with 503"


def test_a_refused_api_key(built: EmbeddedKit) -> None:
    """The key of another kit; it appears nowhere."""
    key = "aaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbb:cccccccccccccccccccccccccccccccc"
    steps = examined(changed(built.kit_yaml, maas={"api_key": key}))
    first = broken(steps)

    assert (first.id, steps["maas"].state, first.seen) == ("api-key", State.OK, "MAAS refused the API key")
    assert "apikey --username" in first.advice
    assert not [part for part in key.split(":") if part in str(steps)]


def test_a_clock_that_is_wrong(built: EmbeddedKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """MAAS refuses what was signed long before its own time: the key is not to blame."""
    now = time.time()
    monkeypatch.setattr(built.region, "nonces", Nonces(lambda: now + 3600))
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now))
    first = broken(examined(built.kit_yaml))

    assert first.id == "api-key"
    assert "its clock is 3600 s ahead" in first.seen
    assert "timedatectl" in first.advice


def test_a_role_that_maas_does_not_know(built: EmbeddedKit) -> None:
    """Names as MAAS shows them are told; the machines are tried all the same."""
    steps = examined(changed(built.kit_yaml, roles={"proxy": "nginx"}))
    first = broken(steps)

    assert (first.id, first.seen) == ("roles", "roles.proxy: MAAS knows no machine 'nginx'")
    assert "server1, server2" in first.advice
    assert steps["servers"].state == State.OK


def test_the_second_hop_is_refused(built: EmbeddedKit) -> None:
    """One machine does not know main's key; it is named."""
    files = built.machines["server2"].files
    kept = files.read(KEYS_OF_SERVER)
    files.write(KEYS_OF_SERVER, "")
    try:
        first = broken(examined(built.kit_yaml))
    finally:
        files.write(KEYS_OF_SERVER, kept)

    assert first.id == "servers"
    assert first.seen == f"server2 ({_address(built, 'server2')}): refuses our credentials"
    assert "server2 does not know main's SSH key" in first.advice


def test_main_without_a_key(built: EmbeddedKit) -> None:
    """Nothing opens the machines then."""
    files = built.main.files
    kept = files.read(KEY_OF_MAIN)
    files.write(KEY_OF_MAIN, "")
    try:
        first = broken(examined(built.kit_yaml))
    finally:
        files.write(KEY_OF_MAIN, kept)

    assert first.id == "servers"
    assert "main has no SSH key of its own" in first.seen


def test_main_with_another_key(built: EmbeddedKit) -> None:
    """Main was installed anew: every machine refuses."""
    files = built.main.files
    kept = files.read(KEY_OF_MAIN)
    files.write(KEY_OF_MAIN, private_text(new_key()))
    try:
        first = broken(examined(built.kit_yaml))
    finally:
        files.write(KEY_OF_MAIN, kept)

    assert first.id == "servers"
    each = ", ".join(f"{name} ({_address(built, name)})" for name in ("server1", "server4", "server2", "server3"))
    assert first.seen == f"{each}: refuses our credentials"


def test_machines_that_are_off(built: EmbeddedKit) -> None:
    """MAAS knows of one, and it is told; of the other it does not, and both are told together."""
    first, second = (_machine(built, name) for name in ("server1", "server2"))
    try:
        for each in (first, second):
            built.rack.driver.power_off(each.system_id)
        second.power_state = "off"
        built.region.changed()
        step = broken(examined(built.kit_yaml))
    finally:
        for each in (first, second):
            built.rack.driver.power_on(each.system_id)
        second.power_state = "on"
        built.region.changed()

    places = ", ".join(f"{name} ({_address(built, name)})" for name in ("server1", "server2"))
    assert step.seen == f"{places}: cannot be reached inside the kit (No route to host)"
    assert step.advice == "MAAS shows server2 switched off: power on there, and wait a minute"


def test_another_network(built: EmbeddedKit) -> None:
    """Machines that are all somewhere else: it is kit.yaml that is wrong, and grading says the same."""
    said = yaml.safe_load(built.kit_yaml.read_text()) | {"network": "192.168.0.0/24"}
    other = load(written(built.kit_yaml.with_name("other.yaml"), said))
    first = broken(examined(other))
    with pytest.raises(UsageError) as refused:
        Kit.open(other)

    there = "172.16.0.10, 172.16.0.11, 172.16.0.12, 172.16.0.13, and none in 192.168.0.0/24"
    assert (first.id, first.seen) == ("servers", f"MAAS shows the deployed machines at {there}")
    assert str(refused.value) == (
        f"kit.yaml: network: MAAS shows the machines at {there}; say the network that main and the machines are in"
    )


def test_a_machine_with_a_role_that_is_not_deployed(built: EmbeddedKit) -> None:
    """No obstacle here: its checks will say so."""
    step = examined(changed(built.kit_yaml, roles={"proxy": "server5"}))["servers"]

    assert (step.state, step.advice) == (State.OK, "not tried: server5 (Ready)")


@pytest.mark.parametrize("hashed", [False, True])
def test_a_machine_that_was_deployed_again(built: EmbeddedKit, hashed: bool) -> None:
    """Main remembers its former host key: no obstacle here, but `ssh` and Ansible on main refuse."""
    address, other = _address(built, "server1"), _address(built, "server3")
    former, files = public_line(new_key()), built.main.files
    salt = b"0123456789abcdefghij"
    digest = b64encode(hmac.digest(salt, address.encode(), "sha1")).decode()
    name = f"|1|{b64encode(salt).decode()}|{digest}" if hashed else address
    files.write("/home/cloud/.ssh/known_hosts", f"{name} {former}\n{other} ssh-rsa {former.split()[1]}\n")
    try:
        step = examined(built.kit_yaml)["servers"]
    finally:
        files.remove("/home/cloud/.ssh/known_hosts")

    assert (step.state, step.seen) == (State.OK, "all let us in")
    assert f"`ssh-keygen -R {address}`" in step.advice
    assert other not in step.advice


def test_a_key_that_main_tells(built: EmbeddedKit) -> None:
    """Without maas.api_key in kit.yaml it is read on main."""
    steps = examined(changed(built.kit_yaml, maas={"api_key": None}))

    assert steps["api-key"].tried == "ask MAAS who we are, with the key that main tells, and for its machines"
    assert steps["api-key"].state == State.OK


def test_forwarding_is_prohibited(built: EmbeddedKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """AllowTcpForwarding no: commands run, and nothing else is reached; MAAS is not to blame."""

    def prohibited(*_: object) -> Any:
        raise asyncssh.ChannelOpenError(1, "open failed")

    monkeypatch.setattr(sshd, "open_tcp", prohibited)
    steps = examined(built.kit_yaml)
    first = broken(steps)

    assert (first.id, steps["commands"].state, steps["maas"].because) == ("forwarding", State.OK, "forwarding")
    assert "AllowTcpForwarding yes" in first.advice


def test_nothing_is_left_behind(built: EmbeddedKit, home: Path) -> None:
    """Neither here nor in the kit: no file, no session, no connection, no machine in another state."""

    def seen() -> tuple[object, ...]:
        files = {name: set(host.files.glob("/*/*/*")) for name, host in (*built.machines.items(), ("main", built.main))}
        return files, {m.hostname: m.status for m in built.region.machines.values()}, sorted(home.rglob("*"))

    before = built.do(seen)
    examined(built.kit_yaml)

    assert built.do(seen) == before


def _address(kit: EmbeddedKit, name: str) -> str:
    return kit.machines[name].address


def _machine(kit: EmbeddedKit, name: str) -> Machine:
    found = kit.region.machine(name)
    assert found is not None
    return found
