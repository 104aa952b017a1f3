"""A kit of containers, built as the handout says and graded through its one SSH address: whole, and out of order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness import grading
from harness.kit import Kit
from harness.kitfile import load
from harness.result import Result
from harness.verdicts import CheckResult, Overall, Verdict
from simulators.docker import kits, removal
from simulators.docker.images import Images
from simulators.docker.kits import RunningKit
from simulators.plan import Plan

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_bytes())


@dataclass
class Reference:
    """A kit at checkpoint 3, and somebody who changes it from inside."""

    running: RunningKit

    @contextmanager
    def opened(self) -> Generator[Kit]:
        """Reach it as grading does."""
        with closing(Kit.open(load(self.running.kit_yaml, {}))) as kit:
            yield kit

    def on(self, host: str, command: str, *, timeout: float = 120) -> str:
        """Run a command on a server, which must succeed."""
        with self.opened() as kit:
            done = kit.run(host, command, timeout=timeout)
        assert done.exit_status == 0, f"{command}: {done.text}{done.error_text}"
        return done.text

    def maas(self, operation: str, host: str) -> None:
        """Tell MAAS to do something with a machine, as the group would on main."""
        with self.opened() as kit:
            done = kit.access.run(f"maas cloud machine {operation} {kit.machine(host).system_id}", timeout=60)
        assert done.exit_status == 0, done.error_text

    def grade(self, *checkpoints: str, allow_disruption: bool = False) -> Result:
        """Grade it."""
        return grading.grade(self.running.kit_yaml, checkpoints=checkpoints, allow_disruption=allow_disruption)

    def until(self, command: str, *, on: str) -> None:
        """Wait on a server until a command succeeds."""
        self.on(on, f"timeout 60 sh -c 'until {command}; do sleep 0.1; done'")


@pytest.fixture(scope="module")
def reference(engine: DockerClient, images: Images, at_home: Path) -> Iterator[Reference]:
    """The reference plan, built."""
    assert images
    assert at_home
    name = f"graded-{os.getpid()}"
    try:
        yield Reference(kits.up(name, network=kits.free_network(engine), plan=Plan(), say=print))
    finally:
        removal.remove(engine, name)


def checks(result: Result) -> dict[str, CheckResult]:
    """Return a result's checks by their ids."""
    return {check.id: check for checkpoint in result.checkpoints for check in checkpoint.checks}


def failed(result: Result) -> dict[str, str]:
    """Return the rationale of each failed check; a check that could not be told fails the test."""
    errors = {id_: check.rationale for id_, check in checks(result).items() if check.verdict is Verdict.ERROR}
    assert errors == {}
    return {id_: check.rationale for id_, check in checks(result).items() if check.verdict is Verdict.FAILED}


def test_reference_passes_everything(reference: Reference, tmp_path: Path) -> None:
    """Every check passes, apart from those that a person grades, and the result is what its schema says."""
    file = tmp_path / "r.json"
    command = [sys.executable, "-m", "kitcheck", "grade", "--kit", str(reference.running.kit_yaml), "--json", str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=120)

    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(file.read_bytes())
    jsonschema.validate(result, SCHEMA)
    verdicts = {check["id"]: check["verdict"] for each in result["checkpoints"] for check in each["checks"]}
    assert {id_ for id_, verdict in verdicts.items() if verdict == "manual"} == {
        "explain-manual-installation",
        "explain-ansible",
    }
    assert set(verdicts.values()) == {"passed", "manual"}
    assert result["identity"]["system_ids"].keys() == {f"server{n}" for n in range(1, 6)}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_pytest_agrees(reference: Reference, workers: list[str], tmp_path: Path) -> None:
    """`pytest --kit` runs the same features with the same verdict, also on two workers."""
    kit = str(reference.running.kit_yaml)
    command = [sys.executable, "-m", "pytest", "--kit", kit, "-m", "checkpoint_2 or checkpoint_3", *workers]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)

    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout
    assert "1 manual" in done.stdout


def test_grading_leaves_no_trace(reference: Reference) -> None:
    """No task, no log entry, no session, and the last login is what it was."""
    question = (
        "select (select count(*) from tasks_task), (select count(*) from django_admin_log), "
        "(select count(*) from django_session), (select last_login from auth_user)"
    )
    look = f'sudo -u postgres psql -At tasks -c "{question}"'
    before = reference.on("server1", look)

    assert failed(reference.grade("checkpoint-1", "checkpoint-2")) == {}

    assert reference.on("server1", look) == before
    assert before.startswith("0|0|0|")


def test_server_powered_off(reference: Reference) -> None:
    """MAAS goes on saying Deployed; the machine is off."""
    reference.maas("power-off", "server3")
    try:
        found = failed(reference.grade())
    finally:
        reference.maas("power-on", "server3")
        reference.until("wget -qO- http://server3:8080/tasks/ | grep -q Hello", on="server2")

    assert found.keys() == {"three-machines-deployed", "four-machines-deployed"}
    assert set(found.values()) == {"server3, the second Django host, is powered off."}


@pytest.mark.parametrize(
    ("pattern", "new", "status", "words"),
    [
        (r"proxy: server4", "proxy: server9", 4, "roles.proxy: MAAS knows no machine 'server9'; it knows server1"),
        (r"api_key: '?[^'}]+'?", "api_key: 'a:b:c'", 2, "MAAS refused the API key"),
        (r"identity: [^}]+", "password: not-the-password", 2, "refuses our credentials"),
    ],
)
def test_description_that_does_not_fit(
    reference: Reference, pattern: str, new: str, status: int, words: str, tmp_path: Path
) -> None:
    """A role for a machine that MAAS does not know cannot be used; refused credentials leave everything undecided."""
    file = tmp_path / "kit.yaml"
    file.touch(mode=0o600)
    file.write_text(re.sub(pattern, new, reference.running.kit_yaml.read_text(), count=1))
    command = [sys.executable, "-m", "kitcheck", "grade", "--kit", str(file), "--checkpoint", "3"]
    environment = {**os.environ, "HOME": str(tmp_path), "SSH_AUTH_SOCK": ""}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)

    assert done.returncode == status, done.stdout + done.stderr
    assert words in (done.stderr if status == 4 else done.stdout)
    assert "not-the-password" not in done.stdout + done.stderr
    if status == 4:
        assert len(done.stderr.splitlines()) == 1
    else:
        assert "undecided, 0 of" in done.stdout


def test_disruption_is_undone(reference: Reference) -> None:
    """With permission a server is rebooted and another stopped; afterwards everything is as before."""
    result = reference.grade("checkpoint-1", "checkpoint-3", allow_disruption=True)

    assert failed(result) == {}
    assert checks(result)["first-django-survives-reboot"].verdict is Verdict.PASSED
    assert checks(result)["proxy-survives-one-server"].verdict is Verdict.PASSED
    assert failed(reference.grade()) == {}


def test_way_lost_in_the_middle(reference: Reference, engine: DockerClient) -> None:
    """The router stops while grading: the rest could not be told, nothing failed, and it does not take long."""
    router = engine.containers.get(f"kitcheck-{reference.running.name}-router")
    seen: list[CheckResult] = []

    def on_check(check: CheckResult) -> None:
        seen.append(check)
        if check.id == "two-machines-deployed":
            stopping = threading.Thread(target=lambda: router.kill())
            stopping.start()
            stopping.join()

    started = time.monotonic()
    try:
        result = grading.grade(reference.running.kit_yaml, on_check=on_check)
        took = time.monotonic() - started
    finally:
        router.start()

    verdicts = {check.verdict for check in seen[1:]}
    assert seen[0].verdict is Verdict.PASSED
    assert verdicts == {Verdict.ERROR, Verdict.MANUAL}
    assert result.verdict is Overall.UNDECIDED
    assert took < 60
