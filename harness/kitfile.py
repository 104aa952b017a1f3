"""kit.yaml: how a kit is described, loaded so that a mistake in it costs its author one line to read."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast
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
from pydantic_core import ErrorDetails

from harness.errors import UsageError
from harness.marked_yaml import VARIABLE, Keys, Marked, Problem, read

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
LAB, MAIN, MAAS_PORT = IPv4Network("172.16.0.0/20"), 3, 5240
"""The lab's network since 2023, main's number in it, and MAAS' port there."""


class SshAddress(NamedTuple):
    """`[user@]host[:port]`; what is missing comes from ~/.ssh/config."""

    host: str
    port: int | None = None
    user: str | None = None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - pydantic turns ValueError into a line of ours
    if not value or not value.isprintable():
        raise ValueError("expected text of printable characters")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
        raise ValueError("expected up to 63 letters, digits, `.`, `_` and `-`, a letter or digit first")
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
    found = re.fullmatch(r"\[(?P<v6>[0-9A-Fa-f:.%\w]+)\](?::(?P<p6>.*))?|(?P<host>[\w.-]+)(?::(?P<port>.*))?", address)
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

    Raises UsageError with one line: file, line, key, what is wrong, what is expected.
    """
    marked = read(path, environ)
    problems = list(marked.problems)
    kit: KitFile | None = None
    try:
        kit = KitFile.model_validate(marked.values)
    except ValidationError as error:
        told = {problem.keys for problem in problems}
        for detail in error.errors(include_url=False, include_input=False):
            keys = detail["loc"]
            if not any(keys[: len(known)] == known for known in told):
                problems.append(_problem(detail, keys, marked))
    problems += _open_secrets(path, marked)
    if problems or kit is None:
        problems.sort(key=lambda problem: problem.line)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        line = "".join(sign if sign.isprintable() else " " for sign in f"{problems[0]}{more}")
        raise UsageError(f"{path} {line}")
    return kit


def _problem(detail: ErrorDetails, keys: Keys, marked: Marked) -> Problem:
    """Return one of pydantic's findings in our words."""
    line = marked.line(keys)
    written = marked.written.get(keys)
    seen = f"; found `{written}`" if written and keys not in SECRETS and len(written) <= 60 else ""
    match detail["type"]:
        case "extra_forbidden":
            return Problem(line, keys, "unknown key" + _meant(str(keys[-1]), _siblings(keys)))
        case "missing":
            return Problem(line, keys, "missing" + _example(keys))
        case "literal_error":
            expected = detail.get("ctx", {}).get("expected", "")
            return Problem(line, keys, f"unknown{seen}; expected {expected}")
        case "value_error":
            said = str(detail["msg"]).removeprefix("Value error, ")
            if "password" in said:  # where one does not belong: not to be repeated
                return Problem(line, keys, said)
        case "model_type" | "dict_type" | "model_attributes_type":
            said = "expected keys and values of its own" + _example(keys)
        case "tuple_type":
            said = "expected a list"
        case "string_type":
            said = "expected text"
        case _:
            said = str(detail["msg"])[:1].lower() + str(detail["msg"])[1:]
    if written is not None and _misread(keys, marked):
        return Problem(line, keys, f'{said}; YAML reads it as {_misread(keys, marked)}: put it in quotes ("...")')
    return Problem(line, keys, said + seen)


def _misread(keys: Keys, marked: Marked) -> str:
    """Return what YAML 1.1 took a value for that stands where text is expected."""
    value: Any = marked.values
    for key in keys:
        value = value[key]
    if value is None:
        return "nothing"
    kinds: dict[type[Any], str] = {bool: "yes or no", int: "a number", float: "a number"}
    if keys[-1] == "port":
        return ""
    return "" if isinstance(value, str) else kinds.get(cast("type[Any]", type(value)), "a date")


def _siblings(keys: Keys) -> list[str]:
    """Return the keys that are legal beside `keys`."""
    model: type[BaseModel] | None = KitFile
    for key in keys[:-1]:
        annotation = model.model_fields[str(key)].annotation if model and str(key) in model.model_fields else None
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return list(model.model_fields) if model else []


def _meant(key: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(key, candidates, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; expected one of {', '.join(candidates)}" if candidates else ""


def _example(keys: Keys) -> str:
    examples = {
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
    example = examples.get(str(keys[-1])) if keys else None
    return f"; expected e.g. {example}" if example else ""


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
