"""A kit in a process of its own, which ends with whoever wanted it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.access import Access
from harness.errors import KitError, UsageError
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.embedded.process import Played
from simulators.kit_folder import KitFolder
from tests.embedded.conftest import answers

ROOT = Path(__file__).parents[2]
FAKES = "tests.embedded.playing_fakes"
IMPORTED = """
import sys
before = set(sys.modules)
import simulators.embedded.process
print(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names))
"""


def played(**options: Any) -> Played:
    """Return a kit with shells and a builder of our own."""
    return Played(module=FAKES, **options)


def command(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start the process as a person would."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(
        [sys.executable, "-m", FAKES, *arguments], env=environment, text=True, **{**pipes, **options}
    )


def test_a_kit_is_played_by_another_process() -> None:
    """Ready as soon as its port is open; whoever connects waits until it is built; gone at the end."""
    with played(name="group-7", at="checkpoint-1", mistakes=["role-missing"]) as process:
        ready = process.ready()
        kit = load(ready.kit_yaml)

        assert (ready.kit, kit.kit, kit.stage) == ("group-7", "group-7", "checkpoint-1")
        assert (kit.access.ssh.port, ready.dashboard_port) == (ready.ssh_port, 0)
        assert process.ready() is ready
        with Access.of(kit, log=EvidenceLog()) as access:
            assert access.run("hostname").text == "main\n"
            assert access.run("hostname", on="172.16.0.11").text == "server2\n"
        assert process.last_words is None

    assert not answers(ready.ssh_port)
    assert not ready.kit_yaml.exists()
    assert process.last_words is None
    process.close()


def test_several_kits_are_waited_for_in_any_order() -> None:
    """One thread may wait for a later kit while another one asks for the first; each gets its own."""
    with played(name="group-7", at="checkpoint-1", then=("checkpoint-2", "checkpoint-3")) as process:
        process.go_on()
        with ThreadPoolExecutor(3) as pool:
            ready = list(pool.map(process.ready, (2, 0, 1)))

        assert [load(each.kit_yaml).stage for each in ready] == ["checkpoint-3", "checkpoint-1", "checkpoint-2"]


def test_a_third_kit_waits_until_it_is_wanted() -> None:
    """Two are built at once; whoever wants no more ends the process without the third."""
    with played(name="group-7", at="checkpoint-1", then=("checkpoint-2", "checkpoint-3")) as process:
        process.ready(1)
        process.dismiss()
        status = process.process.wait(20)

        assert status == 0
        with pytest.raises(KitError, match="it said nothing"):
            process.ready(2)


def test_a_process_that_ended_is_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants one kit more of it hears nothing: that it ended is said to who asks for the kit."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what is killed leaves its folder
    with played(name="group-7", at="checkpoint-1") as process:
        process.ready()
        process.process.kill()
        process.process.wait(20)
        process.go_on()
        process.go_on()

        assert process.last_words is not None


def test_a_process_that_was_dismissed_ends_by_itself() -> None:
    """Closing it afterwards finds it gone, and nothing of its kit is left."""
    with played(name="group-7", at="checkpoint-1") as process:
        kit_yaml = process.ready().kit_yaml
        process.dismiss()
        status = process.process.wait(20)

    assert (status, kit_yaml.exists()) == (0, False)


def test_a_registered_kit_in_another_process() -> None:
    """Listed, with a dashboard; `kitcheck down`, which removes the folder, ends the process."""
    with played(name="group-7", network="10.0.0.0/24", register=True, dashboard=True) as process:
        ready = process.ready()

        assert ready.kit_yaml == KitFolder("group-7").kit_yaml
        assert answers(ready.dashboard_port)
        KitFolder("group-7").remove()
        assert process.process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": "checkpoint-9"}, "argument --at: invalid choice: 'checkpoint-9'"),
        ({"mistakes": ["stiky"]}, "there is no mistake 'stiky'; did you mean sticky?"),
        ({"name": "Kit 7"}, "kit name 'Kit 7' cannot be used"),
        ({"network": "8.8.8.0/24"}, "network '8.8.8.0/24' cannot be used"),
    ],
)
def test_arguments_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    """One line, as a UsageError here."""
    with played(**options) as process, pytest.raises(UsageError) as refusal:
        process.ready()

    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


def test_a_process_that_fails_says_why() -> None:
    """Its last words are part of the error."""
    with Played(module="simulators.no_such_module") as process:
        with pytest.raises(KitError, match="No module named"):
            process.ready()
        assert "No module named" in (process.last_words or "")


def test_a_process_that_is_not_ready_in_time() -> None:
    """Its caller does not wait for ever."""
    with played() as process, pytest.raises(KitError, match="is not ready after 0 s"):
        process.ready(timeout=0)


def test_a_process_that_was_killed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it said nothing."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what is killed leaves its folder
    with played() as process:
        process.ready()
        process.process.kill()
        process.process.wait()

        assert (process.last_words or "").startswith("the process of the embedded kit ended with status")


def test_the_process_ends_with_its_input() -> None:
    """So that no kit outlives the program that wanted it; one line of JSON is all that it says."""
    process = command("--name", "group-7")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    said, complained = process.communicate(timeout=30)

    assert (process.returncode, said, complained) == (0, "", "")
    assert ready.keys() == {"kit", "kit_yaml", "ssh_port", "dashboard_port"}
    assert not Path(ready["kit_yaml"]).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_by_a_signal(number: signal.Signals) -> None:
    """Ctrl-C in its own terminal, or a polite kill."""
    process = command()
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    process.send_signal(number)
    process.wait(30)
    _, complained = process.communicate(timeout=30)

    assert (process.returncode, complained) == (0, "")
    assert not Path(ready["kit_yaml"]).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between processes")
def test_ctrl_c_is_not_for_the_process() -> None:
    """A terminal sends it to a whole group; the kit is needed until its caller has cleaned up."""
    with played() as process:
        process.ready()

        assert os.getpgid(process.process.pid) != os.getpgid(0)


def test_beginning_imports_nothing() -> None:
    """Whoever begins a process gets ready meanwhile, and that begins with imports of its own."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)

    assert (
        done.stdout
        == "['simulators', 'simulators.embedded', 'simulators.embedded.process', 'simulators.embedded.spawning']\n"
    )


def test_what_starts_the_process_imports_next_to_nothing() -> None:
    """Each module that is loaded before the kit's process runs lets it wait."""
    program = IMPORTED.replace("simulators.embedded.process", "simulators.embedded.spawning").replace(
        ' if name.partition(".")[0] not in sys.stdlib_module_names', ""
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "subprocess" in done.stdout
    assert [name for name in ("dataclasses", "inspect", "json", "typing") if f"'{name}'" in done.stdout] == []


def test_a_folder_of_the_same_name_is_not_taken_for_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a student calls us, there may be anything."""
    (tmp_path / "simulators").mkdir()
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    with played() as process:
        assert process.ready().ssh_port > 0
