"""Asks the kit's MAAS over its API, as a user with an API key."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from harness.errors import AccessRefused, UnexpectedAnswer, UsageError
from harness.fields import field, member, parse, record, texts
from harness.machines import Machine, PowerState, checked_id, find_machine, parse_machine, parse_machines
from harness.signing import Signature

ANSWER_LIMIT = 8 * 1024 * 1024
"""Bytes read of one answer. MAAS 3.5: 23 machines are 0.87 MB."""
TIMEOUT = 20.0
"""Seconds for one answer. MAAS 3.5: `machines/` takes about 75 ms a machine."""
TRIES = 4
"""Requests made in all while MAAS answers 503 with Retry-After."""
PATIENCE = 20.0
"""Seconds after the first request within which the last try must begin."""


@dataclass(frozen=True, slots=True)
class User:
    """Whom MAAS takes us for."""

    username: str
    is_superuser: bool


@dataclass(frozen=True, slots=True)
class Version:
    """Which MAAS answers."""

    version: str
    """As `3.5.13`."""
    capabilities: tuple[str, ...]


class Requester(Protocol):
    """Sends one HTTP request to an address inside the kit, bounded in bytes and seconds (`harness.http.Http`)."""

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        auth: AuthBase | None = None,
        timeout: float = TIMEOUT,
        limit: int = ANSWER_LIMIT,
    ) -> requests.Response:
        """Return the answer, whatever its status, redirects not followed. Raises KitError when there is none."""
        ...


class MaasClient:
    """Asks one MAAS. Every answer is asked for anew: callers keep what they share.

    All methods raise AccessRefused when MAAS refuses the key, UnexpectedAnswer for any answer that is not what MAAS
    documents, and what the Requester raises. A 503 that says when to come back is waited for: at most TRIES requests,
    the last of them begun within PATIENCE seconds.
    """

    def __init__(
        self,
        http: Requester,
        url: str,
        api_key: str,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raise UsageError when `url` is no address or `api_key` is not three parts joined by colons."""
        self._http = http
        self._root = api_root(url)
        self._auth = _authorisation(api_key)
        self._pause = pause
        self._clock = clock

    def version(self) -> Version:
        """Return which MAAS this is. MAAS answers this to anybody: it says nothing about the key."""
        answer, where = self._get("version/")
        holder = record(answer, where)
        return Version(field(holder, "version", str, where), texts(holder, "capabilities", where))

    def whoami(self) -> User:
        """Return whose key ours is."""
        answer, where = self._get("users/", ("op", "whoami"))
        holder = record(answer, where)
        return User(field(holder, "username", str, where), field(holder, "is_superuser", bool, where))

    def machines(self, hostnames: Iterable[str] | None = None) -> tuple[Machine, ...]:
        """Return all machines, or those that answer to one of `hostnames`; a name that MAAS does not know is absent.

        With names, a filtered question is tried first, because it is cheap. MAAS' filter minds letter case and knows
        no domains, so all machines are asked for when that left a name without a machine.
        """
        if hostnames is None:
            return parse_machines(*self._get("machines/"))
        names = tuple(dict.fromkeys(hostnames))
        found = self._filtered(names)
        if any(find_machine(found, name) is None for name in names):
            found = self.machines()
        return tuple(machine for machine in found if any(machine.answers_to(name) for name in names))

    def setting(self, name: str) -> object:
        """Return one of MAAS' own settings. MAAS 3.5: 400 for a name that it does not know."""
        return self._get("maas/", ("op", "get_config"), ("name", name))[0]

    def machine(self, system_id: str) -> Machine:
        """Return one machine as it is now."""
        return parse_machine(*self._get(_machine_path(system_id)))

    def power_on(self, system_id: str) -> None:
        """Tell MAAS to start a machine; returns before it has started. MAAS 3.5: 409 when nobody owns it."""
        self._ask("POST", _machine_path(system_id), ("op", "power_on"))

    def power_off(self, system_id: str) -> None:
        """Tell MAAS to stop a machine; returns before it has stopped. MAAS 3.5: 200 also when it cannot."""
        self._ask("POST", _machine_path(system_id), ("op", "power_off"))

    def query_power_state(self, system_id: str) -> PowerState:
        """Return what the machine's power controller says now; MAAS' own record may be minutes old."""
        answer, where = self._get(_machine_path(system_id), ("op", "query_power_state"))
        return member(PowerState, field(record(answer, where), "state", str, where), f"{where}: state")

    def _filtered(self, names: Sequence[str]) -> tuple[Machine, ...]:
        """Return the machines whose short names MAAS' own filter finds, asked in the letter cases that kits use."""
        short = [name.partition(".")[0] for name in names]
        spellings = dict.fromkeys(spelt for name in short for spelt in (name, name.lower(), name.capitalize()))
        if not spellings:
            return ()
        return parse_machines(*self._get("machines/", *(("hostname", spelt) for spelt in spellings)))

    def _get(self, path: str, *params: tuple[str, str]) -> tuple[object, str]:
        """Return the JSON that a GET answers with, and what to call it in messages."""
        where = f"MAAS' answer to {path}" + (f"?op={params[0][1]}" if params and params[0][0] == "op" else "")
        response = self._ask("GET", path, *params)
        if "json" not in _content_type(response):
            raise UnexpectedAnswer(f"{where} is {_content_type(response)}, not JSON", help=_ADDRESS_HELP)
        return parse(response.content, where), where

    def _ask(self, method: str, path: str, *params: tuple[str, str]) -> requests.Response:
        """Return the first answer that does not ask us to come back later; raises for all but 2xx."""
        began = self._clock()
        tries = 1
        while True:
            response = self._http.request(
                method, self._root + path, params=params, auth=self._auth, timeout=TIMEOUT, limit=ANSWER_LIMIT
            )
            delay = _retry_after(response)
            if delay is None or tries >= TRIES or self._clock() - began + delay > PATIENCE:
                _refuse_errors(response, path)
                return response
            self._pause(delay)
            tries += 1


def api_root(url: str) -> str:
    """Return where the API of the MAAS at `url` begins, ending in `/api/2.0/`.

    Accepts the address as people copy it: with or without the last slash, the API's own address, the dashboard's.
    Raises UsageError for what is not an http(s) address.
    """
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable:
        raise UsageError("maas.url: expected an address like http://172.16.0.3:5240/MAAS/")
    base = re.sub(r"/(api(/2\.0)?|[lr](/.*)?)$", "", re.sub(r"/+", "/", parts.path).rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}{base}/api/2.0/"


_ADDRESS_HELP = (
    "Look at maas.url: it is the address as seen from main and ends in /MAAS/, as http://172.16.0.3:5240/MAAS/."
)


def _authorisation(api_key: str) -> AuthBase:
    """Return what signs our requests; the message about a malformed key does not show it."""
    parts = api_key.strip().split(":")
    if len(parts) != 3 or not all(re.fullmatch(r"[!-~]+", part) for part in parts):
        raise UsageError("maas.api_key: expected consumer:token:secret as MAAS prints it, three parts joined by colons")
    consumer, token, secret = parts
    return Signature(consumer, token, secret)


def _machine_path(system_id: str) -> str:
    return f"machines/{checked_id(system_id)}/"


def _retry_after(response: requests.Response) -> float | None:
    """Return how many seconds MAAS asks us to wait, or None when it does not (MAAS 3.5: 503 with Retry-After: 10)."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if response.status_code == 503 and re.fullmatch(r"[0-9]{1,6}", asked) else None


def _refuse_errors(response: requests.Response, path: str) -> None:
    """Raise for all but 2xx. The body of a 401 stays unread: MAAS 3.5 puts the expected secret into one of them."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if status == 401:
        raise AccessRefused(
            "MAAS refused the API key",
            help="Copy the key anew: on main, `sudo maas apikey --username=USER` prints it, "
            "and the dashboard shows it among the user's API keys.",
        )
    if status == 503:
        message = f"MAAS is too busy: it still answers {path} with 503"
        raise UnexpectedAnswer(message, help="Look at MAAS' services on main, wait a minute and try again.")
    said = "" if "html" in _content_type(response) else _first_line(response)
    raise UnexpectedAnswer(
        f"MAAS answered {path} with {status}{said and f', saying {said!r}'}; expected 200", help=_advice(status, path)
    )


def _advice(status: int, path: str) -> str:
    """Return what to try when MAAS answered with an error."""
    if status == 403:
        return "The key's user may not do this: use an administrator's key."
    if status == 409:
        return "The machine's state does not allow it: look at the machine in MAAS."
    if status >= 500:
        return "Look at MAAS' own log on main."
    if status == 404 and path != "machines/" and path.startswith("machines/"):
        return "Is the machine still in MAAS?"
    return _ADDRESS_HELP


def _content_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "of no content type")[:80]


def _first_line(response: requests.Response) -> str:
    return response.content[:400].decode("utf-8", "replace").strip().partition("\n")[0][:200]
