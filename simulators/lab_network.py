"""A kit's name and network, and who has which address in it: the same for every kind of simulated kit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from harness.errors import UsageError

DEFAULT_NETWORK = "172.16.0.0/20"
"""The lab's own network since 2023."""
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""What RFC 1918 leaves to everybody."""
KIT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
"""Names that fit into container names, host labels and folders alike."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Who lives where in a kit's network."""

    network: IPv4Network

    @property
    def router(self) -> str:
        """The router's inner address: the first one."""
        return str(self.network[1])

    @property
    def main(self) -> str:
        """Main's address, which MAAS shares: the third one (the second is the switch's)."""
        return str(self.network[3])

    @property
    def mirror(self) -> str:
        """Address of what plays the internet: at the end of MAAS' dynamic range, where no deployed machine gets one."""
        return str(self.network[self.network.num_addresses // 16 * 15 - 2])

    @property
    def bridge(self) -> str:
        """The engine's own address on the network: the last usable one, so that the router can have the first."""
        return str(self.network[-2])


def kit_name(text: str) -> str:
    """Return `text` if it can be a kit's name. Raises UsageError."""
    if not KIT_NAME.fullmatch(text):
        raise UsageError(
            f"kit name {text!r} cannot be used: expected 1 to 30 of a-z, 0-9 and inner hyphens, as in 'group-7'"
        )
    return text


def kit_network(text: str) -> IPv4Network:
    """Return the network that `text` names, as 172.16.0.0/20. Raises UsageError."""
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise UsageError(f"network {text!r} cannot be used: {error}; expected one like {DEFAULT_NETWORK}") from None
    if "/" not in text or not 16 <= network.prefixlen <= 24:
        raise UsageError(f"network {text!r} cannot be used: expected a size from /16 to /24, as in {DEFAULT_NETWORK}")
    if not any(network.subnet_of(block) for block in PRIVATE):
        raise UsageError(
            f"network {text!r} cannot be used: expected private addresses (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)"
        )
    return network
