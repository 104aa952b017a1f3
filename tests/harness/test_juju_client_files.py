"""What Juju's client remembers on main."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from harness.errors import CheckFailed, UnexpectedAnswer
from harness.juju.client_files import Endpoint, controllers_of
from tests.harness.juju_shapes import ACCOUNTS, CONTROLLERS, MODELS

FILES = {"controllers.yaml": CONTROLLERS, "accounts.yaml": ACCOUNTS, "models.yaml": MODELS}


def test_a_controller() -> None:
    """Cloud, version, account and models come from three files."""
    found = controllers_of(FILES)["maas-controller"]

    assert (found.cloud, found.version, found.user) == ("maas-one", "3.6.8", "admin")
    assert found.password == "0123456789abcdef"
    assert found.ca_cert.startswith("-----BEGIN CERTIFICATE-----")
    assert found.models == ("admin/controller", "admin/openstack")


def test_secrets_are_not_shown() -> None:
    """A traceback or a log that shows a controller does not show its password."""
    assert "0123456789abcdef" not in repr(controllers_of(FILES))


def test_the_kits_network_chooses_the_endpoint() -> None:
    """Juju 2.9 lists addresses of other networks too: IPv6, fan."""
    found = controllers_of(FILES)["maas-controller"]

    assert found.endpoint_in(IPv4Network("172.16.0.0/20")) == Endpoint("172.16.0.13", 17070)


def test_no_endpoint_in_the_kits_network() -> None:
    """A controller that is elsewhere, on somebody's laptop, is not the kit's."""
    found = controllers_of(FILES)["maas-controller"]

    with pytest.raises(CheckFailed, match=r"no address in 10\.0\.0\.0/8; its client knows 252\.0\.13\.1:17070"):
        found.endpoint_in(IPv4Network("10.0.0.0/8"))


def test_no_files_no_controllers() -> None:
    """A client that never bootstrapped has no files."""
    assert controllers_of({}) == {}


def test_logged_out() -> None:
    """`juju logout` leaves the controller and takes the account."""
    found = controllers_of({"controllers.yaml": CONTROLLERS})["maas-controller"]

    assert (found.user, found.password) == ("", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("controllers: [", "not YAML"),
        ("[" * 5000, "far larger, or deeper"),
        ("[" * 900, "not YAML"),
        ("a" * 300_000, "far larger, or deeper"),
        ("- a", "should be an object"),
        ("controllers: 7", "controllers should be an object"),
        ("controllers: {1: {}}", "a key of controllers should be a text"),
        ("controllers: {a: {api-endpoints: 7}}", "api-endpoints should be a list"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
        ('controllers: !!int ""', "not YAML"),
        ("controllers: !!bool x", "not YAML"),
        ("controllers: !!timestamp x", "not YAML"),
        ("controllers: 1" + ":59" * 300 + ".5", "not YAML"),
        ("a: &a {b: c}\ncontrollers: *a", "not YAML"),
        ("a: &a {b: c}\ncontrollers: {<<: [*a, *a]}", "not YAML"),
    ],
)
def test_hostile_files(content: str, said: str) -> None:
    """Nothing in the files is executed, and what cannot be read is said."""
    with pytest.raises(UnexpectedAnswer, match=said):
        controllers_of({"controllers.yaml": content})


@pytest.mark.parametrize("written", ["172.16.0.13", "172.16.0.13:0", "172.16.0.13:99999", "name:17070", ":17070", ""])
def test_endpoints_that_are_none(written: str) -> None:
    """What is no IPv4 address with a port is left out."""
    text = f"controllers: {{a: {{api-endpoints: ['{written}']}}}}"

    assert controllers_of({"controllers.yaml": text})["a"].endpoints == ()
