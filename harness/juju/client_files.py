"""What Juju's client on main remembers: its controllers, its accounts there and their models, read from its files.

Juju 2.9 and 3.6 keep them alike: controllers.yaml, accounts.yaml and models.yaml below `$JUJU_DATA`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address
from typing import Any, cast

from harness.errors import CheckFailed, UnexpectedAnswer
from harness.fields import record
from harness.juju.optional import part, parts, text, texts

FILES = ("controllers.yaml", "accounts.yaml", "models.yaml")
SIZE_LIMIT = 65_536
"""Characters of one file: a controller takes two thousand."""
BRACKETS_LIMIT = 1_000
"""Brackets in one file: the time to read nested ones grows with the square of their number."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a controller's API answers."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller as its client knows it."""

    name: str
    cloud: str
    version: str
    """As `3.6.8`; empty when the client does not say."""
    endpoints: tuple[Endpoint, ...]
    """In the client's order; those that are no IPv4 address with a port are left out."""
    ca_cert: str = field(repr=False, default="")
    """PEM."""
    user: str = ""
    """Whom the client logs in as; empty when it is logged out."""
    password: str = field(repr=False, default="")
    """Empty when the client has none."""
    models: tuple[str, ...] = ()
    """Names that the client remembers, as `admin/openstack`."""
    uuid: str = ""

    def endpoint_in(self, network: IPv4Network) -> Endpoint:
        """Return where the API answers in the kit's network. Raises CheckFailed when there is no such place.

        Juju 2.9 lists addresses of other networks too (fan, IPv6).
        """
        for endpoint in self.endpoints:
            if ip_address(endpoint.address) in network:
                return endpoint
        known = ", ".join(map(str, self.endpoints)) or "none"
        raise CheckFailed(
            f"The controller '{self.name}' has no address in {network}; its client knows {known}.",
            help="The controller's machine must be one of the kit's: bootstrap it on the kit's MAAS.",
        )


def controllers_of(contents: Mapping[str, str]) -> dict[str, Controller]:
    """Return the controllers, by name, that files (by name) describe; a file that is missing has nothing to say.

    Raises UnexpectedAnswer for what is not YAML, or not of the documented shape.
    """
    told = {name: _loaded(name, contents.get(name, "")) for name in FILES}
    accounts = parts(told["accounts.yaml"], "controllers", "accounts.yaml")
    models = parts(told["models.yaml"], "controllers", "models.yaml")
    found: dict[str, Controller] = {}
    for name, entry in parts(told["controllers.yaml"], "controllers", "controllers.yaml").items():
        where = f"controllers.yaml: {name}"
        account = accounts.get(name, {})
        found[name] = Controller(
            name,
            text(entry, "cloud", where),
            text(entry, "agent-version", where),
            tuple(_endpoints(texts(entry, "api-endpoints", where))),
            text(entry, "ca-cert", where),
            text(account, "user", "accounts.yaml"),
            text(account, "password", "accounts.yaml"),
            tuple(part(models.get(name, {}), "models", "models.yaml")),
            text(entry, "uuid", where),
        )
    return found


def _loaded(name: str, content: str) -> Mapping[str, object]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads YAML as Juju writes it: an alias may stand for more than the whole file."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias")
            return super().compose_node(parent, index)

    if len(content) > SIZE_LIMIT or content.count("[") + content.count("{") > BRACKETS_LIMIT:
        raise UnexpectedAnswer(f"Juju's file {name} on main is far larger, or deeper, than Juju writes it")
    try:
        value: Any = yaml.load(content, Loader)  # noqa: S506 - a SafeLoader
    except Exception:  # noqa: BLE001 - it raises whatever a value leads to that is not of the type which a tag says
        raise UnexpectedAnswer(
            f"Juju's file {name} on main is not YAML", help="look at it in ~/.local/share/juju: was it edited by hand?"
        ) from None
    return {} if value is None else record(cast("object", value), name)


def _endpoints(written: Iterable[str]) -> Iterable[Endpoint]:
    for each in written:
        address, _, port = each.rpartition(":")
        try:
            if ip_address(address).version == 4 and 1 <= int(port) <= 65_535:
                yield Endpoint(address, int(port))
        except ValueError:
            continue
