"""Juju's parts of a Docker kit, without an engine: what the store holds, hands, checkpoints, who does the steps."""

from __future__ import annotations

import ast
import asyncio
import json
import sys
import threading
from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from typing import cast

import pytest

from harness.access import Access
from harness.completed import Completed
from simulators import second_half
from simulators.docker import checkpoints
from simulators.docker.hands import Hands
from simulators.docker.images import SIMULATORS, STORE_SOURCE, Images
from simulators.docker.rack import Rack
from simulators.docker.second_half import Driver
from simulators.docker.wheels import NEEDED_BY_JUJU
from simulators.juju.hands import Bootstrap, HandsError, Instance, Ran
from simulators.juju.machine.hands import LocalHands, SshHands
from simulators.juju.machine.installing import UNIT
from simulators.juju.machine.service import private, read_bootstrap
from simulators.plan import Application, Juju, Plan
from simulators.second_half import Ask, Reply, Step, Type, Write

DEBIAN = {"cryptography", "yaml", "markupsafe"}
"""Packages of the host's image."""
KIT = Plan(stage="checkpoint-4")


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports when it runs."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_store_has_all_that_its_programs_import() -> None:
    """Nothing of our own beyond its folders, no package that a machine does not have."""
    ours = tuple(f"simulators.{folder}" for folder in STORE_SOURCE)
    packages = {name.replace("-", "_") for name in NEEDED_BY_JUJU} | DEBIAN
    strangers = {
        f"{file.relative_to(SIMULATORS)}: {module}"
        for folder in STORE_SOURCE
        for file in (SIMULATORS / folder).rglob("*.py")
        for module in imported(file)
        if not (f"{module}.".startswith(tuple(f"{each}." for each in ours)) or module == "simulators")
        and module.partition(".")[0] not in packages | sys.stdlib_module_names
    }

    assert strangers == set()


class Answering(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        """Repeat the body and a header."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(self.headers["X-Said"].encode() + b"|" + body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Something that answers HTTP."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_hands_ask_over_http(server: str) -> None:
    """Body and headers arrive as they are, whatever is in them; a closed port is no answer."""
    hands = LocalHands("127.0.0.1")
    body = '{"a": "b\\"c\\\\d", "e": "é"}\n'.encode()

    async def both() -> list[tuple[int, bytes]]:
        said = await hands.http("POST", f"{server}/x?y=%22", body=body, headers={"X-Said": 'a "b" \\c'})
        return [said, await hands.http("GET", "http://127.0.0.1:1/")]

    said, (nobody, reason) = asyncio.run(both())

    assert said == (201, b'a "b" \\c|' + body)
    assert (nobody, bool(reason)) == (0, True)


def test_hands_write_and_read_files(tmp_path: Path) -> None:
    """With folders above and the mode that is asked for; a file that is not there is None."""
    hands = LocalHands("127.0.0.1")
    path = tmp_path / "a b" / "c'd"
    asyncio.run(hands.write(str(path), "e'f\n", mode=0o640))

    assert path.stat().st_mode & 0o777 == 0o640
    assert asyncio.run(hands.read(str(path))) == "e'f\n"
    assert asyncio.run(hands.read(str(tmp_path / "none"))) is None
    assert [each.name for each in path.parent.iterdir()] == ["c'd"]


def test_hands_make_folders_that_everybody_may_enter(tmp_path: Path) -> None:
    """Those in between too: a service's own user reads what is in them."""
    asyncio.run(LocalHands("127.0.0.1").write(str(tmp_path / "a/b/c"), "x"))

    assert [(tmp_path / each).stat().st_mode & 0o777 for each in ("a", "a/b")] == [0o755, 0o755]


def test_hands_tell_a_late_command_from_one_that_fails() -> None:
    """A status is a result; a command that does not end in time is an error."""
    hands = LocalHands("127.0.0.1")

    assert asyncio.run(hands.run("cat; exit 3", stdin=b"in")) == Ran(3, "in")
    with pytest.raises(HandsError, match="did not end within"):
        asyncio.run(hands.run("exec sleep 60", timeout=0.05))


def test_hands_on_a_machine_that_is_off(tmp_path: Path) -> None:
    """It is not alive, and whatever is done with it is an error that names it."""
    # An address of this computer on which nothing listens.
    hands = SshHands("127.255.255.254", key=tmp_path / "none", sockets=tmp_path)

    assert not asyncio.run(hands.alive())
    with pytest.raises(HandsError, match=r"127\.255\.255\.254"):
        asyncio.run(hands.run("true"))


def bootstrap() -> Bootstrap:
    """Return what a client decides."""
    machine = Instance("abc123", "server1", ("172.16.0.5",), "Deployed")
    names = ("controller", "controller_uuid", "model_uuid", "version", "password", "cloud", "endpoint", "credential")
    values = {name: name for name in (*names, "maas_oauth", "series", "ca_cert", "ca_key")}
    return Bootstrap(**values, machine=machine, model_config={"a": "b"})


def test_what_the_client_decided_arrives_at_the_service(tmp_path: Path) -> None:
    """Through a file that only root reads."""
    private(tmp_path / "b.json", json.dumps(asdict(bootstrap())).encode())

    assert read_bootstrap(tmp_path / "b.json") == bootstrap()
    assert (tmp_path / "b.json").stat().st_mode & 0o777 == 0o600


def test_the_service_comes_back_by_itself() -> None:
    """After a reboot, and when it ends."""
    assert "WantedBy=multi-user.target" in UNIT
    assert "Restart=always" in UNIT


def identity(plan: Plan, stage: str, store: str = "s:1") -> str:
    """Return what tells a stored checkpoint from others."""
    images = Images(host="h:1", maas="m:1", mirror="i:1", store=store)
    return checkpoints.identity(Rack("k", IPv4Network("172.16.0.0/20"), images, 1, 2), plan, stage)


def test_jujus_files_change_no_checkpoint_of_the_first_half() -> None:
    """The store's image decides what is in the second half's, and only there."""
    assert identity(Plan(), "checkpoint-3") == identity(Plan(), "checkpoint-3", store="s:2")
    assert identity(KIT, "checkpoint-4") != identity(KIT, "checkpoint-4", store="s:2")
    assert identity(KIT, "juju-controller") != identity(KIT, "juju-controller", store="s:2")


def test_a_controller_serves_whatever_is_deployed_then() -> None:
    """Kits that differ in what they deploy share the stored controller; another controller is another one."""
    other = Plan(stage="checkpoint-4", juju=Juju(grafana=Application("g", "grafana"), exposed=True), proxy="server5")
    elsewhere = Plan(stage="checkpoint-4", juju=Juju(controller_host="server2"))

    assert identity(KIT, "juju-controller") == identity(other, "juju-controller")
    assert identity(KIT, "checkpoint-4") != identity(other, "checkpoint-4")
    assert identity(KIT, "juju-controller") != identity(elsewhere, "juju-controller")


def test_what_is_cleaned_up_may_be_stored() -> None:
    """A clean-up begins with the stored checkpoint 4, whatever becomes of the controller then."""
    cleaned = Plan(stage="cleanup")
    left = replace(cleaned, clean_up="left")

    assert identity(cleaned, "checkpoint-4") == identity(left, "checkpoint-4") == identity(KIT, "checkpoint-4")
    assert identity(cleaned, "cleanup") != identity(left, "cleanup")
    assert cleaned.passes("checkpoint-4")
    assert not replace(cleaned, clean_up="never-begun").passes("checkpoint-4")
    assert not KIT.passes("cleanup")


class Main:
    """A main that says what it was told, and answers as HTTP does."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None, bytes | None]] = []

    def run(self, command: str, *, on: str | None = None, stdin: bytes | None = None, **_: object) -> Completed:
        """Remember it."""
        self.told.append((command, on, stdin))
        return Completed("main", 0, b'{"ok": 1}\n200', b"", 0.0)


def steps() -> Generator[Step, Reply, list[Reply]]:
    """Do one of each."""
    typed = yield Type("juju status")
    written = yield Write("a b/c", "text", 0o600, root=True)
    asked = yield Ask("POST", "http://g:3000/x", {"password": 'new"\\'}, "admin", "se:cret")
    return [typed, written, asked]


def test_steps_are_done_on_main_and_their_replies_come_back() -> None:
    """A command, a file, and a question whose secrets go by standard input."""
    main = Main()
    replies = Driver(Hands(cast("Access", main), "building")).drive(steps())

    assert [each.status for each in replies] == [0, 0, 200]
    assert replies[2].out == '{"ok": 1}'
    assert main.told[0] == ("juju status", None, None)
    assert main.told[1][0].startswith("sudo -n sh -c ")
    assert main.told[1][2] == b"text"
    assert not [command for command, _, _ in main.told if "cret" in command or "new" in command]
    assert b'user = "admin:se:cret"' in (main.told[2][2] or b"")


def test_what_the_driver_does_is_all_that_a_group_does() -> None:
    """Each kind of step that the second half knows has a way to be done."""
    known = set(second_half.Step.__args__)
    nodes = ast.walk(ast.parse(Path(sys.modules[Driver.__module__].__file__ or "").read_text()))
    classes = {node.cls.id for node in nodes if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name)}

    assert classes == {each.__name__ for each in known}
