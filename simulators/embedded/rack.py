"""The fixed parts of an embedded kit, and MAAS with its machines behind them: what stands in the rack, on one loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from simulators.embedded import handout, maas
from simulators.embedded.host import Host, Unit
from simulators.embedded.machines import EmbeddedDriver, switch_off
from simulators.embedded.network import ANY, Listener, Network, Peer
from simulators.embedded.shell import maas as maas_command
from simulators.embedded.shell.git import git
from simulators.embedded.sshd import PORT, Refusal, Sshd, private_text, public_line
from simulators.embedded.web import http_listener
from simulators.maas.app import create_app
from simulators.maas.region import Region

if TYPE_CHECKING:
    from harness.quick_asyncssh import asyncssh
    from simulators.embedded.playing import Stage
    from simulators.embedded.session import Shells
    from simulators.lab_network import Addresses
    from simulators.plan import Plan

PASSWORD = "cloud"  # noqa: S105 -- the lab's own, which everybody knows
USER = "cloud"
MAAS_UUID = "/var/snap/maas/common/maas/maas_uuid"
"""Where the snap of MAAS 3.5 writes its own id, for root's eyes, without an end of line."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A kit's secrets, which stay the same when it is set back."""

    api: str
    """The key of MAAS' user `cloud`."""
    main: asyncssh.SSHKey
    """Main's own, the only one that machines trust."""
    outside: asyncssh.SSHKey
    """Opens main."""
    host: asyncssh.SSHKey
    """By which main is known."""
    maas_uuid: str
    """MAAS' own id."""


class Rack:
    """Network, router, main, MAAS and its machines. Lives on one event loop."""

    def __init__(self, stage: Stage, plan: Plan, *, kit: str, addresses: Addresses, keys: Keys, shells: Shells) -> None:
        self._kit = kit
        self._addresses = addresses
        self.keys = keys
        # A key is written differently each time, and main's must stay the same to the byte.
        self._main_key = private_text(keys.main)
        self._shells = shells
        self.network = Network()
        self.driver = EmbeddedDriver(stage, self.network, shells, subnet=str(addresses.network))
        self.region = Region(self.driver, self._inventory(plan))
        self.maas = create_app(self.region)
        self.router = Host("router", addresses.router, self.network)
        self.main = self._new_main()
        self.sshd = Sshd(self.main, shells, key=keys.host, password=PASSWORD)

    async def put_up(self, plan: Plan) -> None:
        """Switch router and main on, and deploy what the plan needs. Raises KitError, UsageError."""
        self.main.units["ssh"] = self.sshd.unit()
        self.main.units["maas-regiond"] = self._maas_unit()
        await self.router.boot()
        await self.main.boot()
        for port in (PORT, maas.PORT):
            self.router.listen(Listener(ANY, port, partial(self._through_router, port)))
        if plan.of_juju:
            for host in plan.addresses.keys() - set(plan.deployed):
                maas.choose_address(self.region, host, plan.addresses[host])
        for host in plan.deployed:
            maas.deploy(self.region, host, plan.addresses.get(host))
        await self.driver.booted()

    def finish(self, plan: Plan) -> None:
        """Let happen what the plan says of the time after everything was built."""
        machines = {host.name: host for host in self.driver.hosts.values()}
        for name in plan.hanging:
            machines[name].hangs = True
        maas.finish(self.region, plan)

    async def set_back(self, plan: Plan) -> None:
        """Forget everything that happened, as if `plan` was the first; whoever is logged in on main stays."""
        await self.driver.clear()
        self.region.inventory = self._inventory(plan)
        self.region.reset()
        former, self.main = self.main, self._new_main()
        self.sshd.move(self.main)
        switch_off(former)
        switch_off(self.router)
        await self.network.ended()
        self.network.connections.clear()

    async def clear(self) -> None:
        """Break every connection and end everything."""
        await self.sshd.close()
        await self.driver.clear()
        switch_off(self.main)
        switch_off(self.router)
        await self.network.ended()
        self.region.close()

    def serve_maas(self) -> asyncio.BaseProtocol:
        """Return what serves MAAS to a connection from outside."""
        return self._through_router(maas.PORT, Peer(self._addresses.router, 0))

    def _through_router(self, port: int, peer: Peer) -> asyncio.BaseProtocol:
        listener = self.main.listeners.get(port)
        return Refusal() if listener is None else listener.accept(peer)

    def _inventory(self, plan: Plan) -> maas.Inventory:
        return maas.inventory(
            plan,
            kit=self._kit,
            network=str(self._addresses.network),
            api_key=self.keys.api,
            main_key=public_line(self.keys.main),
        )

    def _new_main(self) -> Host:
        main = Host("main", self._addresses.main, self.network, user=USER)
        self._shells.furnish(main)
        main.run = self._shells.runner(main)
        maas_command.install(main, {USER: self.keys.api})
        main.files.write(MAAS_UUID, self.keys.maas_uuid)
        main.files.modes[MAAS_UUID] = 0o640
        main.commands["git"] = git
        handout.furnish(main, subnet=str(self._addresses.network))
        home = f"/home/{USER}/.ssh"
        main.files.write(f"{home}/id_ed25519", self._main_key)
        main.files.write(f"{home}/id_ed25519.pub", f"{public_line(self.keys.main)}\n")
        main.files.write(f"{home}/authorized_keys", f"{public_line(self.keys.outside)}\n")
        return main

    def _maas_unit(self) -> Unit:
        main = self.main

        async def start() -> None:
            process = main.start("/usr/sbin/regiond", user="maas", name="regiond")
            main.listen(http_listener(self.maas, maas.PORT, process=process))

        async def stop() -> None:
            for process in [each for each in main.processes.values() if each.name == "regiond"]:
                main.end(process)

        return Unit("maas-regiond", start, stop)
