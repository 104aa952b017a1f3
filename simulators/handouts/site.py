"""What a group reads off its own kit: addresses and keys for the blanks of lines, and whether a state has come."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from harness.errors import KitError, UnexpectedAnswer
from simulators.handouts.lines import VALUES

if TYPE_CHECKING:
    from harness.access import Access
    from harness.kitfile import KitFile
    from harness.maas import MaasClient
    from simulators.handouts.lines import State

ROUTER = "10.103.0.19"
"""What the router's outside address is called in lines: an address of the lab, which leads to the simulated kit."""
HIDDEN = "****"
MARKED = re.compile(rf"<((?:{'|'.join(VALUES)})(?: [\w.-]+)?)>")
JUJU_S = 60.0


@dataclass(slots=True)
class Site:
    """A kit, as its group knows it. Everything raises KitError."""

    access: Access
    maas: MaasClient
    maas_url: str
    api_key: str
    known: dict[str, str] = field(default_factory=dict[str, str])
    """What was remembered of what lines said."""

    @classmethod
    def of(cls, kit: KitFile, access: Access) -> Site:
        """Return the site that a simulated kit's kit.yaml describes."""
        from harness.maas import MaasClient

        if kit.maas.api_key is None:
            raise KitError("the kit.yaml of a simulated kit has maas.api_key, and this one has not")
        key = kit.maas.api_key.get_secret_value()
        return cls(access, MaasClient(access.http, kit.maas.url, key), kit.maas.url, key)

    # Blanks

    def fill(self, line: str, blanks: Mapping[str, str]) -> str:
        """Return a line with what goes into its blanks."""
        for blank, value in blanks.items():
            line = line.replace(blank, self.value(value, blank))
        return line

    def fill_marked(self, text: str) -> str:
        """Return a text in which values stand for `<API KEY>`, `<maas>`, `<unit grafana>` and the like."""
        return MARKED.sub(lambda found: self.value(found[1]), text.replace("<API KEY>", "<api-key>"))

    def value(self, said: str, blank: str = "") -> str:
        """Return the value that the data call `said`, as `unit grafana`."""
        what, _, name = said.partition(" ")
        match what:
            case "api-key":
                return self.api_key
            case "maas":
                return self.maas_url
            case "main":
                return urlsplit(self.maas_url).hostname or ""
            case "router":
                # Of an address with a blank at its end, only the end is filled in.
                return ROUTER if "X" not in blank else blank.replace("X", ROUTER.rpartition(".")[2])
            case "controller":
                return self._address_in(self.status("controller"), machine="0")
            case "machine":
                return self._machine_address(name)
            case "unit":
                return self._unit_address(name)
            case _:
                if name not in self.known:
                    raise UnexpectedAnswer(f"no line has told {name!r}, which goes into a blank")
                return self.known[name]

    def hide(self, text: str) -> str:
        """Return a text without the kit's secrets."""
        secret = self.api_key.rpartition(":")[2]
        for each in (self.api_key, secret, *(v for k, v in self.known.items() if k.endswith("password"))):
            text = text.replace(each, HIDDEN)
        return text

    # Files

    def write(self, path: str, text: str) -> None:
        """Write a file on main, readable by its owner only."""
        from shlex import quote

        where = quote(path)
        # Before anything is in it: nobody else may read a secret, not even for a moment.
        command = f": > {where} && chmod 600 {where} && cat > {where}"
        done = self.access.run(command, stdin=text.encode(), record=False)
        if done.exit_status != 0:
            raise UnexpectedAnswer(f"{path} cannot be written on main: {done.error_text.strip()[:200]}")

    # States

    def missing(self, state: State) -> str:
        """Return what is not yet as `state` says, as `server1 is Deploying`; empty when everything is."""
        if state.machines:
            seen = {each.hostname: each.status_name for each in self.maas.machines()}
            for host, wanted in state.machines.items():
                if seen.get(host) != wanted:
                    return f"{host} is {seen.get(host, 'unknown to MAAS')} in MAAS"
        if state.applications:
            there = _part(self.status(), "applications")
            for name, wanted in state.applications.items():
                said = _workload(there.get(name))
                if said != wanted:
                    return f"{name} is {said or 'not in the model'}"
        return self._unanswered(state) if state.answers else ""

    def status(self, model: str = "") -> dict[str, Any]:
        """Return what `juju status` says of a model, the current one when none is named."""
        of = f" -m {model}" if model else ""
        done = self.access.run(f"juju status{of} --format=json", timeout=JUJU_S, limit=2_000_000, record=False)
        try:
            said: Any = json.loads(done.stdout)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise UnexpectedAnswer(f"`juju status{of}` on main: {done.error_text.strip()[:200] or 'no JSON'}")
        return cast("dict[str, Any]", said)

    def _unanswered(self, state: State) -> str:
        url = self.fill_marked(state.answers)
        try:
            answer = self.access.http.get(url, allow_redirects=True)
        except KitError as error:
            return f"{url}: {error}"
        if not re.search(state.body, answer.text):
            return f"{url} answers {answer.status_code} without {state.body!r}"
        return ""

    def _machine_address(self, host: str) -> str:
        for each in self.maas.machines([host]):
            if each.ip_addresses:
                return each.ip_addresses[0]
        raise UnexpectedAnswer(f"MAAS knows no address of {host}")

    def _unit_address(self, application: str) -> str:
        status = self.status()
        for unit in _part(_part(_part(status, "applications"), application), "units").values():
            if unit.get("public-address"):
                return str(unit["public-address"])
        raise UnexpectedAnswer(f"Juju knows no address of a unit of {application}")

    @staticmethod
    def _address_in(status: dict[str, Any], *, machine: str) -> str:
        address = _part(_part(status, "machines"), machine).get("dns-name")
        if not address:
            raise UnexpectedAnswer(f"Juju knows no address of machine {machine} of the model controller")
        return str(address)


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what is below a key of JSON; nothing when it is not there."""
    found = said.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _workload(application: Any) -> str:
    """Return the workload status that all units of an application have; `waiting` while there is none."""
    if application is None:
        return ""
    units = cast("dict[str, Any]", application.get("units") or {})
    said = {str(each["workload-status"]["current"]) for each in units.values()}
    busy = any(each["juju-status"]["current"] != "idle" for each in units.values())
    if len(said) != 1:
        return "waiting" if not said else "of several minds"
    status = said.pop()
    return "still busy" if busy and status == "active" else status
