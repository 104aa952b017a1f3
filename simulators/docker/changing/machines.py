"""Changes what MAAS has of the machines: deployed again, released, failed; and whether they do as they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.errors import KitError
from harness.eventually import eventually
from simulators.docker.together import together

if TYPE_CHECKING:
    from simulators.docker.changing import Kit
    from simulators.docker.hands import Hands
    from simulators.plan import Plan

READY, FAILED_DEPLOYMENT = 4, 11
"""MAAS' numbers of a machine's states."""
ANSWER_WITHIN_S = 30.0
FAILURE = "Power on for the node failed: the power controller does not answer"
"""Why MAAS says that a deployment failed, where it shall fail."""
RELEASED_WITHIN_S = 60.0
HANG = "ForceCommand sleep infinity\n"
HANG_FILE = "/etc/ssh/sshd_config.d/10-hang.conf"


@dataclass(frozen=True, slots=True)
class Control:
    """The MAAS simulator's own endpoints, through the router's published port."""

    port: int
    """On 127.0.0.1."""
    api_key: str

    def ask(self, method: str, path: str, data: Mapping[str, object] | None = None) -> Any:
        """Return what a control endpoint answers. Raises KitError for all but 200."""
        import requests
        from requests_oauthlib import OAuth1

        consumer, token, secret = self.api_key.split(":")
        auth = OAuth1(consumer, "", token, secret, signature_method="PLAINTEXT", realm="MAAS API")
        url = f"http://127.0.0.1:{self.port}/MAAS/simulator/{path}"
        try:
            answer = requests.request(method, url, json=data, auth=auth, timeout=ANSWER_WITHIN_S)
        except requests.RequestException as error:
            raise KitError(f"MAAS' control endpoint {path} does not answer: {error}") from error
        if answer.status_code != 200:
            raise KitError(f"MAAS' control endpoint {path} answers {answer.status_code}: {answer.text[:200]}")
        return answer.json()


def redeploy(plan: Plan, hands: Hands, kit: Kit) -> None:
    """Release machines, deploy them again and set them up again as a group does; `hands` learn the new addresses."""
    again = [host for host in plan.redeployed if host in kit.system_ids]
    if not again:
        return
    from simulators.docker.builder import Builder

    _release(again, hands, kit)
    recovered = [host for host in again if host in plan.recovered]
    _fail(recovered, hands, kit)
    _release(recovered, hands, kit)
    builder = Builder(plan, hands.access, kit.network, kit.control.api_key, lambda _: None)
    hands.addresses = builder.set_up_again(again, finds_database=plan.first.database == "name")


def release(plan: Plan, hands: Hands, kit: Kit) -> None:
    """Release machines as a group does on main; return when they are Ready, and nobody has their addresses."""
    _release([host for host in plan.released if host in kit.system_ids], hands, kit)


def fail(plan: Plan, hands: Hands, kit: Kit) -> None:
    """Let machines' next deployment fail, and deploy them."""
    failed = [host for host in plan.failed if host in kit.system_ids]
    _release(failed, hands, kit)
    _fail(failed, hands, kit)


def _release(hosts: Sequence[str], hands: Hands, kit: Kit) -> None:
    for host in hosts:
        hands.type(f"maas cloud machine release {kit.system_ids[host]}")
    _until(READY, hosts, kit)


def _fail(hosts: Sequence[str], hands: Hands, kit: Kit) -> None:
    for host in hosts:
        kit.control.ask("PUT", f"machines/{host}", {"deployment_fails": FAILURE})
        hands.type(f"maas cloud machines allocate name={host}")
        hands.type(f"maas cloud machine deploy {kit.system_ids[host]} distro_series=jammy")
    _until(FAILED_DEPLOYMENT, hosts, kit)


def _until(status: int, hosts: Sequence[str], kit: Kit) -> None:
    def all_are() -> bool:
        states = kit.control.ask("GET", "state")["machines"]
        return all(states[host]["status"] == status for host in hosts)

    if hosts:
        eventually(all_are, timeout=RELEASED_WITHIN_S, interval=0.05)


def hang(plan: Plan, hands: Hands) -> None:
    """Let every command of whoever logs in to a host from now on never end."""
    together(*(partial(_hang, hands, host) for host in plan.hanging if host in hands.addresses))


def _hang(hands: Hands, host: str) -> None:
    hands.type(f"sudo tee {HANG_FILE} > /dev/null && sudo systemctl reload ssh", on=host, stdin=HANG.encode())
    hands.until_open(host, 22)


def set_fault(plan: Plan, control: Control) -> None:
    """Set MAAS' fault, if there is one: the last thing that is done, for MAAS answers nobody else then either."""
    if plan.maas_fault is not None:
        control.ask("POST", "faults", plan.maas_fault)
