"""One kit, as steps see it: its roles, machines and hosts, each thing asked once and shared between checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from harness.access import Access
from harness.api_key import api_key_of
from harness.errors import CheckFailed, KitError, UsageError
from harness.evidence import EvidenceLog
from harness.finding import Finding
from harness.maas import MaasClient
from harness.maas_uuid import MaasUuid
from harness.machines import Machine, find_machine
from harness.verdicts import Evidence

if TYPE_CHECKING:
    from harness.access import Completed
    from harness.kitfile import KitFile

T = TypeVar("T")
K = TypeVar("K")
Failure = TypeVar("Failure", bound=Exception)

AT_ONCE = 8
"""Questions asked of a kit at the same time: OpenSSH refuses more than 10 channels of one connection (MaxSessions)."""


NAMES_SHOWN = 20
"""Machines that a message names: a MAAS may list any number."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """An answer that is a failure."""

    failure: KitError | CheckFailed


def again(failure: Failure) -> Failure:
    """Return a copy of a failure that is remembered: raising one object twice would pile up its traceback."""
    copy = type(failure).__new__(type(failure), *failure.args)
    copy.args = failure.args
    copy.__dict__.update(failure.__dict__)
    return copy


class Kit:
    """A kit that is reached through one SSH address.

    What never changes while a kit is graded is asked once; checks that use it again keep the same evidence.
    """

    def __init__(
        self, description: KitFile, access: Access, maas: MaasClient, maas_uuid: MaasUuid | None = None
    ) -> None:
        self.description = description
        self.access = access
        self._maas = maas
        self._machines: tuple[Machine, ...] = ()
        self._known: dict[object, tuple[object, tuple[Evidence, ...]]] = {}
        self._hosts: dict[tuple[str, bool], Any] = {}
        self._maas_uuid = maas_uuid
        self.controller_uuid = ""
        """Of Juju's controller, once a check met it."""

    @classmethod
    def open(cls, description: KitFile) -> Kit:
        """Return the kit that a kit.yaml describes, found reachable and with every role's host known to MAAS.

        Raises KitError when the kit or its MAAS cannot be reached or refuses us, UsageError when a role names a host
        that MAAS does not know, or no machine is in the network that is named.
        """
        log = EvidenceLog()
        access = Access.of(description, log=log)
        for secret in (description.juju.grafana_password, description.juju.wordpress_password):
            if secret is not None:
                access.hide(secret.get_secret_value())
        try:
            maas_uuid = MaasUuid(access, description.access.password)
            maas = MaasClient(access.http, description.maas.url, api_key_of(description, access))
            kit = cls(description, access, maas, maas_uuid)
            kit.machines()
            kit._check_roles()
            kit._check_network()
        except KitError as failure:
            access.close()
            # The kit's words may be in it, and every check tells it.
            raise log.clear(failure) from None
        except UsageError as failure:
            access.close()
            raise log.clear(failure) from None
        except BaseException:
            access.close()
            raise
        access.names.update({address: m.hostname for m in kit._machines for address in m.ip_addresses})
        access.names[urlsplit(description.maas.url).hostname or ""] = "maas"
        access.log_in([kit.addresses(host)[0] for host in kit._role_hosts() if kit.addresses(host)])
        return kit

    @property
    def log(self) -> EvidenceLog:
        """Where everything that is seen is kept until it is taken."""
        return self.access.log

    def close(self) -> None:
        """Let go of the connection."""
        self.access.close()

    def once(self, question: object, ask: Callable[[], T], *, keep_failure: bool = False) -> T:
        """Return the answer to `question`, asked the first time only; its evidence counts every time.

        Only for what no check changes, and only from one thread: evidence is told apart by its order. With
        `keep_failure`, a KitError or CheckFailed is an answer too, and raised every time: for what is slow to fail.
        """
        if question not in self._known:
            before = len(self.log.pieces)
            try:
                answer: object = ask()
            except (KitError, CheckFailed) as failure:
                if not keep_failure:
                    raise
                answer = _Failed(failure)
            self._known[question] = (answer, self.log.pieces[before:])
        answer, pieces = self._known[question]
        for piece in pieces:
            self.log.keep(piece)
        if isinstance(answer, _Failed):
            raise again(answer.failure)
        return cast("T", answer)

    def for_each(self, hosts: Iterable[K], ask: Callable[[K], T]) -> dict[K, T]:
        """Return the answer for each host, all asked at the same time; the first error in their order is raised."""
        wanted = list(hosts)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(ask, wanted), strict=True))

    def require(self, finding: Finding) -> None:
        """Keep what a claim is and what was seen, and raise CheckFailed unless it holds."""
        self.log.claim(finding.expected, finding.observed)
        finding.require()

    # Roles

    def role(self, name: str) -> str:
        """Return the host that plays a role: `database`, `proxy`. Raises UsageError when kit.yaml names none."""
        host = getattr(self.description.roles, name)
        if host is None:
            raise UsageError(f"kit.yaml names no host for roles.{name}, and this check needs it")
        return cast("str", host)

    @property
    def django(self) -> tuple[str, ...]:
        """The Django hosts in the order of kit.yaml: the first was installed by hand, the second by Ansible."""
        return tuple(self.description.roles.django or ())

    def django_host(self, position: int) -> str:
        """Return the first (0) or second (1) Django host. Raises UsageError when kit.yaml names too few."""
        if len(self.django) <= position:
            raise UsageError(
                f"kit.yaml names {len(self.django)} hosts in roles.django, and this check needs {position + 1}"
            )
        return self.django[position]

    def _check_roles(self) -> None:
        for host, role in self._role_hosts().items():
            if find_machine(self._machines, host) is None:
                names = sorted(m.hostname for m in self._machines)
                known = ", ".join(names[:NAMES_SHOWN])
                known += f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
                raise UsageError(
                    f"kit.yaml: roles.{role}: MAAS knows no machine '{host}'; it knows {known or 'none at all'}"
                )

    def _check_network(self) -> None:
        """Machines that are all somewhere else are no mistake of the group's: kit.yaml says another network."""
        there = [a for machine in self._machines for a in machine.ip_addresses]
        network = self.description.network
        if there and not any(ip_address(a) in network for a in there):
            raise UsageError(
                f"kit.yaml: network: MAAS shows the machines at {', '.join(sorted(there)[:5])}, and none in {network}; "
                "say the network that main and the machines are in"
            )

    def _role_hosts(self) -> dict[str, str]:
        """Return the first role that each host of kit.yaml plays."""
        roles = self.description.roles
        named = {"database": roles.database, "proxy": roles.proxy}
        named |= {f"django[{n}]": host for n, host in enumerate(self.django)}
        return {host: role for role, host in reversed(named.items()) if host is not None}

    # Machines

    def machines(self) -> tuple[Machine, ...]:
        """Return all machines of the kit as MAAS shows them now, MAAS' answer being evidence."""
        self._machines = self._maas.machines()
        return self._machines

    def machine(self, host: str) -> Machine:
        """Return the machine called `host`, as MAAS showed it last. Raises UsageError when there is none."""
        machine = find_machine(self._machines, host)
        if machine is None:
            raise UsageError(f"MAAS knows no machine '{host}'")
        return machine

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the machine's addresses in the kit's network."""
        network = self.description.network
        return tuple(a for a in self.machine(host).ip_addresses if ip_address(a) in network)

    def address(self, host: str) -> str:
        """Return the address at which a machine is asked. Raises CheckFailed when it has none."""
        addresses = self.addresses(host)
        if not addresses:
            raise CheckFailed(
                f"{host} has no address in {self.description.network}.",
                help="Deploy the machine in MAAS, then check again.",
            )
        return addresses[0]

    def identity(self) -> dict[str, object]:
        """Return what tells this kit from every other, but for `maas_uuid` and `controller_uuid`, known only later."""
        return {
            "system_ids": {m.hostname: m.system_id for m in self._machines},
            "mac_addresses": {m.hostname: m.mac_addresses for m in self._machines if m.mac_addresses},
            "host_keys": self._host_keys(),
        }

    @property
    def maas_uuid(self) -> str:
        """MAAS' own id, which is read while checks are made; empty where main does not tell it."""
        return "" if self._maas_uuid is None else self._maas_uuid.get()

    def _host_keys(self) -> dict[str, str]:
        """Return the fingerprint of main's SSH host key, from the login that everything else goes through."""
        try:
            return {"main": self.access.greet().fingerprint}
        except (KitError, UsageError):
            return {}

    # Hosts

    def host(self, name: str, *, sudo: bool = False) -> Any:
        """Return testinfra's `Host` over our own connection; testinfra gives its parts no types.

        The same one each time: it asks a machine what system it is, and that once is enough.
        """
        from harness.testinfra_backend import host

        wanted = (self.address(name), sudo)
        if wanted not in self._hosts:
            self._hosts[wanted] = host(self.access, *wanted)
        return self._hosts[wanted]

    def run(
        self, name: str, command: str, *, timeout: float = 20.0, stdin: bytes | None = None, record: bool = True
    ) -> Completed:
        """Run a command on a host as the user `ubuntu`; a non-zero exit status is no error."""
        return self.access.run(command, on=self.address(name), timeout=timeout, stdin=stdin, record=record)
