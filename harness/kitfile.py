"""kit.yaml: how a kit is described, loaded so that a mistake in it costs its author one line to read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, cast
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from harness.marked_yaml import VARIABLE, Keys, Marked, Problem, read
from harness.misfits import TEXT, misfits_of, refusal

Stage = Literal[
    "checkpoint-1", "checkpoint-2", "checkpoint-3", "juju-controller", "checkpoint-4", "checkpoint-5", "cleanup"
]
SECRETS: tuple[Keys, ...] = (
    ("access", "password"),
    ("maas", "api_key"),
    ("juju", "grafana_password"),
    ("juju", "wordpress_password"),
)
"""Values that never appear in a message, and stand literally only in a file that nobody else can read."""
HIDDEN = {str(keys[-1]) for keys in SECRETS}
"""Keys of such values."""
FILE_LIMIT = 65_536
"""Bytes of a kit.yaml."""
LARGEST = 16
"""Bits that name a kit's network, at least: 65 536 addresses."""
LAB, MAIN, MAAS_PORT = IPv4Network("172.16.0.0/20"), 3, 5240
"""The lab's network since 2023, main's number in it, and MAAS' port there."""
EXAMPLES = {
    "kit": "`kit: kit-a`",
    "access": "`access: {ssh: cloud@10.103.1.19}`",
    "ssh": "`ssh: cloud@10.103.1.19`",
    "network": "`network: 172.16.0.0/20`",
    "maas": '`maas: {url: "http://172.16.0.3:5240/MAAS/", api_key: "${KIT_A_MAAS_KEY}"}`',
    "url": '`url: "http://172.16.0.3:5240/MAAS/"`',
    "api_key": '`api_key: "${KIT_A_MAAS_KEY}"`',
    "roles": "`roles: {database: server1, django: [server2, server3], proxy: server4}`",
    "django": "`django: {port: 8080, path: /tasks/}`",
    "proxy": "`proxy: {port: 80}`",
}
"""How keys could be written."""

_ADDRESS = re.compile(r"\[(?P<v6>[0-9A-Fa-f:.%\w]+)\](?::(?P<p6>.*))?|(?P<host>[\w.][\w.-]*)(?::(?P<port>.*))?")
"""A host, in brackets when it is IPv6, with a port. No host begins with a hyphen: it would be an option of `ssh`."""
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Windows: these are devices in every folder, with any ending."""


class SshAddress(NamedTuple):
    """`[user@]host[:port]`; what is missing comes from ~/.ssh/config."""

    host: str
    port: int | None = None
    user: str | None = None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(TEXT)  # noqa: TRY004 - pydantic turns ValueError into a line of ours
    if not value or not value.isprintable():
        raise ValueError("expected text of printable characters")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
        raise ValueError("expected up to 63 letters, digits, `.`, `_` and `-`, a letter or digit first")
    if text.endswith(".") or _DEVICE.fullmatch(text):
        raise ValueError("expected a name that every system takes for a file: not con, nul or com1, no dot at its end")
    return text


def _port(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65_535:
        raise ValueError("expected a port from 1 to 65535")
    return value


def _ssh(value: object) -> SshAddress:
    if isinstance(value, SshAddress):
        return value
    text = _text(value)
    user, at, address = text.rpartition("@")
    found = _ADDRESS.fullmatch(address)
    if ":" in user:
        raise ValueError("a password does not belong here: say access.password")
    if found is None or (at and not re.fullmatch(r"[\w.@+-]+", user)) or text.startswith("-"):
        raise ValueError("expected [user@]host[:port], an IPv6 address in brackets")
    port = found["p6"] or found["port"]
    if port is None and text.endswith(":"):
        raise ValueError("expected a port from 1 to 65535 after the colon")
    return SshAddress(found["v6"] or found["host"], None if port is None else _port(port), user or None)


def _network(value: object) -> IPv4Network:
    if isinstance(value, IPv4Network):
        return value
    text = _text(value)
    try:
        loose = IPv4Network(text, strict=False)
    except ValueError:
        raise ValueError("expected an IPv4 network like 172.16.0.0/20") from None
    special = loose.is_loopback or loose.is_link_local or loose.is_multicast or loose.is_unspecified
    if "/" in text and (special or loose.is_reserved or loose.prefixlen < LARGEST):
        # whoever stands in the kit's network is asked directly: it must not hold our own computer, or the whole world
        raise ValueError("expected a network of machines, of at most 65536 addresses, like 172.16.0.0/20")
    if "/" not in text:
        raise ValueError(f"expected an IPv4 network with its size, like {text}/20")
    if str(loose.network_address) != text.partition("/")[0]:
        raise ValueError(f"expected the network's first address; did you mean {loose}?")
    return loose


def _url(value: object) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError("expected a URL like http://172.16.0.3:5240/MAAS/") from None
    if not usable or parts.query or parts.fragment or " " in text:
        raise ValueError("expected a URL like http://172.16.0.3:5240/MAAS/")
    if parts.username is not None or parts.password is not None:
        raise ValueError("user and password do not belong in the URL: say maas.api_key")
    return text if text.endswith("/") else f"{text}/"


def _api_key(value: object) -> object:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[^:\s]+:[^:\s]+:[^:\s]+", value):
        raise ValueError("expected three parts a:b:c, as MAAS shows under API keys")
    return value


def _user(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[\w.@+-]{1,150}", text):
        raise ValueError("expected a user's name in MAAS, like cloud")
    return text


def _path(value: object) -> str:
    text = _text(value)
    if not text.startswith("/") or any(sign in text for sign in " ?#"):
        raise ValueError("expected a path that starts with /, like /tasks/")
    return text


def _identity(value: object) -> Path:
    path = value if isinstance(value, Path) else Path(_text(value))
    try:
        path = path.expanduser()
    except RuntimeError:
        raise ValueError(f"no home folder for {path}") from None
    if not path.is_file() or not os.access(path, os.R_OK):
        raise ValueError(f"no readable file {path}")
    return path


def _hosts(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"expected a list of host names, like [{value}]")  # noqa: TRY004 - see _text
    if isinstance(value, list | tuple):
        names = [name for name in value if isinstance(name, str)]  # pyright: ignore[reportUnknownVariableType] - any list
        if len({name.lower() for name in names}) < len(names):
            raise ValueError("names the same host twice")
        return tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - checked by pydantic
    return value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
Port = Annotated[int, BeforeValidator(_port)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


class AccessDescription(_Part):
    """The one SSH address, and how to log in there."""

    ssh: Annotated[SshAddress, BeforeValidator(_ssh)]
    identity: Annotated[Path, BeforeValidator(_identity)] | None = None
    """A private key file; without it and without a password the user's agent, keys and ~/.ssh/config apply."""
    password: SecretStr | None = None


class Maas(_Part):
    """The kit's MAAS, as seen from main."""

    url: Annotated[str, BeforeValidator(_url)]
    """Ends with a slash. Left out in the file: where the lab has its MAAS in the kit's network."""
    api_key: Annotated[SecretStr, BeforeValidator(_api_key)] | None = None
    """None: it is read on main (`harness.api_key`)."""
    user: Annotated[str, BeforeValidator(_user)] | None = None
    """Whose key is read on main; None: of the user as whom we log in there."""


class Roles(_Part):
    """Which machine does what, by host names as MAAS shows them; what is not built yet may be left out."""

    database: Name | None = None
    django: Annotated[tuple[Name, ...], BeforeValidator(_hosts)] = ()
    proxy: Name | None = None


class Admin(_Part):
    """The login of Django's admin pages: the handout's, no secret."""

    user: Text = "cloud"
    password: Text = "cloud"  # noqa: S105 - printed in the handout


class Django(_Part):
    """Where the application answers on each Django host."""

    port: Port = 8080
    path: Annotated[str, BeforeValidator(_path)] = "/tasks/"
    admin: Admin = Admin()


class Proxy(_Part):
    """Where the load balancer answers."""

    port: Port = 80


class Juju(_Part):
    """Names of the lab's second half."""

    controller: Text = "maas-controller"
    model: Text = "openstack"
    grafana: Text = "grafana"
    prometheus: Text = "prometheus2"
    grafana_user: Text = "admin"
    """Whom we log in to Grafana as."""
    grafana_password: SecretStr | None = None
    """Grafana's password when it was changed; else the charm tells the one that it made."""
    wordpress: Text = "wordpress"
    mysql: Text = "mysql"
    wordpress_user: Text | None = None
    """Whom we log in to WordPress as; without user and password its dashboard is graded by a person."""
    wordpress_password: SecretStr | None = None


class KitFile(_Part):
    """A whole kit.yaml."""

    kit: Name
    access: AccessDescription
    network: Annotated[IPv4Network, BeforeValidator(_network)]
    maas: Maas = Field(default_factory=dict, validate_default=True)  # pyright: ignore[reportAssignmentType] - made below
    roles: Roles = Roles()
    django: Django = Django()
    proxy: Proxy = Proxy()
    juju: Juju = Juju()
    stage: Stage | None = Field(default=None)
    """What to grade when nobody says."""

    @field_validator("maas", mode="before")
    @classmethod
    def _where_the_lab_has_it(cls, value: object, info: ValidationInfo) -> object:
        """Fill in MAAS' address where the file does not: main is the third address of the lab's network."""
        # A network that cannot be used is its own line to read: any other does until then.
        network = info.data.get("network", LAB)
        if not isinstance(value, dict) or network.num_addresses <= MAIN:
            return cast("object", value)
        return {"url": f"http://{network[MAIN]}:{MAAS_PORT}/MAAS/", **cast("dict[str, object]", value)}


def load(path: Path, environ: Mapping[str, str] = os.environ) -> KitFile:
    """Return the kit that a file describes, with `${NAME}` in text taken from `environ`.

    Raises UsageError with a line for each thing that is wrong: file, line, key, what is wrong, what is expected.
    """
    marked = read(path, environ, limit=FILE_LIMIT)
    found = list(marked.problems)
    kit: KitFile | None = None
    try:
        kit = KitFile.model_validate(marked.values)
    except ValidationError as error:
        told = [problem.keys for problem in found]
        misfits = misfits_of(error, marked, KitFile, examples=EXAMPLES, hidden=HIDDEN)
        found += [each for each in misfits if not any(each.keys[: len(known)] == known for known in told)]
    found += _open_secrets(path, marked)
    if found or kit is None:
        found.sort(key=lambda problem: problem.line)
        raise refusal([f"{path} {each}" for each in found])
    return kit


def _open_secrets(path: Path, marked: Marked) -> list[Problem]:
    """Return a problem for each secret that stands in a file which others can read."""
    if os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return []
    return [
        Problem(
            marked.line(keys),
            keys,
            f"a secret in a file that others can read: write ${{NAME}} and set that variable, or `chmod 600 {path}`",
        )
        for keys in SECRETS
        if VARIABLE.sub("", marked.written.get(keys, "")).strip(":")
    ]
