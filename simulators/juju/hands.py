"""What a controller needs of the world: machines from a cloud, and hands on those machines for agents and charms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class HandsError(Exception):
    """A machine does not answer, or its connection was lost in the middle."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    status: int
    out: str = ""
    err: str = ""


class MachineHands(Protocol):
    """The root of one machine, as its agent is. Everything raises HandsError when the machine does not answer."""

    @property
    def address(self) -> str:
        """The machine's address in the kit's network."""
        ...

    async def run(self, command: str, *, stdin: bytes = b"", timeout: float = 300.0) -> Ran:  # noqa: ASYNC109 -- the machine ends it
        """Run a shell command as root; a non-zero exit status is no error."""
        ...

    async def read(self, path: str) -> str | None:
        """Return a file's text, None when there is no such file."""
        ...

    async def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Make or replace a file, with the folders above it."""
        ...

    async def install(self, *packages: str) -> Ran:
        """Install packages as `apt-get install -y` does, their services enabled and started: `prometheus`,
        `prometheus-node-exporter`, `grafana`. A status other than 0 says what is wrong."""
        ...

    async def http(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask from that machine, and return status and body; (0, reason) when nobody answers there."""
        ...

    async def alive(self) -> bool:
        """Return whether the machine answers, within two seconds; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine as MAAS shows it."""

    system_id: str
    hostname: str
    addresses: tuple[str, ...]
    status: str
    """`Allocated`, `Deploying`, `Deployed`, `Failed deployment`, `Ready`..."""
    status_message: str = ""
    hardware: str = ""
    """As Juju shows it: `arch=amd64 cores=4 mem=16384M tags=juju availability-zone=default`."""
    zone: str = "default"


class CloudError(Exception):
    """The cloud refuses something; the message is what Juju shows of it."""


class Cloud(Protocol):
    """MAAS, with the credential that Juju was given. Everything raises CloudError; the message is the provider's."""

    async def check(self) -> None:
        """Ask for the version and who we are: a wrong endpoint or credential is found out here."""
        ...

    async def start(
        self,
        *,
        agent_name: str,
        constraints: Mapping[str, str],
        host: str | None,
        series: str,
        user_data: str,
        owner_data: Mapping[str, str],
    ) -> Instance:
        """Allocate a machine (any that fits, or the one called `host`), and begin to deploy it; do not wait for it."""
        ...

    async def look(self, system_id: str) -> Instance:
        """Return a machine as it is now."""
        ...

    async def stop(self, system_ids: tuple[str, ...]) -> None:
        """Release machines."""
        ...

    async def of_agent(self, agent_name: str) -> tuple[Instance, ...]:
        """Return the machines that were allocated with that agent name."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take that a simulator could do at once, in seconds."""

    poll: float = 1.0
    """Between two looks at a machine that is being deployed, or at an agent that may be alive."""
    hook: float = 0.0
    """What every hook takes at least."""
    lost_after: float = 6.0
    """For how long an agent is not heard of before it counts as lost."""
    idle_after: float = 0.2
    """From the last hook until an agent is idle."""


IMMEDIATE = Pace(poll=0.0, hook=0.0, lost_after=0.0, idle_after=0.0)
"""For tests and embedded kits: everything happens within a few turns of the event loop."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What `juju bootstrap` decides, and a controller begins with. The client writes most of it into its files."""

    controller: str
    """The controller's name, as `maas-controller`."""
    controller_uuid: str
    model_uuid: str
    """Of the model `controller`."""
    version: str
    """`3.6.8` or `2.9.51`: decides names, facades and shapes."""
    password: str
    """Of the user `admin`."""
    cloud: str
    """The cloud's name, as `maas-one`."""
    endpoint: str
    """`http://172.16.0.3:5240/MAAS/`."""
    credential: str
    """The credential's name, as `anyuser`."""
    maas_oauth: str
    """MAAS' API key."""
    series: str
    """Of the controller's machine: `jammy`."""
    machine: Instance
    """The controller's machine."""
    ca_cert: str
    """PEM."""
    ca_key: str
    """PEM; the server's certificate is made from it."""
    region: str = "default"
    agent_key: str = ""
    """Private key (OpenSSH) with which the controller reaches its machines, where it has to; user data of machines
    carries the public one."""
    agent_public_key: str = ""
    client_public_key: str = ""
    """juju_id_rsa.pub of whoever bootstrapped."""
    model_config: Mapping[str, str] = field(default_factory=dict[str, str])
