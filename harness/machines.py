"""The kit's machines as MAAS describes them, read as the hostile input that they may be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from harness.errors import UnexpectedAnswer
from harness.fields import field, items, member, present, record, scalar, text_or_none, texts

MACHINES_LIMIT, HOSTNAME_LIMIT = 1_000, 253
"""Machines of one MAAS, and characters of a machine's name (RFC 1035, section 2.3.4): lists of them end up in messages,
and in the identity that every attempt keeps."""


class Status(IntEnum):
    """Where a machine is in its life cycle. MAAS 3.5 to 3.8 use the same numbers."""

    NEW = 0
    COMMISSIONING = 1
    FAILED_COMMISSIONING = 2
    MISSING = 3
    READY = 4
    RESERVED = 5
    DEPLOYED = 6
    RETIRED = 7
    BROKEN = 8
    DEPLOYING = 9
    ALLOCATED = 10
    FAILED_DEPLOYMENT = 11
    RELEASING = 12
    RELEASING_FAILED = 13
    DISK_ERASING = 14
    FAILED_DISK_ERASING = 15
    RESCUE_MODE = 16
    ENTERING_RESCUE_MODE = 17
    FAILED_ENTERING_RESCUE_MODE = 18
    EXITING_RESCUE_MODE = 19
    FAILED_EXITING_RESCUE_MODE = 20
    TESTING = 21
    FAILED_TESTING = 22


class PowerState(StrEnum):
    """What a machine's power controller said last."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine as MAAS shows it."""

    system_id: str
    """MAAS' own id: 6 letters and digits, which never change."""
    hostname: str
    """Short name, as `server1`; letter case as MAAS keeps it."""
    fqdn: str
    status: Status
    status_name: str
    """The status in MAAS' words, as `Failed deployment`."""
    status_message: str
    """The machine's last event, as `Loading ephemeral`; empty when there is none."""
    power_state: PowerState
    ip_addresses: tuple[str, ...] = ()
    mac_addresses: tuple[str, ...] = ()
    tag_names: tuple[str, ...] = ()
    owner: str | None = None
    owner_data: tuple[str, ...] = ()
    """Names of what its owner's programs attached, as `juju-model-uuid`; MAAS forgets it with the owner."""

    def answers_to(self, name: str) -> bool:
        """Return whether `name` means this machine: its short or full name, in any letter case."""
        return name.rstrip(".").lower() in {self.hostname.lower(), self.fqdn.rstrip(".").lower()}


def find_machine(machines: Iterable[Machine], name: str) -> Machine | None:
    """Return the machine that answers to `name`, or None."""
    return next((machine for machine in machines if machine.answers_to(name)), None)


def parse_machines(answer: object, where: str) -> tuple[Machine, ...]:
    """Return the machines in a list of records. Raises UnexpectedAnswer that names the field."""
    found = items(answer, where)
    if len(found) > MACHINES_LIMIT:
        raise UnexpectedAnswer(f"{where} lists {len(found)} machines; at most {MACHINES_LIMIT} are read")
    return tuple(parse_machine(item, f"{where} [{n}]") for n, item in enumerate(found))


def parse_machine(answer: object, where: str) -> Machine:
    """Return the machine that a record describes. Raises UnexpectedAnswer that names the field."""
    holder = record(answer, where)
    return Machine(
        system_id=checked_id(field(holder, "system_id", str, where)),
        hostname=_hostname(holder, "hostname", where),
        fqdn=_hostname(holder, "fqdn", where),
        status=member(Status, field(holder, "status", int, where), f"{where}: status"),
        status_name=field(holder, "status_name", str, where),
        status_message=text_or_none(holder, "status_message", where) or "",
        power_state=member(PowerState, field(holder, "power_state", str, where), f"{where}: power_state"),
        ip_addresses=tuple(_address(text, f"{where}: ip_addresses") for text in texts(holder, "ip_addresses", where)),
        mac_addresses=_mac_addresses(holder, where),
        tag_names=texts(holder, "tag_names", where),
        owner=text_or_none(holder, "owner", where),
        owner_data=_names(holder, "owner_data", where),
    )


def _hostname(holder: Mapping[str, object], name: str, where: str) -> str:
    """Return a name that is no longer than names are."""
    found = field(holder, name, str, where)
    if len(found) > HOSTNAME_LIMIT:
        raise UnexpectedAnswer(f"{where}: {name} has {len(found)} characters, and names have {HOSTNAME_LIMIT} at most")
    return found


def checked_id(system_id: str) -> str:
    """Return a system id that is safe as part of an address: letters and digits. Raises UnexpectedAnswer."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,64}", system_id):
        raise UnexpectedAnswer(f"expected a machine's system id like 8pchr3, got {system_id[:80]!r}")
    return system_id


def _address(text: str, where: str) -> str:
    """Return an IP address in its usual spelling, without a scope: commands and URLs are made of it later."""
    try:
        if "%" not in text:
            return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    raise UnexpectedAnswer(f"{where} has {text[:80]!r}, which is no address")


def _names(holder: Mapping[str, object], name: str, where: str) -> tuple[str, ...]:
    """Return the names in an object of names and values."""
    found = record(present(holder, name, where), f"{where}: {name}")
    return tuple(sorted(scalar(each, str, f"{where}: {name}") for each in found))


def _mac_addresses(holder: Mapping[str, object], where: str) -> tuple[str, ...]:
    """Return the hardware addresses of a machine's interfaces; not every kind of interface has one."""
    found: list[str] = []
    for n, item in enumerate(items(present(holder, "interface_set", where), f"{where}: interface_set")):
        spot = f"{where}: interface_set[{n}]"
        address = text_or_none(record(item, spot), "mac_address", spot)
        if address:
            found.append(address)
    return tuple(found)
