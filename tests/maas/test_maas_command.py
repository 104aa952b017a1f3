"""The `maas` command as a student types it, against the simulated MAAS."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.maas import cli
from simulators.maas.app import create_app
from simulators.maas.memory import MemoryDriver
from simulators.maas.region import Region
from tests.maas.serving import serving

COMMAND = Path(cli.__file__)


@pytest.fixture(scope="module")
def region() -> Region:
    """A lab."""
    return Region(MemoryDriver(), seed=1)


class Wire:
    """Notes method, address and kind of body of every request on its way to an application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note a request and pass it on."""
        if scope["type"] == "http":
            kind = Headers(scope=scope).get("content-type", "nothing").partition(";")[0]
            query = scope["query_string"].decode()
            self.requests.append(f"{scope['method']} {scope['path'].removeprefix('/MAAS/api/2.0')}?{query} {kind}")
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def wire(region: Region) -> Wire:
    """The way to the lab's MAAS."""
    return Wire(create_app(region))


@pytest.fixture(scope="module")
def site(wire: Wire) -> Iterator[str]:
    """The lab's MAAS, served."""
    with serving(wire) as address:
        yield f"{address}/MAAS/"


@dataclass(frozen=True)
class Shell:
    """A user on main with a home directory."""

    home: Path
    site: str
    key: str

    def maas(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command, isolated from this project's packages."""
        return subprocess.run(
            [sys.executable, "-I", str(COMMAND), *words],
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ask(self, *words: str) -> Any:
        """Run an operation of the profile that succeeds; return its JSON."""
        done = self.maas("admin", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path, region: Region, site: str) -> Shell:
    """A user who has not logged in; MAAS is as it was installed."""
    region.reset()
    return Shell(tmp_path, site, region.users["cloud"].tokens[0].api_key)


@pytest.fixture
def student(shell: Shell) -> Shell:
    """A user who has logged in as profile `admin`."""
    done = shell.maas("login", "admin", shell.site, shell.key)
    assert (done.returncode, done.stderr) == (0, "")
    return shell


@pytest.mark.parametrize("ending", ["MAAS/", "MAAS", "MAAS/api/2.0/"])
def test_logging_in(shell: Shell, ending: str) -> None:
    """With any usual spelling of the address; the login is readable by its owner only and holds name, URL and key."""
    done = shell.maas("login", "admin", shell.site.replace("MAAS/", ending), shell.key)

    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((shell.home / ".maascli.json").stat().st_mode) == 0o600
    assert shell.maas("list").stdout == f"admin {shell.site}api/2.0/ {shell.key}\n"


@pytest.mark.parametrize("last", [["-"], []])
def test_the_key_can_be_piped_in(shell: Shell, last: list[str]) -> None:
    """So that it stands in no list of processes."""
    done = shell.maas("login", "admin", shell.site, *last, stdin=f"{shell.key}\n")

    assert done.returncode == 0
    assert json.loads(shell.maas("admin", "users", "whoami").stdout)["username"] == "cloud"


def test_a_wrong_key_is_rejected(shell: Shell) -> None:
    """In the sentence of the real command, and nothing is kept."""
    done = shell.maas("login", "admin", shell.site, "a:b:c")

    assert (done.returncode, done.stderr) == (2, "maas: The MAAS server rejected your API key.\n")
    assert list(shell.home.iterdir()) == []


def test_logging_out(student: Shell) -> None:
    """The profile is gone; a second time there is nothing to log out from."""
    first, second = student.maas("logout", "admin"), student.maas("logout", "admin")

    assert (first.returncode, second.returncode) == (0, 2)
    assert "profiles: none" in student.maas("admin", "machines", "read").stderr


def test_machines_are_read(student: Shell) -> None:
    """All of them, or those that a filter lets through; piped output is nothing but JSON."""
    everything = student.ask("machines", "read")
    one = student.ask("machines", "read", "hostname=server2")

    assert [machine["hostname"] for machine in everything] == [f"server{number}" for number in range(1, 6)]
    assert [machine["hostname"] for machine in one] == ["server2"]


def test_a_terminal_is_told_more(student: Shell) -> None:
    """Only there, JSON is announced."""
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-I", str(COMMAND), "admin", "zones", "read"],
        env={"HOME": str(student.home)},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    printed = os.read(ours, 65_536).decode()
    os.close(ours)

    assert done.returncode == 0
    assert printed.startswith("Success.\r\nMachine-readable output follows:\r\n[\r\n    {")
    assert printed.endswith("]\r\n")


def test_a_machine_s_life(student: Shell) -> None:
    """Allocate, deploy, power, release: the lab's lines."""
    machine = student.ask("machines", "allocate", "name=server1")
    system_id = machine["system_id"]
    deploying = student.ask("machine", "deploy", system_id, "distro_series=jammy")
    deployed = student.ask("machine", "read", system_id)
    student.ask("machine", "power-off", system_id)
    power = student.ask("machine", "query-power-state", system_id)
    released = student.ask("machine", "release", system_id)

    assert (machine["status_name"], machine["owner"]) == ("Allocated", "cloud")
    assert (deploying["status_name"], deploying["osystem"]) == ("Deploying", "ubuntu")
    assert (deployed["status_name"], deployed["distro_series"]) == ("Deployed", "jammy")
    assert len(deployed["ip_addresses"]) == 1
    assert power == {"state": "off"}
    assert released["status_name"] in {"Ready", "Releasing"}


def test_a_file_becomes_a_value(student: Shell, tmp_path: Path) -> None:
    """`user_data@=FILE`: base64 as the real command wants it."""
    (tmp_path / "script.b64").write_text("IyEvYmluL3NoCg==\n")
    system_id = student.ask("machines", "allocate", "name=server2")["system_id"]
    machine = student.ask("machine", "deploy", system_id, f"user_data@={tmp_path}/script.b64")

    assert machine["status_name"] == "Deploying"


def test_tags(student: Shell, region: Region) -> None:
    """Made, put on a machine, listed, deleted."""
    system_id = student.ask("machines", "read", "hostname=server3")[0]["system_id"]
    made = student.ask("tags", "create", "name=web", "comment=Django servers")
    updated = student.ask("tag", "update-nodes", "web", f"add={system_id}")
    listed = student.ask("tag", "machines", "web")
    deleted = student.maas("admin", "tag", "delete", "web")

    assert (made["name"], made["comment"]) == ("web", "Django servers")
    assert updated == {"added": 1, "removed": 0}
    assert [machine["hostname"] for machine in listed] == ["server3"]
    assert (deleted.returncode, deleted.stdout) == (0, "")
    assert "web" not in region.tags


def test_a_refusal_is_printed(student: Shell) -> None:
    """MAAS' own words, and exit status 2."""
    system_id = student.ask("machines", "read", "hostname=server4")[0]["system_id"]
    conflict = student.maas("admin", "machine", "power-on", system_id)
    unknown = student.maas("admin", "machine", "read", "nope42")

    assert (conflict.returncode, conflict.stdout) == (2, "Can't start node: it hasn't been allocated.\n")
    assert (unknown.returncode, unknown.stdout) == (2, "No Machine matches the given query.\n")


def test_requests_are_made_as_the_real_command_makes_them(student: Shell, wire: Wire) -> None:
    """Operation in the query; data in a multipart body, in the query of GET and DELETE; no data, no body."""
    system_id = student.ask("machines", "allocate", "name=server5")["system_id"]
    wire.requests.clear()
    student.ask("machine", "deploy", system_id, "distro_series=jammy")
    student.ask("machine", "power-off", system_id)
    student.ask("machines", "read", "hostname=a", "hostname=b&c")
    student.maas("admin", "zone", "delete", "nowhere", "comment=x y")

    assert wire.requests == [
        f"POST /machines/{system_id}/?op=deploy multipart/form-data",
        f"POST /machines/{system_id}/?op=power_off nothing",
        "GET /machines/?hostname=a&hostname=b%26c nothing",
        "DELETE /zones/nowhere/?comment=x+y nothing",
    ]


def test_an_id_cannot_leave_its_place(student: Shell) -> None:
    """What stands for one part of an address stays one part."""
    system_id = student.ask("machines", "read", "hostname=server4")[0]["system_id"]
    done = student.maas("admin", "machine", "read", f"{system_id}/?op=query_power_state#")

    assert done.returncode == 2
    assert done.stdout.startswith("Unknown API endpoint: ")


def test_a_changed_api_is_said_loudly(student: Shell) -> None:
    """The description that we keep is of another MAAS; `refresh` cures it."""
    kept = student.home / ".maascli.json"
    profiles = json.loads(kept.read_text())
    profiles["admin"]["description"]["hash"] = "0" * 40
    kept.write_text(json.dumps(profiles))

    warned = student.maas("admin", "zones", "read")
    refreshed = student.maas("refresh")

    assert warned.returncode == 0
    assert "WARNING" in warned.stderr
    assert json.loads(warned.stdout)[0]["name"] == "default"
    assert (refreshed.returncode, student.maas("admin", "zones", "read").stderr) == (0, "")


def test_help_comes_from_the_description(student: Shell) -> None:
    """Profiles, resources, operations, parameters."""
    overview, resources = student.maas("--help").stdout, student.maas("admin", "-h").stdout
    operations, operation = student.maas("admin", "machine", "-h"), student.maas("admin", "machine", "deploy", "-h")

    assert "\n  admin ..." in overview
    assert "\n  login PROFILE URL" in overview
    assert "\n  boot-resources: " in resources
    assert "\n  query-power-state: " in operations.stdout
    assert operation.stdout.startswith("usage: maas admin machine deploy system_id [NAME=VALUE | NAME@=FILE]...\n")
    assert operation.returncode == 0


BAD_LINES = [
    ("login", "usage: maas login"),
    ("login admin 172.16.0.3 a:b:c", "expected MAAS' address"),
    ("login admin http://127.0.0.1:1/MAAS/ a:b:c", "cannot reach MAAS at http://127.0.0.1:1/MAAS/api/2.0/users/: "),
    ("login admin http://127.0.0.1:1/MAAS/ a:b", "three parts"),
    ("login list http://127.0.0.1:1/MAAS/ a:b:c", "cannot be a profile's name"),
    ("list all", "usage: maas list"),
    ("init", "'init' is not simulated"),
    ("nobody machines read", "neither a command nor a profile (profiles: admin;"),
    ("admin machinez read", "'machinez' is no resource of maas admin; there are: "),
    ("admin machines raed", "'raed' is no operation of maas admin machines; there are: "),
    ("admin machine deploy", "system_id is missing; usage: maas admin machine deploy system_id"),
    ("admin machines read hostname", "expected NAME=VALUE or NAME@=FILE, got 'hostname'"),
    ("admin machine deploy x user_data@=/nowhere", "cannot read /nowhere: No such file"),
    ("apikey", "usage: maas apikey"),
]


@pytest.mark.parametrize(("line", "says"), BAD_LINES, ids=[line for line, _ in BAD_LINES])
def test_bad_lines_are_answered_in_one(student: Shell, line: str, says: str) -> None:
    """What is wrong and what there is, on stderr; exit status 2."""
    done = student.maas(*line.split())

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("maas: ")
    assert says in done.stderr


def test_what_is_no_maas_is_said(shell: Shell) -> None:
    """A page instead of a description."""
    done = shell.maas("login", "admin", shell.site.replace("MAAS/", "elsewhere/"), shell.key)

    assert done.returncode == 2
    assert "404" in done.stderr


def test_a_damaged_file_is_said(student: Shell) -> None:
    """And what to do about it."""
    (student.home / ".maascli.json").write_text("{")

    assert "remove it and log in again" in student.maas("list").stderr


@pytest.mark.parametrize("words", [["--username", "cloud"], ["--username=cloud"], ["-u", "cloud"]])
def test_root_can_look_up_a_key(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sudo maas apikey` prints the key and nothing else."""
    (tmp_path / "keys.json").write_text('{"cloud": "a:b:c"}')
    monkeypatch.setattr(cli, "API_KEYS", tmp_path / "keys.json")

    assert (cli.main(["apikey", *words]), capsys.readouterr().out) == (0, "a:b:c\n")


def test_other_users_have_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clear line."""
    (tmp_path / "keys.json").write_text('{"cloud": "a:b:c"}')
    monkeypatch.setattr(cli, "API_KEYS", tmp_path / "keys.json")

    assert (cli.main(["apikey", "--username", "eve"]), capsys.readouterr().err) == (2, "maas: there is no user 'eve'\n")
