"""Builds a plan in a kit by doing what the lab's handout says, on main and over SSH, as a group would."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from harness.errors import KitError, UsageError
from simulators.lab_network import Addresses
from simulators.plan import LAB_PATH

if TYPE_CHECKING:
    from harness.access import Access
    from simulators.plan import Plan

OUTPUT_LIMIT = 8_000_000
"""Bytes that one step may print."""
QUICK_S = 60.0
"""Seconds for a step that a person would not wait for."""
SLOW_S = 600.0
"""Seconds for a step that installs something, on a loaded computer."""
LAST_LINES = 12
"""Lines of a failed step's output that its error repeats."""
APT = "sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq"
PLAYBOOK = "tasks-install-playbook.yaml"


class Builder:
    """Somebody at main's keyboard, with as many hands as there are independent things to do."""

    def __init__(self, plan: Plan, access: Access, network: str, api_key: str, say: Callable[[str], None]) -> None:
        """Prepare to build `plan` in the kit that `access` reaches. Raises UsageError for a path that cannot be."""
        if not re.fullmatch(r"/tasks/([\w-]+/)*", plan.path):
            raise UsageError(f"plan: path {plan.path!r} cannot be built: expected one below /tasks/, as /tasks/grupo/")
        self._plan = plan
        self._access = access
        self._network = network
        self._api_key = api_key
        self._say = say
        self._addresses: dict[str, str] = {}

    def build(self, *, since: str | None) -> None:
        """Build what the plan has beyond the checkpoint `since`; return when it answers.

        Raises KitError with the host, the command and its last words when a step fails.
        """
        plan = self._plan
        started = time.monotonic()
        self._log_in()
        first = since is None and plan.reaches("checkpoint-1")
        second = since in (None, "checkpoint-1") and plan.reaches("checkpoint-2")
        third = since != "checkpoint-3" and plan.reaches("checkpoint-3")
        self._machines(first=first, second=second, third=third)
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
                    self._access.close()
                    raise job.exception() or KitError("a step failed")
        if third:
            self._both_through_proxy()
        self._say(f"{plan.stage}: built in {time.monotonic() - started:.0f} s")

    # Steps of the handout

    def _log_in(self) -> None:
        main = Addresses(IPv4Network(self._network)).main
        self._type(f"maas login cloud http://{main}:5240/MAAS/ -", stdin=f"{self._api_key}\n".encode())

    def _machines(self, *, first: bool, second: bool, third: bool) -> None:
        """Deploy what is missing, all at once, and learn everybody's address."""
        plan = self._plan
        wanted = [
            *([plan.database, plan.by_hand] if first else []),
            *([plan.by_ansible] if second else []),
            *([plan.proxy] if third else []),
        ]
        for host in wanted:
            self._say(f"{host}: deploying")
            machine = json.loads(self._type(f"maas cloud machines allocate name={host}"))
            self._type(f"maas cloud machine deploy {machine['system_id']} distro_series=jammy")
        deadline = time.monotonic() + SLOW_S
        while True:
            machines: list[dict[str, Any]] = json.loads(self._type("maas cloud machines read"))
            states = {each["hostname"]: each for each in machines}
            failed = [host for host in wanted if states[host]["status_name"] not in ("Deploying", "Deployed")]
            if failed or time.monotonic() > deadline:
                shown = ", ".join(
                    f"{host}: {states[host]['status_name']} ({states[host]['status_message']})" for host in wanted
                )
                raise KitError(f"MAAS does not deploy what it was told to: {shown}")
            if all(states[host]["status_name"] == "Deployed" and states[host]["ip_addresses"] for host in wanted):
                break
            time.sleep(0.2)
        self._addresses = {name: each["ip_addresses"][0] for name, each in states.items() if each["ip_addresses"]}

    def _database(self) -> None:
        host = self._plan.database
        self._say(f"{host}: PostgreSQL")
        self._type(f"{APT} postgresql postgresql-contrib", on=host, within=SLOW_S)
        self._type("sudo -u postgres createuser -s cloud && sudo -u postgres createdb -O cloud tasks", on=host)
        folder = "/etc/postgresql/*/main"
        listen = "s/^#\\?listen_addresses = .*/listen_addresses = '*'/"
        self._type(f"sudo sed -i {shlex.quote(listen)} {folder}/postgresql.conf", on=host)
        line = f"host all all {self._network} trust"
        self._type(f"echo {shlex.quote(line)} | sudo tee -a {folder}/pg_hba.conf", on=host)
        self._type("sudo systemctl restart postgresql", on=host)
        self._until_open(host, 5432)

    def _by_hand(self) -> None:
        host = self._plan.by_hand
        self._say(f"{host}: Django by hand")
        self._type("git clone https://github.com/raulikeda/tasks.git", on=host)
        if self._plan.database != "server1":
            self._type(f"cd tasks && {self._name_database()}", on=host)
        self._type("cd tasks && ./install.sh", on=host, within=SLOW_S)

    def _boot_into_django(self, host: str) -> None:
        self._reboot(host)
        self._until_open(host, 8080)

    def _ansible(self) -> None:
        self._say("main: Ansible")
        self._type(f"{APT} ansible", within=SLOW_S)
        self._type(f"wget -q https://raw.githubusercontent.com/raulikeda/tasks/master/{PLAYBOOK}")
        if self._plan.database != "server1":
            task = (
                "    - name: Where the database is",
                "      ansible.builtin.command:",
                f"        cmd: {self._name_database()}",
                '        chdir: "{{ directory }}"',
                "",
            )
            self._edit(PLAYBOOK, "    - name: Tables in the database", lambda found: "\n".join((*task, found)))

    def _by_ansible(self) -> None:
        host = self._plan.by_ansible
        self._say(f"{host}: Django by Ansible")
        self._type(f"ansible-playbook {PLAYBOOK} --extra-vars server={self._addresses[host]}", within=SLOW_S)
        self._until_open(host, 8080)

    def _proxy(self) -> None:
        host = self._plan.proxy
        self._say(f"{host}: NGINX")
        self._type(f"{APT} nginx", on=host, within=SLOW_S)
        site = self._plan.nginx_files(self._addresses)["sites-available/default"].encode()
        self._type("sudo tee /etc/nginx/sites-available/default > /dev/null", on=host, stdin=site)
        self._type("sudo nginx -t && sudo systemctl restart nginx", on=host)

    def _message(self, host: str) -> None:
        """Give a Django host its own words and the group's path, and wait until it says them."""
        self._say(f"{host}: its message")
        message = self._plan.servers[host].message
        answer = f"HttpResponse({json.dumps(message)})"
        self._edit("tasks/tasks/views.py", r'HttpResponse\(".*"\)', lambda _: answer, on=host)
        below = self._plan.path.removeprefix(LAB_PATH)
        if below:
            line = f'    path("{below}", views.index, name="group"),\n]'
            self._edit("tasks/tasks/urls.py", r"(?m)^\]", lambda _: line, on=host)
        address = f"http://{self._addresses[host]}:8080{self._plan.path}"
        self._type(f"until wget -qO- {address} | grep -qF -- {shlex.quote(message)}; do sleep 0.1; done")

    def _both_through_proxy(self) -> None:
        address = f"http://{self._addresses[self._plan.proxy]}{self._plan.path}"
        for message in {self._plan.servers[host].message for host in self._plan.django}:
            self._type(f"until wget -qO- {address} | grep -qF -- {shlex.quote(message)}; do sleep 0.1; done")

    # Hands

    def _name_database(self) -> str:
        """Return the command that tells the application where its database is."""
        return f"sed -i s/server1/{self._plan.database}/ portfolio/settings.py"

    def _until_open(self, host: str, port: int) -> None:
        self._type(f"until nc -z -w 1 {self._addresses[host]} {port}; do sleep 0.1; done", within=QUICK_S)

    def _reboot(self, host: str) -> None:
        """Restart a machine; return when it is up again."""
        boot = "cat /proc/sys/kernel/random/boot_id"
        before = self._type(boot, on=host).strip()
        # The connection ends with the machine, or just before the command's exit status arrives.
        self._type("sudo systemctl reboot --no-block", on=host)
        ask = f"ssh -o ConnectTimeout=2 -o BatchMode=yes ubuntu@{self._addresses[host]} {boot}"
        self._type(f'until now=$({ask} 2>/dev/null) && [ "$now" != {before} ]; do sleep 0.2; done')

    def _edit(self, path: str, pattern: str, change: Callable[[str], str], *, on: str | None = None) -> None:
        """Change the one place in a file that `pattern` finds."""
        text = self._type(f"cat {path}", on=on)
        edited, count = re.subn(pattern, lambda found: change(found[0]), text)
        if count != 1:
            raise KitError(f"{on or 'main'}: {path} has {count} places like {pattern!r}, expected one")
        self._type(f"cat > {path}", on=on, stdin=edited.encode())

    def _type(self, command: str, *, on: str | None = None, within: float = QUICK_S, stdin: bytes | None = None) -> str:
        """Run a command on main, or as `ubuntu` on a server, and return its output. Raises KitError when it fails."""
        host = on or "main"
        address = self._addresses[on] if on else None
        try:
            completed = self._access.run(
                command, on=address, timeout=within, limit=OUTPUT_LIMIT, stdin=stdin, record=False
            )
        except KitError as error:
            raise KitError(f"building {host}: {error}", help=error.help) from error
        if completed.exit_status != 0:
            lines = f"{completed.text}\n{completed.error_text}".strip().splitlines()[-LAST_LINES:]
            said = "\n".join(f"  {line[:200]}" for line in lines)
            raise KitError(
                f"building {host}: `{command}` ended with status {completed.exit_status}; it said last:\n{said}"
            )
        return completed.text


def _present(*jobs: Future[None] | None) -> list[Future[None]]:
    return [job for job in jobs if job is not None]


def _after(earlier: tuple[Future[None], ...], action: Callable[[], None]) -> None:
    """Do something when what it needs is done; when that failed, so did this."""
    for each in earlier:
        each.result()
    action()
