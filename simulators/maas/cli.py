#!/usr/bin/env python3
"""The `maas` command of a simulated kit's main: logs in to MAAS and offers every operation that MAAS describes.

One file without dependencies, installed as /usr/local/bin/maas. It behaves as the real command does where the lab
meets it: the names of commands, what goes into a query and what into a body, output and exit status.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
import textwrap
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

API_KEYS = Path("/etc/maas-simulator/apikeys.json")
"""Every user's API key, readable by root: what the real command would look up in MAAS' database."""
PROFILES = Path.home() / ".maascli.json"
"""Where a user's logins are kept."""
TIMEOUT = 300
"""Seconds for one answer; releasing and powering machines takes its time."""


class CommandError(Exception):
    """The command cannot do as it was told; the message goes to stderr, the exit status is 2."""


@dataclass(frozen=True)
class Profile:
    """A login: where MAAS is, whose key we use, and what MAAS described itself to be able to do."""

    name: str
    url: str
    key: str
    description: dict[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Operation]]:
        """Return the operations of every resource, by command names."""
        found: dict[str, dict[str, Operation]] = {}
        for resource in self.description["resources"]:
            operations = found.setdefault(resource_name(resource["name"]), {})
            for handler in filter(None, (resource["auth"], resource["anon"])):
                for action in handler["actions"]:
                    name = action["name"].replace("_", "-")
                    made = Operation(
                        handler["path"], handler["params"], action["method"], action["op"], action["doc"] or ""
                    )
                    operations.setdefault(name, made)
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Operation:
    """One thing that MAAS can do, as its describe document puts it."""

    path: str
    parameters: list[str]
    method: str
    op: str | None
    doc: str


@dataclass(frozen=True)
class Answer:
    """What MAAS answered."""

    status: int
    headers: Message
    body: bytes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, or 2 for refusals, errors and unusable arguments."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return dispatch(words)
    except CommandError as exc:
        print(f"maas: {exc}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 2


def dispatch(words: list[str]) -> int:
    """Find out whether a command or a profile is meant, and do it."""
    if not words or words[0] in {"-h", "--help"}:
        return show_overview()
    name, rest = words[0], words[1:]
    if name in COMMANDS:
        usage, run = COMMANDS[name]
        if set(rest) & {"-h", "--help"}:
            return show(f"usage: maas {name} {usage}", "", str(run.__doc__))
        return run(rest)
    profiles = load_profiles()
    if profile := profiles.get(name):
        return use_profile(profile, rest)
    if name in NOT_SIMULATED:
        raise CommandError(f"'{name}' is not simulated")
    known = ", ".join(sorted(profiles)) or "none"
    raise CommandError(f"'{name}' is neither a command nor a profile (profiles: {known}; see `maas --help`)")


def log_in(words: list[str]) -> int:
    """Log in to a MAAS. Without a key, or with -, the key is read from the terminal or from stdin."""
    if not 2 <= len(words) <= 3:
        raise wrong_usage("login")
    name, url = words[0], api_url(words[1])
    if not re.fullmatch(r"\w[\w.@-]*", name) or name in COMMANDS:
        raise CommandError(f"'{name}' cannot be a profile's name")
    key = read_key(words[2] if len(words) == 3 else None)
    if key:
        answer = send("GET", f"{url}users/?op=whoami", key)
        if answer.status == 401:
            raise CommandError("The MAAS server rejected your API key.")
        if answer.status != 200:
            raise CommandError(f"MAAS at {url} gave an unexpected response: {answer.status}")
    profiles = load_profiles()
    profiles[name] = Profile(name, url, key, fetch_description(url))
    save_profiles(profiles)
    return show(f"Logged in to {url} as profile '{name}'.", f"See `maas {name} --help` for what can be done.")


def log_out(words: list[str]) -> int:
    """Forget a profile."""
    if len(words) != 1:
        raise wrong_usage("logout")
    profiles = load_profiles()
    if profiles.pop(words[0], None) is None:
        raise CommandError(f"there is no profile '{words[0]}'")
    save_profiles(profiles)
    return 0


def list_profiles(words: list[str]) -> int:
    """Print name, address and key of every profile, as the real command does."""
    if words:
        raise wrong_usage("list")
    return show(*(f"{p.name} {p.url} {p.key}".rstrip() for p in load_profiles().values()))


def refresh(words: list[str]) -> int:
    """Fetch every profile's description anew."""
    if words:
        raise wrong_usage("refresh")
    save_profiles({n: Profile(n, p.url, p.key, fetch_description(p.url)) for n, p in load_profiles().items()})
    return 0


def api_key(words: list[str]) -> int:
    """Print a user's API key; root only, because it reads what only root can."""
    match words:
        case ["--username" | "-u", user]:
            pass
        case [word] if word.startswith("--username="):
            user = word.partition("=")[2]
        case _:
            raise wrong_usage("apikey")
    try:
        keys = json.loads(API_KEYS.read_text())
    except PermissionError:
        raise CommandError("only root can see API keys: sudo maas apikey --username=USER") from None
    except (OSError, ValueError) as exc:
        raise CommandError(f"no API keys on this machine ({API_KEYS})") from exc
    if user not in keys:
        raise CommandError(f"there is no user '{user}'")
    return show(keys[user])


COMMANDS: dict[str, tuple[str, Callable[[list[str]], int]]] = {
    "login": ("PROFILE URL [API-KEY | -]", log_in),
    "logout": ("PROFILE", log_out),
    "list": ("", list_profiles),
    "refresh": ("", refresh),
    "apikey": ("--username USER", api_key),
}
NOT_SIMULATED = {"changepassword", "config", "config-tls", "createadmin", "init", "migrate", "status", "msm"}
"""Commands of the real program that would change a real server."""


def use_profile(profile: Profile, words: list[str]) -> int:
    """Run `RESOURCE OPERATION [PARAMETER]... [NAME=VALUE]...`."""
    resources = profile.resources
    if not words or words[0] in {"-h", "--help"}:
        usage = f"usage: maas {profile.name} RESOURCE OPERATION ..."
        return show(usage, "", "resources:", *(f"  {name}: {', '.join(resources[name])}" for name in resources))
    said = f"{profile.name} {words[0]}"
    operations = choose(resources, words[0], f"resource of maas {profile.name}")
    if len(words) == 1 or words[1] in {"-h", "--help"}:
        lines = (f"  {name}: {found.doc.strip().partition(chr(10))[0]}" for name, found in sorted(operations.items()))
        return show(f"usage: maas {said} OPERATION ...", "", "operations:", *lines)
    operation = choose(operations, words[1], f"operation of maas {said}")
    usage = " ".join([f"usage: maas {said} {words[1]}", *operation.parameters, "[NAME=VALUE | NAME@=FILE]..."])
    rest = words[2:]
    if set(rest) & {"-h", "--help"}:
        return show(usage, "", textwrap.dedent(operation.doc).strip())
    if len(rest) < len(operation.parameters):
        raise CommandError(f"{operation.parameters[len(rest)]} is missing; {usage}")
    count = len(operation.parameters)
    return perform(profile, operation, rest[:count], [read_pair(word) for word in rest[count:]])


def perform(profile: Profile, operation: Operation, places: list[str], pairs: list[tuple[str, str | bytes]]) -> int:
    """Send one request; print what came back and return 0, or 2 when MAAS refused."""
    path = operation.path
    for name, value in zip(operation.parameters, places, strict=True):
        path = path.replace("{" + name + "}", quote(value, safe=""))
    query: list[tuple[str, str | bytes]] = [("op", operation.op)] if operation.op else []
    body, content_type = None, None
    if operation.method in {"POST", "PUT"} and pairs:
        body, content_type = multipart(pairs)
    else:
        query += pairs
    url = urljoin(profile.url, "/").rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
    answer = send(operation.method, url, profile.key, body, content_type)
    warn_of_change(profile, answer)
    good = 200 <= answer.status < 300
    if good and sys.stdout.isatty():
        print("Success.\nMachine-readable output follows:", flush=True)
    sys.stdout.buffer.write(answer.body + (b"\n" if sys.stdout.isatty() or not good else b""))
    sys.stdout.buffer.flush()
    return 0 if good else 2


def warn_of_change(profile: Profile, answer: Answer) -> None:
    """Say loudly that MAAS can do other things than when we logged in."""
    now = answer.headers.get("X-MAAS-API-Hash")
    if now and now != profile.description.get("hash"):
        line = "*" * 70
        print(f"{line}\n*** WARNING! The API on the server differs from the description cached here.", file=sys.stderr)
        print(f"*** Refresh it with: maas refresh\n{line}", file=sys.stderr)


def read_pair(word: str) -> tuple[str, str | bytes]:
    """Return name and value of `name=value`, or of `name@=file` with the file's content."""
    name, equals, value = word.partition("=")
    if not equals or not name.strip("@"):
        raise CommandError(f"expected NAME=VALUE or NAME@=FILE, got {word!r}")
    if not name.endswith("@"):
        return name, value
    try:
        return name[:-1], Path(value).read_bytes()
    except OSError as exc:
        raise CommandError(f"cannot read {value}: {exc.strerror}") from exc


def multipart(pairs: Iterable[tuple[str, str | bytes]]) -> tuple[bytes, str]:
    """Return a form as a body with its content type; what came from a file is sent as a file."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in pairs:
        kind, content = ("", value.encode()) if isinstance(value, str) else (f'; filename="{quote(name)}"', value)
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{quote(name)}"{kind}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def send(method: str, url: str, key: str = "", body: bytes | None = None, content_type: str | None = None) -> Answer:
    """Return MAAS' answer, whatever its status. Raises CommandError when there is none."""
    headers = {"Accept": "*/*", "User-Agent": "maas"}
    if key:
        headers["Authorization"] = sign(key)
    if content_type:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - api_url lets only http(s) in
    try:
        with OPENER.open(request, timeout=TIMEOUT) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as exc:
        with exc:
            return Answer(exc.code, exc.headers, exc.read())
    except (OSError, ValueError, urllib.error.URLError) as exc:
        reason = getattr(exc, "reason", None) or exc
        raise CommandError(f"cannot reach MAAS at {url.partition('?')[0]}: {reason}") from exc


class StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the key is not carried elsewhere."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Return no further request."""


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), StayHere)


def sign(key: str) -> str:
    """Return the OAuth 1.0 PLAINTEXT authorisation for a key."""
    consumer, token, secret = key.split(":")
    values = {
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
        "oauth_signature_method": "PLAINTEXT",
        "oauth_consumer_key": consumer,
        "oauth_token": token,
        "oauth_signature": f"&{secret}",
    }
    return 'OAuth realm="", ' + ", ".join(f'{name}="{quote(value, safe="~")}"' for name, value in values.items())


def read_key(word: str | None) -> str:
    """Return the key that was given, piped in or typed; empty for anonymous access."""
    if word is None and sys.stdin.isatty():
        word = getpass.getpass("API key (leave empty for anonymous access): ")
    key = (sys.stdin.readline() if word in {None, "-"} else str(word)).strip()
    if key and not re.fullmatch(r"[!-9;-~]+:[!-9;-~]+:[!-9;-~]+", key):
        raise CommandError("an API key has three parts joined by colons, as `sudo maas apikey` prints it")
    return key


def api_url(url: str) -> str:
    """Return the API's address for the address of a MAAS."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise CommandError(f"expected MAAS' address, as http://172.16.0.3:5240/MAAS/, got {url!r}")
    base = url.rstrip("/")
    return f"{base}/" if "/api/" in parts.path else f"{base}/api/2.0/"


def fetch_description(url: str) -> dict[str, Any]:
    """Return what MAAS can do; asked for without a key. The real command insists on this very content type, too."""
    answer = send("GET", f"{url}describe/")
    content_type = answer.headers.get("Content-Type")
    if answer.status != 200 or content_type != "application/json":
        raise CommandError(f"expected a description of MAAS at {url}, got {answer.status} {content_type}")
    try:
        return json.loads(answer.body)
    except ValueError as exc:
        raise CommandError(f"the description of MAAS at {url} is not JSON") from exc


def resource_name(handler: str) -> str:
    """Return `boot-resources` for BootResourcesHandler, `sshkeys` for SSHKeysHandler."""
    words = re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", handler)
    return "-".join(word.lower() for word in words if word not in {"Anon", "Handler"})


def load_profiles() -> dict[str, Profile]:
    """Return all logins by name."""
    try:
        return {name: Profile(**profile) for name, profile in json.loads(PROFILES.read_text()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise CommandError(f"cannot read {PROFILES}; remove it and log in again") from exc


def save_profiles(profiles: dict[str, Profile]) -> None:
    """Keep all logins, for this user only, whole or not at all."""
    new = PROFILES.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({name: asdict(profile) for name, profile in profiles.items()}, file)
        new.replace(PROFILES)
    except OSError as exc:
        raise CommandError(f"cannot write {PROFILES}: {exc.strerror}") from exc


def choose(among: dict[str, Any], name: str, what: str) -> Any:
    """Return what `name` stands for, or say what there is."""
    if name not in among:
        raise CommandError(f"'{name}' is no {what}; there are: {', '.join(sorted(among))}")
    return among[name]


def show_overview() -> int:
    """Print commands and profiles."""
    commands = (f"  {name} {usage}".rstrip() for name, (usage, _) in COMMANDS.items())
    profiles = (f"  {name} ..." for name in load_profiles())
    return show("usage: maas COMMAND ...", "", "commands:", *commands, "", "profiles:", *profiles)


def show(*lines: str) -> int:
    """Print lines; success."""
    for line in lines:
        print(line)
    return 0


def wrong_usage(command: str) -> CommandError:
    """Return what says how a command is used."""
    return CommandError(f"usage: maas {command} {COMMANDS[command][0]}")


if __name__ == "__main__":
    sys.exit(main())
