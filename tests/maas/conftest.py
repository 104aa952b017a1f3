"""One simulated MAAS for all tests of its API, set back before each; asked as clients ask, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from simulators.maas.app import create_app
from simulators.maas.inventory import Inventory, UserSpec
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Token
from simulators.maas.region import Region
from tests.maas.serving import serving


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 1_795_287_323.0

    def __call__(self) -> float:
        """Return seconds since 1970: Sat, 21 Nov. 2026 18:55:23 at first."""
        return self.seconds


@dataclass
class Maas:
    """A region that is being served, and a signed client of it."""

    region: Region
    driver: MemoryDriver
    clock: Clock
    address: str
    """`http://127.0.0.1:PORT`."""
    username: str = "cloud"

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"{self.address}/MAAS/api/2.0/"

    @property
    def token(self) -> Token:
        """The client's API key."""
        return self.region.users[self.username].tokens[0]

    def auth(self, method: str = "PLAINTEXT", **changes: str) -> OAuth1:
        """Return a signature; `changes` falsify parts of the key."""
        token = self.token
        return OAuth1(
            changes.get("consumer", token.consumer),
            resource_owner_key=changes.get("key", token.key),
            resource_owner_secret=changes.get("secret", token.secret),
            signature_method=method,
            realm="OAuth",
        )

    def as_user(self, username: str) -> Maas:
        """Return a client of somebody else."""
        return Maas(self.region, self.driver, self.clock, self.address, username)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a signed request to the API."""
        return requests.request(method, self.url + path, auth=self.auth(), timeout=10, **options)

    def get(self, path: str, **params: Any) -> Any:
        """Read something; return the JSON of a success."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **data: Any) -> Any:
        """Do something; return the JSON of a success."""
        answer = self.ask("POST", path, data=data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, method: str, path: str, data: object = None) -> requests.Response:
        """Call one of the simulator's own endpoints."""
        url = f"{self.address}/MAAS/simulator/{path}"
        return requests.request(method, url, json=data, auth=self.auth(), timeout=10)

    def set(self, name: str, **record: object) -> None:
        """Set a machine's record."""
        answer = self.control("PUT", f"machines/{name}", record)
        assert answer.status_code == 200, answer.text

    def id(self, name: str) -> str:
        """Return the system id of a machine."""
        machine = self.region.machine(name)
        assert machine is not None
        return machine.system_id

    def machine(self, name: str) -> Any:
        """Read a machine."""
        return self.get(f"machines/{self.id(name)}/")

    def do(self, name: str, op: str, **data: Any) -> requests.Response:
        """Call an operation of a machine."""
        return self.ask("POST", f"machines/{self.id(name)}/", params={"op": op}, data=data)


USERS = (
    UserSpec("cloud", "cloud", is_superuser=True, ssh_keys=("ssh-ed25519 AAAAmain cloud@main",)),
    UserSpec("ana", "anas"),
)


@pytest.fixture(scope="session")
def served_maas() -> Iterator[Maas]:
    """Serve a region with the lab's machines, an administrator and another user."""
    driver, clock = MemoryDriver(), Clock()
    region = Region(driver, Inventory(users=USERS), clock=clock, seed="tests")
    with serving(create_app(region)) as address:
        yield Maas(region, driver, clock, address)


@pytest.fixture
def maas(served_maas: Maas) -> Maas:
    """Return the region as it was at first."""
    served_maas.driver.failures.clear()
    served_maas.region.reset()
    served_maas.driver.calls.clear()
    served_maas.driver.powered.clear()
    served_maas.clock.__init__()
    return served_maas
