"""Builds the first half of the lab on an embedded kit: PostgreSQL, Django and NGINX as a group sets them up."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from harness.errors import KitError
from simulators.embedded import django_site, maas, postgresql
from simulators.embedded.postgresql.configuration import FOLDER as CONFIGURATION
from simulators.plan import UNKNOWN_NAME, Django, Postgresql
from simulators.tasks import editing

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.kit import EmbeddedKit
    from simulators.embedded.postgresql import Cluster
    from simulators.plan import Plan

TURNS = 1_000
"""Turns of the event loop within which a program that was started listens, or has given up: they take no time."""


async def build(plan: Plan, kit: EmbeddedKit) -> None:
    """Do on the deployed machines what the handout says, up to the plan's stage. Raises KitError."""
    await _Building(plan, kit).build()
    if plan.redeployed:
        await _redeploy(plan, kit)


async def _redeploy(plan: Plan, kit: EmbeddedKit) -> None:
    """Release machines, deploy them again and set them up again; nobody else is told."""
    again = [host for host in plan.redeployed if host in kit.machines]
    for host in again:
        maas.release(kit.region, host)
        if host in plan.recovered:
            maas.fail(kit.region, host)
            maas.release(kit.region, host)
        maas.deploy(kit.region, host, plan.addresses.get(host))
    await kit.rack.driver.booted()
    await _Building(plan.structure(), kit).build_again(again, finds_database=plan.first.database == "name")


class _Building:
    """What a group does, in the order in which it matters."""

    def __init__(self, plan: Plan, kit: EmbeddedKit) -> None:
        self._plan = plan
        self._network = kit.network
        self._machines = kit.machines
        self._database = self._machines[plan.database]

    async def build(self) -> None:
        """Build everything."""
        plan = self._plan
        cluster = await self._install_postgresql()
        servers = self._servers()
        for name, django in servers:
            await self._install(self._machines[name], django)
        if plan.restarted:
            await self._configure(cluster, plan.postgresql)
        for name, django in servers:
            await self._start(self._machines[name], django)
        if not plan.restarted:
            await self._configure(cluster, plan.postgresql)
        if plan.reaches("checkpoint-3"):
            await self._install_nginx()

    async def build_again(self, hosts: Collection[str], *, finds_database: bool) -> None:
        """Build what belongs on `hosts`, which have nothing; the others stay as they are.

        Unless the first Django host `finds_database` at a new address, nobody makes tables there.
        """
        plan = self._plan
        if plan.database in hosts:
            await self._install_postgresql()
            if plan.by_hand not in hosts and finds_database:
                # A new database has no tables; installing once more makes them.
                django_site.make_tables(self._machines[plan.by_hand])
        for name, django in self._servers():
            if name in hosts:
                await self._install(self._machines[name], django)
                await self._start(self._machines[name], django)
        if plan.reaches("checkpoint-3") and plan.proxy in hosts:
            await self._install_nginx()

    def _servers(self) -> list[tuple[str, Django]]:
        """Return the Django hosts that there are at the plan's stage."""
        built = zip(self._plan.servers.items(), ("checkpoint-1", "checkpoint-2"), strict=True)
        return [server for server, stage in built if self._plan.reaches(stage)]

    async def _install_postgresql(self) -> Cluster:
        """Install PostgreSQL as the handout does."""
        cluster = postgresql.install(self._database, subnet=self._network)
        cluster.create_role("cloud")
        cluster.create_database("tasks", owner="cloud")
        await self._configure(cluster, Postgresql())
        return cluster

    async def _install_nginx(self) -> None:
        """Install NGINX, whose configuration names the addresses of now."""
        from simulators.embedded import nginx_host
        from simulators.nginx.reading.reader import FOLDER

        plan, addresses = self._plan, {name: host.address for name, host in self._machines.items()}
        host = self._machines[plan.proxy]
        await nginx_host.install(host, plan.nginx, plan.nginx_files(addresses))
        for path, text in plan.nginx_files(addresses, later=True).items():
            host.files.write(f"{FOLDER}/{path}", text)

    async def _configure(self, cluster: Cluster, wanted: Postgresql) -> None:
        """Let PostgreSQL run as `wanted` says, or not at all."""
        files = self._database.files
        lines = [
            line
            for line in files.read(f"{CONFIGURATION}/postgresql.conf").decode().splitlines()
            if "listen_addresses" not in line
        ]
        lines.append(f"listen_addresses = '{wanted.listen_addresses}'")
        files.write(f"{CONFIGURATION}/postgresql.conf", "\n".join(lines) + "\n")
        rules = files.read(f"{CONFIGURATION}/pg_hba.conf").decode().splitlines()
        given = Postgresql().hba.replace("@network@", self._network)
        rules = [*(rule for rule in rules if rule != given), wanted.hba.replace("@network@", self._network)]
        files.write(f"{CONFIGURATION}/pg_hba.conf", "\n".join(rules) + "\n")
        if not wanted.has_database:
            cluster.drop_database("tasks")
        if not wanted.has_role:
            cluster.drop_role("cloud", reassign_to="postgres")
        await self._run(self._database, "systemctl restart postgresql")
        if not wanted.running:
            await self._run(self._database, "pg_ctlcluster 15 main stop")

    async def _install(self, host: Host, django: Django) -> None:
        """Install the application on a host as its role says, and edit it."""
        plan = self._plan
        by_ansible = host.name == plan.by_ansible and django.traces_of_ansible
        install = django_site.install_by_ansible if by_ansible else django_site.install_by_hand
        install(host, self._database.address if django.database == "address" else plan.database)
        if django.database == "own-postgresql":
            cluster = postgresql.install(host, subnet=self._network)
            cluster.create_role("cloud", password="cloud")  # noqa: S106 -- the lab's own, which everybody knows
            cluster.create_database("tasks", owner="cloud")
            await self._run(host, "systemctl restart postgresql")
        settings = host.files.read(editing.SETTINGS).decode()
        match django.database:
            case "unresolvable":
                settings = editing.with_database(settings, UNKNOWN_NAME)
            case "own-postgresql":
                settings = editing.with_database(settings, "localhost")
            case "sqlite":
                settings = editing.with_sqlite(settings)
            case "name" | "address":
                pass
        host.files.write(editing.SETTINGS, settings)
        if django.database in ("own-postgresql", "sqlite"):
            django_site.make_tables(host)
        if plan.reaches("checkpoint-3"):
            views = host.files.read(editing.VIEWS).decode()
            host.files.write(editing.VIEWS, editing.with_message(views, django.message))
            urls = host.files.read(editing.URLS).decode()
            host.files.write(editing.URLS, editing.with_path(urls, plan.path))
        run = host.files.read(editing.RUN).decode()
        host.files.write(editing.RUN, editing.with_port(run, django.port))

    async def _start(self, host: Host, django: Django) -> None:
        """Start what the plan says on Django's port, and leave the entry that starts Django at boot, or not."""
        if django.answers == "nothing":
            django_site.serve_nothing(host, django.port)
        elif django.answers == "endless":
            django_site.serve_endless(host, django.port)
        elif django.running:
            assert host.run is not None  # noqa: S101 -- every machine has a shell
            host.keep(host.run(editing.START.removeprefix("@reboot "), "ubuntu"))
            for _ in range(TURNS):
                if any(process.name == "python3" for process in host.processes.values()):
                    break
                await asyncio.sleep(0)
            else:
                raise KitError(f"Django does not start on {host.name}: {'; '.join(host.refused) or 'no reason given'}")
        if not django.starts_at_boot:
            table = host.crontabs.get("ubuntu", "").replace(f"{editing.ANSIBLE_MARK}\n", "")
            host.crontabs["ubuntu"] = table.replace(f"{editing.START}\n", "")

    async def _run(self, host: Host, command: str) -> None:
        """Run a command as root. Raises KitError when it fails."""
        assert host.run is not None  # noqa: S101 -- every machine has a shell
        status = await host.run(command, "root")
        if status != 0:
            raise KitError(f"building {host.name}: `{command}` ended with status {status}")
