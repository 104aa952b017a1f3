"""What is typed to change a kit, and in which order: no engine is needed to hear it."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

import simulators
from harness.access import Access
from harness.completed import Completed
from harness.errors import KitError, UsageError
from simulators.docker import changing
from simulators.docker.changing import django, stuck
from simulators.docker.changing.machines import FAILED_DEPLOYMENT, FAILURE, READY, Control
from simulators.docker.hands import Hands
from simulators.entry import Entry
from simulators.mistakes import CATALOGUE, planned
from simulators.plan import Django, Nginx, Plan, Postgresql

APP = Path(simulators.__file__).parent / "tasks" / "app"
NETWORK = "172.16.0.0/20"


@dataclass
class Heard:
    """An access that does nothing and hears everything; files of the application are there."""

    database_serves: bool = True
    machines: Sequence[Mapping[str, object]] = ()
    """What MAAS says that there are, each as it is in the end."""
    commands: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Address and command."""

    def run(self, command: str, *, on: str | None = None, **_: object) -> Completed:
        """Hear a command."""
        self.commands.append((on or "main", command))
        said = ""
        if found := re.fullmatch(r"cat /home/ubuntu/tasks/(\S+)", command):
            said = (APP / found[1]).read_text(encoding="utf-8")
        elif command == "maas cloud machines read":
            said = json.dumps(self.machines)
        elif "PGPASSWORD" in command:
            said = "yes\n" if self.database_serves else "no\n"
        return Completed(command, 0, said.encode(), b"", 0.0)

    def where(self, pattern: str) -> list[int]:
        """Return at which places a command like that was typed."""
        return [place for place, (_, command) in enumerate(self.commands) if re.search(pattern, command)]


@dataclass(frozen=True)
class HeardControl(Control):
    """Control endpoints of a MAAS where everything is done at once."""

    asked: list[tuple[str, str, object]] = field(default_factory=list[tuple[str, str, object]])
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    """Of machines that were told to fail; the others are Ready."""

    def ask(self, method: str, path: str, data: Mapping[str, object] | None = None) -> Any:
        """Hear a question. A machine that shall fail is so until somebody looked."""
        self.asked.append((method, path, data))
        if method == "PUT":
            self.statuses[path.removeprefix("machines/")] = FAILED_DEPLOYMENT
            return {}
        shown = {f"server{n}": {"status": self.statuses.get(f"server{n}", READY)} for n in range(1, 6)}
        self.statuses.clear()
        return {"machines": shown}


def change(plan: Plan, *, database_serves: bool = True) -> tuple[Heard, list[tuple[str, str, object]]]:
    """Apply a plan to a kit whose machines have the addresses .1 and up, and return what was heard."""
    addresses = {host: f".{number}" for number, host in enumerate(plan.deployed, start=1)}
    moved = addresses | {host: f".9{addresses[host]}" for host in plan.redeployed if host in addresses}
    machines = [{"hostname": host, "status_name": "Deployed", "ip_addresses": [moved[host]]} for host in moved]
    heard, control = Heard(database_serves, machines), HeardControl(0, "a:b:c")
    hands = Hands(cast("Access", heard), "changing", addresses)
    changing.apply(plan, hands, changing.Kit(NETWORK, {host: f"id-{host}" for host in addresses}, control))
    return heard, control.asked


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_every_entry_can_be_typed_and_nobody_asks_the_proxy(entry: Entry) -> None:
    """NGINX keeps its turn for grading, and Django hosts remember no visit of it that grading did not cause."""
    plan = entry.change(Plan())
    heard, _ = change(plan, database_serves=plan.postgresql == Postgresql())

    assert heard.where("(wget|curl)(?!.*:8080/)") == []
    # Whoever sets NGINX up again sees that it listens, as whoever set it up: nothing is asked of it.
    knocks = [host for host, command in heard.commands if "nc -z" in command and " 80;" in command]
    assert knocks == ["main"] * (plan.proxy in plan.redeployed)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_what_is_not_built_is_not_changed(entry: Entry) -> None:
    """Machines that are not deployed have no address; a message is only chosen for checkpoint 3."""
    for stage in (None, "checkpoint-1", "checkpoint-2"):
        heard, _ = change(entry.change(Plan(stage=stage)))

        assert heard.where("nginx|views.py|urls.py") == []


def test_only_what_a_plan_changes_is_done() -> None:
    """Nothing for the reference, for what only kit.yaml says, or for what is built later."""
    said = replace(Plan(), kit_yaml={"roles.proxy": "server1"}, road="slow", road_ends_after="proxy-answers")
    early = Plan(stage="checkpoint-2", path="/tasks/", nginx=Nginx({}), first=Django("Hello."))

    assert [changing.is_needed(plan) for plan in (Plan(), said, early)] == [False, False, False]
    assert change(said)[0].commands == []
    assert changing.is_needed(planned(["maas-busy"], Plan(stage=None)))


def test_django_starts_after_its_database_changed() -> None:
    """As a group that configured PostgreSQL first; it is not waited for, for it will not listen."""
    heard, _ = change(planned(["database-local-only"], Plan()), database_serves=False)
    restarted, started = heard.where(r"restart 'postgresql@"), heard.where(r"setsid \./run\.sh")

    assert (len(restarted), len(started)) == (1, 2)
    assert heard.where("pkill") < started
    assert restarted[0] < min(started)
    assert heard.where(r"nc -z .* 8080") == []


def test_django_that_finds_its_database_is_waited_for() -> None:
    """A configuration that is only written in another way serves as before."""
    heard, _ = change(replace(Plan(), postgresql=Postgresql(listen_addresses="0.0.0.0")))

    assert len(heard.where(r"nc -z .* 8080")) == 2


def test_django_keeps_its_process_when_the_database_changes_later() -> None:
    """Nothing but the cluster is touched."""
    heard, _ = change(planned(["database-down-but-unit-active"], Plan()))

    assert [command for _, command in heard.commands] == ["sudo systemctl stop 'postgresql@*'"]


def test_django_that_changes_itself_starts_before_the_database_changes() -> None:
    """It answers with its new words, and then its database goes."""
    later = replace(Plan(), restarted=False, postgresql=Postgresql(running=False), first=Django("Hi."))
    heard, _ = change(later)
    opened, stopped = heard.where(r"nc -z .* 8080"), heard.where("stop 'postgresql@")

    assert (len(opened), len(stopped)) == (1, 1)
    assert opened < stopped


def test_a_missing_default_site_is_the_package_s() -> None:
    """The handout has the group overwrite it, so it is put back before NGINX starts again."""
    heard, _ = change(planned(["stock-site-left"], Plan()))
    put, written, restarted = (heard.where(what) for what in ("dpkg-deb", "tee .*/tasks", "systemctl restart nginx"))

    assert (len(put), len(written), len(restarted)) == (1, 1, 1)
    assert put < restarted
    assert written < restarted


def test_nginx_is_not_told_of_what_is_written_later() -> None:
    """It is restarted with the file as it was first; the corrected one is written after that, and nothing else."""
    heard, _ = change(planned(["nginx-not-restarted"], Plan()))
    written, restarted = heard.where("tee .*/sites-available/default"), heard.where("nginx -t|(restart|reload) nginx")

    assert (len(written), len(restarted)) == (2, 1)
    assert written[0] < restarted[0] < written[1] == len(heard.commands) - 1


def test_maas_is_told_last() -> None:
    """A fault of MAAS would meet our own questions too."""
    plan = planned(["machine-released", "machine-failed", "maas-down"], Plan())
    heard, asked = change(plan)

    assert [command for _, command in heard.commands] == [
        "maas cloud machine release id-server3",
        "maas cloud machine release id-server4",
        "maas cloud machines allocate name=server4",
        "maas cloud machine deploy id-server4 distro_series=jammy",
    ]
    assert asked == [
        ("GET", "state", None),
        ("GET", "state", None),
        ("PUT", "machines/server4", {"deployment_fails": FAILURE}),
        ("GET", "state", None),
        ("POST", "faults", plan.maas_fault),
    ]


def test_a_machine_that_is_deployed_again_is_set_up_at_its_new_address() -> None:
    """Everything else is left alone: NGINX goes on naming the old one."""
    heard, _ = change(Plan(redeployed=("server3",)))

    released, told = heard.where("machine release id-server3$"), heard.where("ansible-playbook .* server=.9.3$")
    assert (len(released), len(told)) == (1, 1)
    assert released < told
    assert heard.where("nginx") == []


def test_what_recovered_failed_in_between() -> None:
    """Released twice, deployed in vain once; the deployment that works is the builder's."""
    heard, asked = change(Plan(redeployed=("server4",), recovered=("server4",)))

    assert (len(heard.where("machine release id-server4$")), len(heard.where("machine deploy id-server4 "))) == (2, 1)
    assert [data for method, _, data in asked if method == "PUT"] == [{"deployment_fails": FAILURE}]
    assert heard.where("apt-get install .* nginx") != []


def test_a_database_that_is_set_up_again_gets_tables_where_it_is_found() -> None:
    """Whoever names it by its old address cannot make any."""
    by_name, _ = change(Plan(redeployed=("server1",)))
    by_address, _ = change(planned(["database-redeployed"], Plan()))

    assert len(by_name.where("install.sh")) == 1
    assert by_address.where("install.sh") == []


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(path="/grupo/"), "path '/grupo/' cannot be built"),
        (Plan(database="server9"), "there is no machine 'server9'"),
        (Plan(hosts=("server1", "server2", "server3", "server4", "SERVER1")), "'server1' cannot be a machine's name"),
        (Plan(hosts=(*Plan().hosts, "main")), "'main' cannot be a machine's name"),
        (Plan(hosts=(*Plan().hosts, "a b")), "'a b' cannot be a machine's name"),
    ],
)
def test_plans_that_cannot_be_are_refused(plan: Plan, message: str) -> None:
    """Before anything starts, with the name that does not fit."""
    with pytest.raises(UsageError, match=re.escape(message)):
        changing.require_possible(plan)


def test_an_edit_that_fails_names_the_host() -> None:
    """And the file, whose text is not the lab's."""
    heard = Heard()
    hands = Hands(cast("Access", heard), "changing", {"server2": ".2"})

    def refuse(_: str) -> str:
        raise KitError("run.sh has 0 places")

    with pytest.raises(KitError, match=r"changing server2: run\.sh has 0 places"):
        hands.edit(django.RUN, refuse, on="server2")


@contextmanager
def standing(kind: type[stuck.Nothing] | type[stuck.Endless]) -> Generator[Callable[[], socket.socket]]:
    """Run what stands on Django's port, and yield what asks it for a page."""
    with stuck.Server(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def ask() -> socket.socket:
            client = socket.create_connection(cast("tuple[str, int]", server.server_address), timeout=10)
            client.sendall(b"GET /tasks/ HTTP/1.1\r\nHost: x\r\n\r\n")
            return client

        try:
            yield ask
        finally:
            server.shutdown()
            thread.join()


def test_nothing_takes_a_request_and_says_nothing() -> None:
    """It does not even close the connection."""
    with standing(stuck.Nothing) as ask, ask() as client:
        client.settimeout(0.3)

        with pytest.raises(TimeoutError):
            client.recv(1)


def test_endless_sends_more_than_anybody_reads() -> None:
    """To several at once, until each of them leaves."""
    with standing(stuck.Endless) as ask, ask() as one, ask() as other:
        for client in (one, other):
            read = 0
            while read < 600_000:
                read += len(client.recv(65536))

            assert read >= 600_000
