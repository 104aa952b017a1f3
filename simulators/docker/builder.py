"""Builds a plan's structure in a kit by doing what the lab's handout says, on main and over SSH, as a group would."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from harness.errors import KitError
from simulators import second_half
from simulators.docker.hands import APT, SLOW_S, Hands
from simulators.docker.second_half import Driver
from simulators.lab_network import Addresses
from simulators.second_half import Site
from simulators.tasks.editing import URLS, VIEWS, once, with_message, with_path

if TYPE_CHECKING:
    from harness.access import Access
    from simulators.plan import Plan

PLAYBOOK = "tasks-install-playbook.yaml"


class Builder:
    """Somebody at main's keyboard, with as many hands as there are independent things to do."""

    def __init__(self, plan: Plan, access: Access, network: str, api_key: str, say: Callable[[str], None]) -> None:
        """Prepare to build what `plan.structure()` says in the kit that `access` reaches."""
        self._plan = plan.structure()
        self._network = network
        self._api_key = api_key
        self._say = say
        self._hands = Hands(access, "building")

    def build(self, *, since: str | None) -> None:
        """Build what the plan has beyond the checkpoint `since`; return when it answers.

        Raises KitError with the host, the command and its last words when a step fails.
        """
        plan = self._plan
        started = time.monotonic()
        self._log_in()
        if plan.of_juju:
            self._juju(since)
        else:
            self._by_hand_and_ansible(since)
        self._say(f"{plan.stage}: built in {time.monotonic() - started:.0f} s")

    def set_up_again(self, hosts: Collection[str], *, finds_database: bool = True) -> Mapping[str, str]:
        """Deploy what of the plan's machines is Ready, and do on `hosts` what the handout says; return all addresses.

        Main has everything already. Unless the first Django host `finds_database` at a new address, nobody makes tables
        there. Raises KitError with the host, the command and its last words when a step fails.
        """
        plan = self._plan
        self._machines()
        if plan.database in hosts:
            self._database()
            if plan.by_hand not in hosts and finds_database:
                # A new database has no tables; installing once more makes them.
                self._hands.type("cd tasks && ./install.sh", on=plan.by_hand, within=SLOW_S)
        if plan.by_hand in hosts:
            self._by_hand()
            self._boot_into_django(plan.by_hand)
        if plan.by_ansible in hosts and plan.reaches("checkpoint-2"):
            self._by_ansible()
        if plan.reaches("checkpoint-3"):
            for host in (each for each in plan.django if each in hosts):
                self._message(host)
            if plan.proxy in hosts:
                self._proxy()
        return self._hands.addresses

    def _by_hand_and_ansible(self, since: str | None) -> None:
        """Build the lab's first half."""
        plan = self._plan
        first = since is None and plan.reaches("checkpoint-1")
        second = since in (None, "checkpoint-1") and plan.reaches("checkpoint-2")
        third = since != "checkpoint-3" and plan.reaches("checkpoint-3")
        self._machines()
        with ThreadPoolExecutor(max_workers=8) as pool:

            def do(action: Callable[..., None], *after: Future[None]) -> Future[None]:
                return pool.submit(_after, after, action)

            database = do(self._database) if first else None
            installed = do(self._by_hand, *_present(database)) if first else None
            by_hand = do(partial(self._boot_into_django, plan.by_hand), *_present(installed)) if first else None
            ansible = do(self._ansible) if second else None
            # Not before the first server made the tables: two `migrate` at once get in each other's way.
            by_ansible = do(self._by_ansible, *_present(ansible, database, installed)) if second else None
            proxy = do(self._proxy) if third else None
            messages = [
                do(partial(self._message, host), *_present(done))
                for host, done in ((plan.by_hand, by_hand), (plan.by_ansible, by_ansible))
                if third
            ]
            jobs = [*_present(database, installed, by_hand, ansible, by_ansible, proxy), *messages]
            done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
            for job in done:
                if job.exception() is not None:
                    # Whatever else is going on ends at once: nobody will use it.
                    self._hands.access.close()
                    raise job.exception() or KitError("a step failed")

    def _juju(self, since: str | None) -> None:
        """Build its second half."""
        plan = self._plan
        if since is None:
            there = self._read_machines()
            for host in plan.addresses.keys() - set(plan.deployed):
                self._choose_address(host, there[host])
            self._machines()
        self._say("main: Juju")
        site = Site(f"http://{Addresses(IPv4Network(self._network)).main}:5240/MAAS/", self._api_key)
        Driver(self._hands).drive(second_half.build(plan, site, since=since))

    # Steps of the handout

    def _log_in(self) -> None:
        main = Addresses(IPv4Network(self._network)).main
        self._hands.type(f"maas login cloud http://{main}:5240/MAAS/ -", stdin=f"{self._api_key}\n".encode())

    def _machines(self) -> None:
        """Deploy what is missing, all at once, and learn everybody's address."""
        there = self._read_machines()
        wanted = [host for host in self._plan.deployed if there[host]["status_name"] != "Deployed"]
        for host in wanted:
            self._say(f"{host}: deploying")
            system_id = json.loads(self._hands.type(f"maas cloud machines allocate name={host}"))["system_id"]
            if host in self._plan.addresses:
                self._choose_address(host, there[host])
            self._hands.type(f"maas cloud machine deploy {system_id} distro_series=jammy")
        deadline = time.monotonic() + SLOW_S
        while True:
            states = self._read_machines()
            failed = [host for host in wanted if states[host]["status_name"] not in ("Deploying", "Deployed")]
            if failed or time.monotonic() > deadline:
                shown = ", ".join(
                    f"{host}: {states[host]['status_name']} ({states[host]['status_message']})" for host in wanted
                )
                raise KitError(f"MAAS does not deploy what it was told to: {shown}")
            if all(states[host]["status_name"] == "Deployed" and states[host]["ip_addresses"] for host in wanted):
                break
            time.sleep(0.2)
        self._hands.addresses = {name: each["ip_addresses"][0] for name, each in states.items() if each["ip_addresses"]}

    def _read_machines(self) -> dict[str, dict[str, Any]]:
        """Return what MAAS says of each machine, by host name."""
        machines: list[dict[str, Any]] = json.loads(self._hands.type("maas cloud machines read"))
        return {each["hostname"]: each for each in machines}

    def _choose_address(self, host: str, machine: dict[str, Any]) -> None:
        """Give a machine's interface a static address instead of an automatic one."""
        nic = machine["interface_set"][0]
        address = IPv4Network(self._network)[self._plan.addresses[host]]
        who = f"{machine['system_id']} {nic['id']}"
        for link in nic["links"]:
            self._hands.type(f"maas cloud interface unlink-subnet {who} id={link['id']}")
        static = f"mode=STATIC subnet=cidr:{self._network} ip_address={address}"
        self._hands.type(f"maas cloud interface link-subnet {who} {static}")

    def _database(self) -> None:
        host, hands = self._plan.database, self._hands
        self._say(f"{host}: PostgreSQL")
        hands.type(f"{APT} postgresql postgresql-contrib", on=host, within=SLOW_S)
        hands.type("sudo -u postgres createuser -s cloud && sudo -u postgres createdb -O cloud tasks", on=host)
        folder = "/etc/postgresql/*/main"
        listen = "s/^#\\?listen_addresses = .*/listen_addresses = '*'/"
        hands.type(f"sudo sed -i {shlex.quote(listen)} {folder}/postgresql.conf", on=host)
        line = self._plan.postgresql.hba.replace("@network@", self._network)
        hands.type(f"echo {shlex.quote(line)} | sudo tee -a {folder}/pg_hba.conf", on=host)
        hands.type("sudo systemctl restart postgresql", on=host)
        hands.until_open(host, 5432)

    def _by_hand(self) -> None:
        host = self._plan.by_hand
        self._say(f"{host}: Django by hand")
        self._hands.type("git clone https://github.com/raulikeda/tasks.git", on=host)
        if self._plan.database != "server1":
            self._hands.type(f"cd tasks && {self._name_database()}", on=host)
        self._hands.type("cd tasks && ./install.sh", on=host, within=SLOW_S)

    def _boot_into_django(self, host: str) -> None:
        self._reboot(host)
        self._hands.until_open(host, 8080)

    def _ansible(self) -> None:
        self._say("main: Ansible")
        self._hands.type(f"{APT} ansible", within=SLOW_S)
        self._hands.type(f"wget -q https://raw.githubusercontent.com/raulikeda/tasks/master/{PLAYBOOK}")
        if self._plan.database != "server1":
            tables = "    - name: Tables in the database"
            task = (
                "    - name: Where the database is",
                "      ansible.builtin.command:",
                f"        cmd: {self._name_database()}",
                '        chdir: "{{ directory }}"',
                "",
                tables,
            )
            self._hands.edit(PLAYBOOK, lambda text: once(text, tables, "\n".join(task), PLAYBOOK))

    def _by_ansible(self) -> None:
        host, hands = self._plan.by_ansible, self._hands
        self._say(f"{host}: Django by Ansible")
        hands.type(f"ansible-playbook {PLAYBOOK} --extra-vars server={hands.addresses[host]}", within=SLOW_S)
        hands.until_open(host, 8080)

    def _proxy(self) -> None:
        host, hands = self._plan.proxy, self._hands
        self._say(f"{host}: NGINX")
        hands.type(f"{APT} nginx", on=host, within=SLOW_S)
        site = self._plan.nginx_files(hands.addresses)["sites-available/default"].encode()
        hands.type("sudo tee /etc/nginx/sites-available/default > /dev/null", on=host, stdin=site)
        hands.type("sudo nginx -t && sudo systemctl restart nginx", on=host)
        # Nothing is asked of it: Django would remember a visit of the proxy for a minute.
        hands.until_open(host, 80)

    def _message(self, host: str) -> None:
        """Give a Django host its own words and the group's path, and wait until it says them."""
        self._say(f"{host}: its message")
        message, path = self._plan.servers[host].message, self._plan.path
        self._hands.edit(VIEWS, lambda text: with_message(text, message), on=host)
        self._hands.edit(URLS, lambda text: with_path(text, path), on=host)
        address = f"http://{self._hands.addresses[host]}:8080{path}"
        self._hands.type(f"until wget -qO- {address} | grep -qF -- {shlex.quote(message)}; do sleep 0.1; done")

    # What several steps need

    def _name_database(self) -> str:
        """Return the command that tells the application where its database is."""
        return f"sed -i s/server1/{self._plan.database}/ portfolio/settings.py"

    def _reboot(self, host: str) -> None:
        """Restart a machine; return when it is up again."""
        boot = "cat /proc/sys/kernel/random/boot_id"
        before = self._hands.type(boot, on=host).strip()
        # The connection ends with the machine, or just before the command's exit status arrives.
        self._hands.type("sudo systemctl reboot --no-block", on=host)
        ask = f"ssh -o ConnectTimeout=2 -o BatchMode=yes ubuntu@{self._hands.addresses[host]} {boot}"
        self._hands.type(f'until now=$({ask} 2>/dev/null) && [ "$now" != {before} ]; do sleep 0.2; done')


def _present(*jobs: Future[None] | None) -> list[Future[None]]:
    return [job for job in jobs if job is not None]


def _after(earlier: tuple[Future[None], ...], action: Callable[[], None]) -> None:
    """Do something when what it needs is done; when that failed, so did this."""
    for each in earlier:
        each.result()
    action()
