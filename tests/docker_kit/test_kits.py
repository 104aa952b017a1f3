"""A whole kit: brought up bare, used as a group would use it, and taken down without a trace."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import asyncssh
import pytest
import requests

from harness import known_hosts
from harness.errors import UsageError
from harness.kitfile import load
from simulators.docker import kits, network, removal, starting
from simulators.docker.kits import RunningKit

if TYPE_CHECKING:
    from docker import DockerClient

    from simulators.docker.rack import Rack

pytestmark = pytest.mark.docker
Eventually = Callable[[Callable[[], bool]], bool]


def unsaid(_line: str) -> None:
    """Listen to nobody."""


@dataclass
class Used:
    """A running kit and somebody who uses it from outside."""

    kit: RunningKit

    def ssh(self, command: str, *, timeout: float = 60) -> str:
        """Run a command on main with the line that `up` prints, and return what it wrote."""
        line = [*shlex.split(self.kit.ssh), command]
        line[1:1] = ["-F", "none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        done = subprocess.run(line, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)
        return (done.stdout + done.stderr).decode().strip()

    @property
    def maas(self) -> str:
        """Where MAAS answers from outside."""
        return self.kit.dashboard.removesuffix("/r/machines")


@pytest.fixture(scope="module")
def kitcheck_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's own kits and remembered keys out of it."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("KITCHECK_HOME", str(home))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        yield home


@pytest.fixture(scope="module")
def name() -> str:
    """Name of the kit, told apart from those of another run of the tests."""
    return f"test-{os.getpid()}"


@pytest.fixture(scope="module")
def bare(engine: DockerClient, kitcheck_home: Path, name: str) -> Iterator[Used]:
    """A bare kit."""
    kit = kits.up(name, network=kits.free_network(engine), say=print)
    yield Used(kit)
    removal.remove(engine, name)


def left_of(engine: DockerClient, kit: str) -> list[str]:
    """Return everything that the engine has of a kit: containers, networks and volumes."""
    api = cast("Any", engine.api)
    filters = {"label": f"kitcheck.kit={kit}"}
    containers = [each["Names"][0] for each in api.containers(all=True, filters=filters)]
    networks = [each["Name"] for each in api.networks(filters=filters)]
    volumes: list[dict[str, Any]] = api.volumes(filters=filters).get("Volumes") or []
    return sorted([*containers, *networks, *(each["Name"] for each in volumes)])


def test_kit_yaml_describes_the_kit_and_is_private(bare: Used, name: str) -> None:
    """It loads as any kit's does, without any variable set; nobody else can read it or the key."""
    described = load(bare.kit.kit_yaml, {})

    assert (described.kit, str(described.network), described.stage) == (name, bare.kit.network, None)
    assert described.access.identity is not None
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in bare.kit.kit_yaml.parent.iterdir()}
    assert modes["kit.yaml"] == modes["id_ed25519"] == 0o600


def test_the_printed_line_leads_to_main(bare: Used) -> None:
    """As `cloud`, who may become root, through the router."""
    assert bare.ssh("whoami; hostname; sudo whoami").split() == ["cloud", "main", "root"]


def test_the_lab_password_opens_main_too(bare: Used) -> None:
    """As on a real kit, whose groups use nothing else."""
    port = load(bare.kit.kit_yaml, {}).access.ssh.port

    async def whoami() -> str:
        async with asyncssh.connect(
            "127.0.0.1", port or 0, username="cloud", password="cloud", known_hosts=None, client_keys=None, config=None
        ) as connection:
            return str((await connection.run("whoami", check=True)).stdout).strip()

    import asyncio

    assert asyncio.run(whoami()) == "cloud"


def test_main_has_no_way_to_the_engine_or_out(bare: Used, engine: DockerClient) -> None:
    """The engine's socket is not among its files, and its only network leads nowhere."""
    networks = engine.containers.get(f"kitcheck-{bare.kit.name}-main").attrs["NetworkSettings"]["Networks"]
    inner = engine.networks.get(f"kitcheck-{bare.kit.name}").attrs

    assert bare.ssh("ls /var/run/docker.sock /run/docker.sock").count("No such file") == 2
    assert (list(networks), inner["Internal"]) == ([f"kitcheck-{bare.kit.name}"], True)


def test_a_name_that_nobody_has_is_refused_at_once(bare: Used) -> None:
    """As MAAS does it; the engine's own name server would let everybody wait for 20 seconds (124: out of time)."""
    assert bare.ssh("timeout 10 getent hosts postgres-server; echo $?; getent hosts main").split()[:2] == [
        "2",
        load(bare.kit.kit_yaml, {}).maas.url.split("/")[2].partition(":")[0],
    ]


def test_the_handouts_addresses_answer(bare: Used) -> None:
    """Inside the kit, with a certificate that its machines trust."""
    heads = bare.ssh("git ls-remote https://github.com/raulikeda/tasks.git master")
    raw = "https://raw.githubusercontent.com/raulikeda/tasks/master/tasks-install-playbook.yaml"

    assert heads.endswith("refs/heads/master")
    assert "hosts:" in bare.ssh(f"wget -qO- {raw}")


def test_maas_answers_on_the_published_port(bare: Used) -> None:
    """The API, and the dashboard, which wants a login."""
    version = requests.get(f"{bare.maas}/api/2.0/version/", timeout=10).json()
    dashboard = requests.get(bare.kit.dashboard, timeout=10)

    assert version["version"].startswith("3.")
    assert dashboard.status_code == 200
    assert "password" in dashboard.text.lower()


def test_a_group_deploys_a_machine_and_logs_in(bare: Used, engine: DockerClient, eventually: Eventually) -> None:
    """With the `maas` command on main; the second hop uses main's own key and asks nothing."""
    main = load(bare.kit.kit_yaml, {}).maas
    bare.ssh(f"maas login cloud {main.url} $(sudo maas apikey --username=cloud)")
    machine = json.loads(bare.ssh("maas cloud machines allocate name=server1"))
    bare.ssh(f"maas cloud machine deploy {machine['system_id']} distro_series=jammy")

    def status() -> str:
        return json.loads(bare.ssh(f"maas cloud machine read {machine['system_id']}"))["status_name"]

    assert eventually(lambda: status() == "Deployed")
    assert bare.ssh("ssh -o BatchMode=yes ubuntu@server1 'hostname; sudo whoami' 2> /dev/null").split() == [
        "server1",
        "root",
    ]
    bare.ssh(f"maas cloud machine release {machine['system_id']}")
    assert eventually(lambda: status() == "Ready")
    assert f"/kitcheck-{bare.kit.name}-server1" not in left_of(engine, bare.kit.name)


def test_maas_and_its_memory_survive_a_reboot_of_main(bare: Used, eventually: Eventually) -> None:
    """Main comes back at its address, and so does MAAS, which shares it and lost its network for a moment."""
    key = load(bare.kit.kit_yaml, {}).maas
    bare.ssh(f"maas login cloud {key.url} $(sudo maas apikey --username=cloud)")
    bare.ssh("maas cloud tags create name=remembered")
    before = bare.ssh("cat /proc/sys/kernel/random/boot_id")

    bare.ssh("sudo systemctl reboot --no-block")

    assert eventually(lambda: bare.ssh("cat /proc/sys/kernel/random/boot_id", timeout=10) not in ("", before))
    assert eventually(lambda: "remembered" in bare.ssh("maas cloud tags read", timeout=10))


def test_kits_lists_it(bare: Used) -> None:
    """With all that `up` returned."""
    assert kits.kits() == [bare.kit]


def test_a_name_in_use_is_refused(bare: Used) -> None:
    """One line that says what to do."""
    with pytest.raises(UsageError, match=f"there is a kit '{bare.kit.name}' already .*kitcheck down {bare.kit.name}"):
        kits.up(bare.kit.name, network="10.99.0.0/20", say=unsaid)


def test_a_name_in_use_from_elsewhere_is_refused(
    bare: Used, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: DockerClient
) -> None:
    """Another user's kit is in the engine, though not in our folder; it is not touched."""
    before = left_of(engine, bare.kit.name)
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path))

    with pytest.raises(UsageError, match=f"has a kit '{bare.kit.name}' already"):
        kits.up(bare.kit.name, network=kits.free_network(engine), say=unsaid)

    assert left_of(engine, bare.kit.name) == before


def test_a_network_in_use_is_refused_before_anything_starts(bare: Used, engine: DockerClient) -> None:
    """The message names whose network it is and one that is free; no folder is left."""
    with pytest.raises(UsageError, match=f"'kitcheck-{bare.kit.name}'; choose another one: --network "):
        kits.up(f"{bare.kit.name}-b", network=bare.kit.network, say=unsaid)

    assert left_of(engine, f"{bare.kit.name}-b") == []
    assert not (bare.kit.kit_yaml.parents[1] / f"{bare.kit.name}-b").exists()


def test_two_kits_at_the_same_moment(bare: Used, engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that chose a network which somebody has taken since goes into the next one; nothing is left of its try."""
    chosen = iter((bare.kit.network, free := kits.free_network(engine)))
    monkeypatch.setattr(network, "free_network", lambda _: next(chosen))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - takes anything
    name = f"{bare.kit.name}-d"
    tried: list[str] = []

    def start(_client: DockerClient, rack: Rack, *_: object) -> None:
        tried.append(str(rack.network))
        raise RuntimeError("far enough")

    monkeypatch.setattr(kits, "_start", start)
    with pytest.raises(RuntimeError, match="far enough"):
        kits.up(name, say=unsaid)

    assert (tried, list(chosen)) == ([free], [])
    assert left_of(engine, name) == []


def test_an_unknown_stage_is_refused(kitcheck_home: Path) -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="cannot be brought up at 'checkpoint-9': expected one of checkpoint-1, "):
        kits.up("never", at="checkpoint-9", say=unsaid)


def test_down_of_an_unknown_kit_is_refused(bare: Used) -> None:
    """With the names that there are."""
    with pytest.raises(UsageError, match=f"there is no kit 'nobody'; there are: .*{bare.kit.name}"):
        kits.down("nobody", say=unsaid)


def test_two_kits_at_once(bare: Used, engine: DockerClient) -> None:
    """Each has its own main and MAAS; neither can reach the other; the one that goes leaves the other as it was."""
    name = f"{bare.kit.name}-c"
    before = left_of(engine, bare.kit.name)
    other = Used(kits.up(name, network=kits.free_network(engine), say=print))
    try:
        mains = [load(each.kit.kit_yaml, {}).maas.url for each in (bare, other)]
        reached = other.ssh(f"curl -sS --max-time 2 {mains[0]}api/2.0/version/ > /dev/null 2>&1 && echo reached")
        listed = [kit.name for kit in kits.kits()]
    finally:
        kits.down(name, say=unsaid)

    assert len(set(mains)) == 2
    assert reached == ""
    assert listed == sorted([bare.kit.name, name])
    assert left_of(engine, name) == []
    assert left_of(engine, bare.kit.name) == before
    assert bare.ssh("hostname") == "main"


@pytest.mark.parametrize("blow", [KeyboardInterrupt, RuntimeError])
def test_an_up_that_does_not_end_well_leaves_nothing(
    engine: DockerClient, kitcheck_home: Path, monkeypatch: pytest.MonkeyPatch, blow: type[BaseException]
) -> None:
    """Neither containers, networks nor volumes, nor a folder, whatever ended it, even when all parts ran already."""

    def wait_for_access(*_: object) -> None:
        assert len(left_of(engine, "cut-short")) == 7  # 4 containers, 2 networks, 1 volume: the test is no idle one
        raise blow

    monkeypatch.setattr(starting, "wait_for_access", wait_for_access)

    with pytest.raises(blow):
        kits.up("cut-short", network=kits.free_network(engine), say=unsaid)

    assert left_of(engine, "cut-short") == []
    assert not (kitcheck_home / "kits" / "cut-short").exists()


def test_a_polite_kill_ends_an_up_as_an_interrupt_does() -> None:
    """SIGTERM becomes an exit that unwinds everything; afterwards it means again what it meant before."""
    before = signal.getsignal(signal.SIGTERM)

    def terminated() -> None:
        with kits.until_terminated():
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()

    with pytest.raises(SystemExit) as ended:
        terminated()

    assert ended.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_down_all_takes_kits_without_a_folder_too(
    bare: Used, engine: DockerClient, kitcheck_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their labels; the engine's other kits are kept out of this test."""
    engine.networks.create("kitcheck-lost", labels={"kitcheck.kit": "lost"})
    (kitcheck_home / "kits" / "empty").mkdir()
    real = removal.known_kits

    def known(client: DockerClient) -> set[str]:
        return real(client) & {"lost"}

    def folders() -> list[kits.KitFolder]:
        return [kits.KitFolder("empty")]

    monkeypatch.setattr(removal, "known_kits", known)
    monkeypatch.setattr(kits, "kit_folders", folders)

    gone = kits.down_all(say=unsaid)

    assert gone == ["empty", "lost"]
    assert left_of(engine, "lost") == []
    assert not (kitcheck_home / "kits" / "empty").exists()


def test_down_leaves_nothing(bare: Used, engine: DockerClient) -> None:
    """Last: neither in the engine nor on the disk, nor among the remembered host keys, and its name is free again."""
    remembered = known_hosts.of_kit(bare.kit.name).path
    assert remembered is not None
    assert remembered.exists()

    kits.down(bare.kit.name, say=unsaid)

    assert left_of(engine, bare.kit.name) == []
    assert not bare.kit.kit_yaml.parent.exists()
    assert not remembered.exists()
    assert kits.kits() == []
