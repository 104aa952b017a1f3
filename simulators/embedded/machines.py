"""MAAS' machines inside one process: a deploy makes a host with an sshd of its own, a release forgets it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from simulators.embedded import handout
from simulators.embedded.host import Host
from simulators.embedded.sshd import Sshd, new_key
from simulators.lab_network import DEFAULT_NETWORK
from simulators.maas.driver import Deployment, DriverError, PowerState

if TYPE_CHECKING:
    from harness.quick_asyncssh import asyncssh
    from simulators.embedded.network import Network
    from simulators.embedded.playing import Stage
    from simulators.embedded.session import Shells

log = logging.getLogger(__name__)

USER_DATA = "/var/lib/cloud/instance/user-data.txt"


class EmbeddedDriver:
    """A MachineDriver. MAAS may call it from any thread; what it does happens on the kit's loop, and at once."""

    instant = True
    """MAAS calls it in the thread in which it was asked, so that the next read shows the result."""

    def __init__(self, stage: Stage, network: Network, shells: Shells, *, subnet: str = DEFAULT_NETWORK) -> None:
        self.hosts: dict[str, Host] = {}
        """Deployed machines by system id, also those that are switched off."""
        self._sshds: dict[str, Sshd] = {}
        self._stage = stage
        self._network = network
        self._shells = shells
        self._subnet = subnet
        self._booting: dict[str, asyncio.Task[None]] = {}
        self._deployments: dict[str, int] = {}
        self._keys: dict[tuple[str, int], asyncssh.SSHKey] = {}
        """Host keys by machine and number of the deployment: a deployment makes a new one, the same after a reset."""

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Make a host and switch it on. Raises DriverError when it has no address."""
        if not deployment.address:
            raise DriverError(f"{deployment.hostname} has no address")
        self._stage.do(lambda: self._deploy(machine, deployment))

    def release(self, machine: str) -> None:
        """Switch the host off and forget it, if there is one."""
        self._stage.do(lambda: self._release(machine))

    def power_on(self, machine: str) -> None:
        """Switch the host on, if there is one and it is off."""

        def switch() -> None:
            host = self.hosts.get(machine)
            if host is not None and not host.on:
                self._boot(machine, host)

        self._stage.do(switch)

    def power_off(self, machine: str, *, soft: bool = False) -> None:
        """Switch the host off, if there is one; it keeps what it has."""

        self._stage.do(lambda: self._switch_off(machine))

    def power_state(self, machine: str) -> PowerState:
        """Return whether the host is on the network."""
        host = self.hosts.get(machine)
        return "on" if host is not None and host.on else "off"

    async def booted(self) -> None:
        """Return when every machine that was switched on has booted."""
        while self._booting:
            await asyncio.wait(self._booting.values())
            await asyncio.sleep(0)

    async def clear(self) -> None:
        """Forget every machine, and that there ever was one."""
        broken = list(self._sshds.values())
        for machine in list(self.hosts):
            self._release(machine)
        self._deployments.clear()
        for sshd in broken:
            await sshd.close()

    def _deploy(self, machine: str, deployment: Deployment) -> None:
        self._release(machine)
        host = Host(
            deployment.hostname,
            deployment.address,
            self._network,
            fqdn=deployment.fqdn,
            series=deployment.distro_series,
        )
        self._shells.furnish(host)
        handout.furnish(host, subnet=self._subnet)
        host.run = self._shells.runner(host)
        home = f"/home/{host.user}/.ssh"
        host.files.write(f"{home}/authorized_keys", "".join(f"{key.strip()}\n" for key in deployment.ssh_keys))
        if deployment.user_data:
            host.files.write(USER_DATA, deployment.user_data)
        sshd = Sshd(host, self._shells, key=self._host_key(machine))
        host.units["ssh"] = sshd.unit()
        self.hosts[machine], self._sshds[machine] = host, sshd
        self._boot(machine, host)

    def _host_key(self, machine: str) -> asyncssh.SSHKey:
        number = self._deployments[machine] = self._deployments.get(machine, 0) + 1
        key = self._keys.get((machine, number))
        if key is None:
            key = self._keys[machine, number] = new_key()
        return key

    def _boot(self, machine: str, host: Host) -> None:
        self._switch_off(machine)  # it may be on its way back from a reboot
        self._network.hosts[host.address] = host
        task = self._booting[machine] = asyncio.ensure_future(host.boot())
        task.add_done_callback(lambda done: self._has_booted(machine, done))

    def _has_booted(self, machine: str, task: asyncio.Task[None]) -> None:
        if self._booting.get(machine) is task:
            del self._booting[machine]
        if not task.cancelled() and task.exception() is not None:
            log.error("A machine does not boot", exc_info=task.exception())

    def _switch_off(self, machine: str) -> None:
        host, booting = self.hosts.get(machine), self._booting.pop(machine, None)
        if booting is not None:
            booting.cancel()
        if host is not None:
            switch_off(host)

    def _release(self, machine: str) -> None:
        self._switch_off(machine)
        if self.hosts.pop(machine, None) is not None:
            self._sshds.pop(machine).break_connections()


def switch_off(host: Host) -> None:
    """Switch a host off for good, also one that is rebooting."""
    if host.returning is not None:
        host.returning.cancel()
    host.shut_down()
