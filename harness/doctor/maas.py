"""The kit's MAAS as seen from main: is the way there open, is it MAAS, does it take our key, does it know the roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.doctor.step import Found, broken, not_needed, ok
from harness.errors import AccessRefused, KitError, TimedOut, UnexpectedAnswer
from harness.machines import find_machine
from harness.tunnel import ConnectionRefused, HostUnreachable, plain

if TYPE_CHECKING:
    import requests
    from requests.auth import AuthBase

    from harness.doctor.examined import Examined
    from harness.http import Http

FORWARD_SECONDS = 4.0
SECONDS = 8.0
"""For one answer. MAAS 3.5: `machines/` takes about 75 ms a machine."""
ELSEWHERE_SECONDS = 2.0
"""For each place where MAAS could be instead."""
EXPIRED = re.compile(rb"Expired timestamp: given ([0-9]{1,12}) and now ([0-9]{1,12})")
"""MAAS 3.5, in a 401: a request was signed more than 300 s before MAAS' own time."""
NAMES_SHOWN = 12


class _Asker:
    """Sends MAAS' requests within fewer seconds than grading allows, and keeps whether our clock is why it refused."""

    def __init__(self, http: Http, seconds: float, *, signed: bool = True) -> None:
        self._http = http
        self._seconds = seconds
        self._signed = signed
        self.status = 0
        """Of the last answer."""
        self.behind: int | None = None
        """Seconds that our clock is behind MAAS', when it refused us for that."""

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        auth: AuthBase | None = None,
        timeout: float = SECONDS,
        limit: int = 0,
    ) -> requests.Response:
        """Return the answer. Raises KitError."""
        response = self._http.request(
            method,
            url,
            params=params,
            auth=auth if self._signed else None,
            timeout=min(timeout, self._seconds),
            limit=limit,
        )
        self.status = response.status_code
        if self.status == 401 and (said := EXPIRED.search(response.content[:4_096])):
            self.behind = int(said[2]) - int(said[1])
        return response


def forwarding(kit: Examined) -> Found:
    """Open a TCP connection from main: everything but commands goes this way."""
    address, port = _whereabouts(kit)
    if kit.access.on_site(address):
        return not_needed("this computer is in the kit's network itself: nothing goes through main")
    tried = f"open a TCP connection to {address}:{port} through main"
    try:
        kit.access.open(address, port, timeout=FORWARD_SECONDS, limit=65_536).close()
    except (ConnectionRefused, HostUnreachable, TimedOut) as failure:
        return ok(tried, f"main tried ({_short(failure)})")
    except KitError as failure:
        return broken(
            tried,
            str(failure),
            "sshd on main must forward: `AllowTcpForwarding yes` (the default), no PermitOpen, no DisableForwarding in "
            "/etc/ssh/sshd_config, and no no-port-forwarding or restrict before the key in ~/.ssh/authorized_keys",
        )
    return ok(tried, "main forwards")


def _short(failure: KitError) -> str:
    if isinstance(failure, ConnectionRefused):
        return "refused there"
    return failure.reason if isinstance(failure, HostUnreachable) else "no answer yet"


def maas(kit: Examined) -> Found:
    """Ask MAAS for its version, which it tells anybody."""
    url = kit.description.maas.url
    tried = f"ask {url} for its version, from main"
    asker = _Asker(kit.access.http, SECONDS, signed=False)
    try:
        version = _version(asker, url)
    except (ConnectionRefused, HostUnreachable) as failure:
        return broken(tried, str(failure), _elsewhere(kit) or _not_there(kit, failure))
    except TimedOut as failure:
        return broken(tried, str(failure), "is MAAS busy or hanging? On main: `snap services maas`, `uptime`")
    except UnexpectedAnswer as failure:
        if asker.status >= 500:
            return broken(tried, str(failure), failure.help)
        return broken(tried, f"what answers there is not MAAS' API: {failure}", _elsewhere(kit) or failure.help)
    except KitError as failure:
        return broken(tried, str(failure), failure.help)
    return ok(tried, f"MAAS {plain(version, 40)}")


def _version(asker: _Asker, url: str) -> str:
    from harness.maas import MaasClient

    return MaasClient(asker, url, "nobody:has:asked").version().version


def _elsewhere(kit: Examined) -> str:
    """Return where MAAS answers instead, as advice; empty when it is at none of the places that kits have had it."""
    written = kit.description.maas.url
    parts = urlsplit(written)
    network = kit.description.network
    usual = f"http://{network[3]}:5240/MAAS/" if network.num_addresses > 4 else ""
    for url in (f"{parts.scheme}://{parts.netloc}/MAAS/", usual, "http://127.0.0.1:5240/MAAS/"):
        if not url or url == written:
            continue
        try:
            version = _version(_Asker(kit.access.http, ELSEWHERE_SECONDS, signed=False), url)
        except KitError:
            continue
        return f"MAAS {plain(version, 40)} answers at {url}: say so as maas.url in kit.yaml"
    return ""


def _not_there(kit: Examined, failure: ConnectionRefused | HostUnreachable) -> str:
    host = urlsplit(kit.description.maas.url).hostname or ""
    if host.startswith("192.168.0."):
        return (
            f"handouts still print addresses of 192.168.0.X, which kits had before 2023: today main is "
            f"{kit.description.network[3]}"
        )
    if isinstance(failure, ConnectionRefused):
        return "does MAAS run? On main: `snap services maas` or `systemctl status maas-regiond`; is the port 5240?"
    return "maas.url is MAAS' address as seen from main, as http://172.16.0.3:5240/MAAS/"


def api_key(kit: Examined) -> Found:
    """Ask MAAS who we are, then for its machines."""
    from harness.api_key import api_key_of
    from harness.maas import MaasClient

    given = kit.description.maas.api_key is not None
    whose = "the key of kit.yaml" if given else "the key that main tells"
    tried = f"ask MAAS who we are, with {whose}, and for its machines"
    asker = _Asker(kit.access.http, SECONDS)
    key = api_key_of(kit.description, kit.access)
    try:
        client = MaasClient(asker, kit.description.maas.url, key)
        user = client.whoami()
        kit.machines = client.machines()
    except AccessRefused as failure:
        if asker.behind is not None:
            return broken(
                tried,
                f"MAAS takes no request that is older than 300 s, and its clock is {asker.behind} s ahead of this one",
                "set both clocks right: `timedatectl` on main and here shows whether they are synchronised",
            )
        left_out = " Or leave maas.api_key out of kit.yaml: then main is asked for it." if given else ""
        return broken(tried, str(failure), f"{failure.help}{left_out}")
    for machine in kit.machines:
        kit.access.names.update(dict.fromkeys(machine.ip_addresses, machine.hostname))
    shown = [f"{m.hostname} {m.status_name}" for m in sorted(kit.machines, key=lambda m: m.hostname)]
    more = f" and {len(shown) - NAMES_SHOWN} more" if len(shown) > NAMES_SHOWN else ""
    listed = ", ".join(plain(each, 60) for each in shown[:NAMES_SHOWN]) + more
    who = f"{plain(user.username, 60)}{'' if user.is_superuser else ', no administrator'}"
    return ok(tried, f"accepted, as {who}; machines: {listed or 'none'}")


def roles(kit: Examined) -> Found:
    """Look for the hosts of kit.yaml's roles among MAAS' machines."""
    named = named_roles(kit)
    if not named:
        return not_needed("kit.yaml names no roles")
    tried = f"look for {', '.join(dict.fromkeys(named.values()))} among MAAS' machines"
    unknown = {role: host for role, host in named.items() if find_machine(kit.machines, host) is None}
    if unknown:
        known = ", ".join(sorted(plain(m.hostname, 60) for m in kit.machines)[:NAMES_SHOWN])
        said = "; ".join(f"roles.{role}: MAAS knows no machine '{host}'" for role, host in unknown.items())
        return broken(tried, said, f"give names as MAAS shows them; it knows {known or 'no machine at all'}")
    return ok(tried, "MAAS knows them all")


def named_roles(kit: Examined) -> dict[str, str]:
    """Return the hosts that kit.yaml names, by role."""
    said = kit.description.roles
    named = {"database": said.database, "proxy": said.proxy}
    named |= {f"django[{n}]": host for n, host in enumerate(said.django)}
    return {role: host for role, host in named.items() if host is not None}


def _whereabouts(kit: Examined) -> tuple[str, int]:
    parts = urlsplit(kit.description.maas.url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
