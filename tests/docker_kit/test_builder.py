"""A plan, built as a group would: from checkpoint to checkpoint, stored, and brought up again in seconds."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.access import Access
from harness.completed import Completed
from harness.errors import KitError
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.docker import checkpoints, kits, removal, starting
from simulators.docker.builder import Builder
from simulators.docker.images import Images
from simulators.docker.kits import RunningKit
from simulators.docker.rack import Rack
from simulators.mistakes import CATALOGUE
from simulators.plan import STAGES, Django, Plan

if TYPE_CHECKING:
    from docker import DockerClient

UNUSUAL = Plan(
    stage="checkpoint-3",
    hosts=("server1", "server2", "Banco", "server4", "SERVER5", "server6"),
    addresses={"server1": 15 * 256},
    database="Banco",
    by_hand="SERVER5",
    by_ansible="server1",
    proxy="server2",
    also_deployed=("server6",),
    first=Django('Olá, it\'s the "fifth" | & $HOME.'),
    second=Django("Ansible wrote this; nobody else."),
    path="/tasks/equipe-7/",
)
"""Roles, names and addresses that the handout does not have, and words that a shell would like to eat."""


def unsaid(_line: str) -> None:
    """Listen to nobody."""


class Refusing:
    """An access that runs nothing: every command ends with a status of its own."""

    def __init__(self, status: int, said: str) -> None:
        self._ended = Completed("", status, b"", said.encode(), 0.1)
        self.commands: list[str] = []

    def run(self, command: str, **_: object) -> Completed:
        """Refuse."""
        self.commands.append(command)
        return self._ended


def rack_of(network: str = "172.16.0.0/20", images: Images | None = None) -> Rack:
    """Return what a kit would be made from."""
    return Rack("k", IPv4Network(network), images or Images(host="h:1", maas="m:1", mirror="i:1", store="s:1"), 1, 2)


def test_a_failing_step_names_host_command_status_and_last_words() -> None:
    """All of it in one error, bounded, and without the API key, which goes by standard input."""
    access = Refusing(2, "".join(f"line {number}\n" for number in range(100)))
    builder = Builder(Plan(), cast("Access", access), "172.16.0.0/20", "a:secret:key", unsaid)

    with pytest.raises(KitError) as failed:
        builder.build(since=None)

    lines = str(failed.value).splitlines()
    assert lines[0] == (
        "building main: `maas login cloud http://172.16.0.3:5240/MAAS/ -` ended with status 2; it said last:"
    )
    assert [line.strip() for line in lines[1:]] == [f"line {number}" for number in range(88, 100)]
    assert "secret" not in " ".join([*access.commands, str(failed.value)])


def test_what_is_built_later_does_not_change_an_earlier_checkpoint() -> None:
    """Kits that differ only in their proxy share the stored checkpoints 1 and 2."""
    plan, other = Plan(), Plan(proxy="server5", addresses={"server5": 40, "server3": 41})

    def same(stage: str) -> bool:
        return checkpoints.identity(rack_of(), plan, stage) == checkpoints.identity(rack_of(), other, stage)

    assert [same(stage) for stage in STAGES] == [True, False, False]
    assert checkpoints.identity(rack_of(), Plan(proxy="server5"), "checkpoint-2") == checkpoints.identity(
        rack_of(), plan, "checkpoint-2"
    )


def test_what_is_changed_later_is_not_stored() -> None:
    """Every entry of the catalogue that leaves hosts and roles alone begins with the reference's checkpoints."""
    reference = checkpoints.identity(rack_of(), Plan(), "checkpoint-3")
    others = {
        entry.id
        for entry in CATALOGUE
        if "checkpoint-3" in entry.half
        and checkpoints.identity(rack_of(), entry.change(Plan()), "checkpoint-3") != reference
    }

    assert others == {"shifted-roles", "renamed-hosts", "extra-machines", "address-ending-in-zero"}


def test_what_is_deployed_beside_it_is_stored_with_checkpoint_5() -> None:
    """Every entry of the catalogue that deploys another application there begins with a checkpoint that has it."""
    reference = Plan.at("checkpoint-5")
    changed = {entry.id: entry.change(reference) for entry in CATALOGUE if entry.checkpoint == "checkpoint-5"}
    with_others = {entry for entry, plan in changed.items() if plan.juju.also}

    def own(stage: str) -> set[str]:
        """Return those that do not begin with the reference's."""
        there = checkpoints.identity(rack_of(), reference, stage)
        return {entry for entry in with_others if checkpoints.identity(rack_of(), changed[entry], stage) != there}

    assert {"wordpress-other-database", "wordpress-with-others"} <= with_others
    assert (own("juju-controller"), own("checkpoint-5")) == (set(), with_others)


@pytest.mark.parametrize(
    "other",
    [
        checkpoints.identity(rack_of(), Plan(database="server5"), "checkpoint-1"),
        checkpoints.identity(rack_of(), Plan(addresses={"server1": 40}), "checkpoint-1"),
        checkpoints.identity(rack_of(), Plan(also_deployed=("server5",)), "checkpoint-1"),
        checkpoints.identity(rack_of(), Plan(hosts=(*Plan().hosts, "server6")), "checkpoint-1"),
        checkpoints.identity(rack_of(), Plan(), "checkpoint-2"),
        checkpoints.identity(rack_of("10.0.0.0/20"), Plan(), "checkpoint-1"),
        checkpoints.identity(
            rack_of(images=Images(host="h:2", maas="m:1", mirror="i:1", store="s:1")), Plan(), "checkpoint-1"
        ),
        checkpoints.identity(
            rack_of(images=Images(host="h:1", maas="m:1", mirror="i:2", store="s:1")), Plan(), "checkpoint-1"
        ),
    ],
    ids=["role", "address", "deployed", "machines", "stage", "network", "host image", "mirror image"],
)
def test_what_changes_a_stored_checkpoint(other: str) -> None:
    """Anything that it was built from makes it another one."""
    assert checkpoints.identity(rack_of(), Plan(), "checkpoint-1") != other


def test_checkpoints_that_nobody_restores_any_more_are_removed() -> None:
    """On another host image at once; by another version of our files after an hour."""

    def stored(tag: str, age: float, base: str = "h:1", made_by: str | None = None) -> dict[str, Any]:
        labels = {checkpoints.BASE_LABEL: base, checkpoints.MADE_BY_LABEL: made_by or checkpoints.made_by()}
        return {"RepoTags": [f"kitcheck/checkpoint:{tag}"], "Created": time.time() - age, "Labels": labels}

    listed = [
        stored("current", 9e6),
        stored("other-base", 10, base="h:2"),
        stored("other-files", 9e6, made_by="0" * 12),
        stored("other-files-young", 10, made_by="0" * 12),
        {"RepoTags": ["kitcheck/checkpoint:before-labels"], "Created": 0, "Labels": {checkpoints.BASE_LABEL: "h:1"}},
        {"RepoTags": None, "Created": 0, "Labels": None},
    ]
    removed: list[str] = []

    def images(_repository: str) -> list[dict[str, Any]]:
        return listed

    engine = SimpleNamespace(api=SimpleNamespace(images=images), images=SimpleNamespace(remove=removed.append))
    checkpoints.remove_outdated(cast("DockerClient", engine), rack_of())

    assert [tag.partition(":")[2] for tag in removed] == ["other-base", "other-files", "before-labels"]


@dataclass
class Built:
    """A kit that was built, and how its last start went."""

    kit: RunningKit
    said: list[str]
    seconds: float
    network: str

    def main(self, command: str) -> str:
        """Run a command on main, which must succeed, and return its output."""
        with closing(Access.of(load(self.kit.kit_yaml, {}), log=EvidenceLog())) as access:
            completed = access.run(command, timeout=60)
        assert completed.exit_status == 0, completed.error_text
        return completed.text

    def answers(self, count: int) -> Counter[str]:
        """Return what the proxy answers, and how often, to `count` requests for the group's path."""
        command = f"for i in $(seq {count}); do wget -qO- http://{UNUSUAL.proxy}{UNUSUAL.path} && echo; done"
        return Counter(self.main(command).splitlines())

    def tasks(self, host: str) -> str:
        """Return the titles of the tasks that a Django host finds in its database."""
        code = "from tasks.models import Task; print([task.title for task in Task.objects.all()])"
        return self.main(f"ssh ubuntu@{host} 'cd tasks && python3 manage.py shell -c \"{code}\"' 2> /dev/null").strip()


def up(name: str, plan: Plan, network: str) -> Built:
    """Bring a kit up, and keep what was said and how long it took."""
    said: list[str] = []
    started = time.monotonic()

    def say(line: str) -> None:
        said.append(line)
        print(f"{time.monotonic() - started:.1f} {line}")

    kit = kits.up(name, network=network, plan=plan, say=say)
    return Built(kit, said, time.monotonic() - started, network)


@pytest.fixture(scope="module")
def name() -> str:
    """Name of the kit, told apart from those of another run of the tests."""
    return f"built-{os.getpid()}"


@pytest.fixture(scope="module")
def stages(
    engine: DockerClient, images: Images, name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Built]]:
    """The same plan brought up at checkpoint 1, at checkpoint 3, and at checkpoint 3 again under another name.

    Only the last one still runs.
    """
    assert images
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("KITCHECK_HOME", str(home))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        network = kits.free_network(engine)
        try:
            made = [up(name, replace(UNUSUAL, stage="checkpoint-1"), network)]
            kits.down(name, say=unsaid)
            made.append(up(name, UNUSUAL, network))
            made[-1].main(f"ssh ubuntu@{UNUSUAL.by_hand} true")
            kits.down(name, say=unsaid)
            made.append(up(f"{name}-again", UNUSUAL, network))
            yield made
        finally:
            for each in (name, f"{name}-again"):
                removal.remove(engine, each)
            for path in (home / "checkpoints").glob("*"):
                checkpoints.forget(engine, path.name)


@pytest.fixture(scope="module")
def built(stages: list[Built]) -> Built:
    """The kit that runs."""
    return stages[-1]


def built_lines(built: Built) -> list[str]:
    """Return what was said of the kit's building, without its name and durations."""
    return [line.split(": ", 1)[1].split(" in ")[0] for line in built.said if not line.startswith("image ")]


@pytest.mark.docker
def test_each_start_does_only_what_is_missing(stages: list[Built]) -> None:
    """The first builds checkpoint 1, the second continues from there, the third only switches on and changes."""
    first, second, third = (built_lines(each) for each in stages)

    assert first == [
        "starting router, main and MAAS",
        *["deploying"] * 3,
        "PostgreSQL",
        "Django by hand",
        "built",
        "storing checkpoint-1",
        "ready",
    ]
    assert second[0] == "checkpoint-1, as it was stored"
    assert second[-4:] == ["built", "storing checkpoint-3", "changing it", "ready"]
    assert sorted(second[1:-4]) == sorted(
        [*["deploying"] * 2, "Ansible", "NGINX", "Django by Ansible", *["its message"] * 2]
    )
    assert third == ["checkpoint-3, as it was stored", "changing it", "ready"]


@pytest.mark.docker
def test_a_stored_checkpoint_is_back_in_seconds(stages: list[Built]) -> None:
    """In less than a third of the time that building only the rest of it took."""
    assert stages[2].seconds < stages[1].seconds / 3


@pytest.mark.docker
def test_both_django_hosts_are_seen_through_the_proxy(built: Built) -> None:
    """With the words of the plan, each about as often."""
    seen = built.answers(20)

    assert set(seen) == {server.message for server in UNUSUAL.servers.values()}
    assert min(seen.values()) >= 5


@pytest.mark.docker
def test_the_application_is_as_the_handout_leaves_it(built: Built) -> None:
    """Started by cron on port 8080; the group's path and `/tasks/` say the same, the root says nothing."""
    for host in UNUSUAL.django:
        crontab = built.main(f"ssh ubuntu@{host} crontab -l 2> /dev/null")
        pages = [
            built.main(f"curl -s -o /dev/null -w '%{{http_code}}' http://{host}:8080{path}").strip()
            for path in ("/", "/tasks/", UNUSUAL.path, "/admin/")
        ]

        assert "@reboot cd /home/ubuntu/tasks && ./run.sh" in crontab
        assert pages == ["404", "200", "200", "302"]


@pytest.mark.docker
def test_both_django_hosts_share_the_database(built: Built) -> None:
    """A task that one writes is found by the other, and by PostgreSQL on the database host."""
    first, second = UNUSUAL.django
    code = "from django.utils.timezone import now; from tasks.models import Task; Task.objects.create"
    create = f"{code}(title='shared', pub_date=now(), description='')"
    built.main(f"echo \"{create}\" | ssh ubuntu@{first} 'cd tasks && python3 manage.py shell' 2> /dev/null")
    query = "select count(*) from tasks_task where title = 'shared'"
    count = built.main(
        f"echo \"{query}\" | ssh ubuntu@{UNUSUAL.database} 'psql -h {UNUSUAL.database} -U cloud -At tasks' 2>&1"
    )

    assert built.tasks(second) == "['shared']"
    assert count.split()[-1] == "1"


@pytest.mark.docker
def test_maas_remembers_who_was_deployed(built: Built) -> None:
    """Under the addresses that the machines have, one of them chosen; the machine that nobody needed is Ready."""
    machines: list[dict[str, Any]] = json.loads(built.main("maas cloud machines read"))
    states = {each["hostname"]: (each["status_name"], each["power_state"]) for each in machines}
    addresses = {each["hostname"]: each["ip_addresses"] for each in machines}
    resolved = {host: built.main(f"getent hosts {host}").split()[:1] for host in UNUSUAL.servers}

    assert states == dict.fromkeys(UNUSUAL.deployed, ("Deployed", "on")) | {"server4": ("Ready", "off")}
    assert addresses["server1"] == [str(IPv4Network(built.network)[15 * 256])]
    assert resolved == {host: addresses[host] for host in UNUSUAL.servers}


@pytest.mark.docker
def test_a_restored_machine_is_a_machine_of_maas(
    built: Built, engine: DockerClient, eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    """It reboots by itself and comes back with its application; released, it is gone."""
    host = UNUSUAL.by_hand
    built.main(f"ssh ubuntu@{host} sudo systemctl reboot --no-block 2> /dev/null")
    gone = f"until ! nc -z -w 1 {host} 8080; do sleep 0.05; done"
    back = f"until nc -z -w 1 {host} 8080; do sleep 0.1; done"
    built.main(f"{gone}; {back}")

    system_id = built.main(f"maas cloud machines read hostname={host} | grep -m 1 system_id").split('"')[3]
    built.main(f"maas cloud machine release {system_id}")

    container = f"kitcheck-{built.kit.name}-{host}"
    assert eventually(
        lambda: container not in [each.name for each in engine.containers.list(all=True, ignore_removed=True)]
    )


@pytest.mark.docker
def test_what_cannot_be_restored_is_built_anew(
    stages: list[Built], engine: DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Last: a stored checkpoint that does not come up is forgotten, and the start goes on from nothing."""
    name = stages[-1].kit.name
    kits.down(name, say=unsaid)

    def restore(*_: object, **__: object) -> None:
        raise KitError("the disk is not what it was")

    def start(*_: object, **__: object) -> None:
        raise KitError("started anew")

    monkeypatch.setattr(starting, "restore", restore)
    monkeypatch.setattr(starting, "start", start)
    said: list[str] = []

    with pytest.raises(KitError, match="started anew"):
        kits.up(name, network=stages[-1].network, plan=UNUSUAL, say=said.append)

    assert any("the disk is not what it was" in line and "building everything anew" in line for line in said)
    left = cast("Any", engine.api).containers(all=True, filters={"label": f"kitcheck.kit={name}"})
    assert left == []
