"""Input that cannot be used: one clear line that says what and where, the documented status, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

KIT = """\
kit: kit-j
access: {ssh: "cloud@127.0.0.1:1"}
network: 172.16.0.0/20
maas: {url: "http://172.16.0.3:5240/MAAS/", api_key: "${KEY}"}
roles: {database: server1, django: [server2, server3], proxy: server4}
"""


@dataclass(frozen=True)
class Ended:
    """How the program ended."""

    status: int
    said: list[str]
    """Lines on standard error."""
    output: str


def kitcheck(*arguments: str, folder: Path, **variables: str) -> Ended:
    """Run the program in an empty folder."""
    environment = {**os.environ, "KEY": "a:b:c", "KITCHECK_HOME": str(folder / "home"), **variables}
    environment["XDG_STATE_HOME"] = str(folder / "state")
    command = [sys.executable, "-m", "kitcheck", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment, timeout=60)
    return Ended(done.returncode, done.stderr.splitlines(), done.stdout)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("roles: {database:", "roles: {databse:", "line 5: roles.databse: unknown key"),
        ("roles: {database: server1", "roles: {database: [server1]", "line 5: roles.database:"),
        ("network: 172.16.0.0/20", "network: 172.16.0.0/40", "line 3: network:"),
        ("${KEY}", "${UNSET_KEY}", "line 4: maas.api_key: environment variable UNSET_KEY is not set"),
        ("kit: kit-j", "kit: [", "not YAML"),
    ],
)
def test_kit_file(old: str, new: str, words: str, tmp_path: Path) -> None:
    """Unknown keys, wrong types, unset variables, broken YAML: with key and line, status 4."""
    (tmp_path / "kit.yaml").write_text(KIT.replace(old, new))

    ended = kitcheck("grade", "--kit", "kit.yaml", "--checkpoint", "3", "--json", "r.json", folder=tmp_path)

    assert ended.status == 4
    assert len(ended.said) == 1
    assert words in ended.said[0]
    assert "kit.yaml" in ended.said[0]
    assert not (tmp_path / "r.json").exists()


def test_api_key_of_two_parts(tmp_path: Path) -> None:
    """The key itself is never shown."""
    (tmp_path / "kit.yaml").write_text(KIT)

    ended = kitcheck("grade", "--kit", "kit.yaml", "--checkpoint", "3", folder=tmp_path, KEY="secret-a:secret-b")

    assert ended.status == 4
    assert len(ended.said) == 1
    assert "maas.api_key" in ended.said[0]
    assert "secret" not in ended.said[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "--kit", "nowhere.yaml"], "nowhere.yaml"),
        (["grade", "--kit", "kit.yaml", "--checkpoint", "9"], "checkpoint-1, checkpoint-2, checkpoint-3"),
        (["grade", "--kit", "kit.yaml"], "checkpoint-1, checkpoint-2, checkpoint-3"),
        (["grade", "--kit", "kit.yaml", "--checkpoint", "3", "--json", "no/such/folder/r.json"], "no/such/folder"),
        (["grade", "--kit", "kit.yaml", "--speed", "9"], "--speed"),
        (["up", "--docker", "--at", "checkpoint-9"], "checkpoint-9"),
        (["down"], "--all"),
    ],
)
def test_arguments(arguments: list[str], words: str, tmp_path: Path) -> None:
    """Missing files, unknown checkpoints and options, places that cannot be written: status 4."""
    (tmp_path / "kit.yaml").write_text(KIT)

    ended = kitcheck(*arguments, folder=tmp_path)

    assert ended.status == 4
    assert len(ended.said) == 1
    assert words in ended.said[0]


@pytest.mark.parametrize("arguments", [["up"], ["demo", "--docker"], ["down", "x"], ["selftest", "--docker"]])
def test_no_engine(arguments: list[str], tmp_path: Path) -> None:
    """Where no Docker engine answers, the line says how to get one."""
    ended = kitcheck(*arguments, folder=tmp_path, DOCKER_HOST=f"unix://{tmp_path}/docker.sock")

    assert ended.status == 4
    assert len(ended.said) == 1
    assert "no Docker engine answers" in ended.said[0]
    assert "make engine" in ended.said[0]


def test_address_where_nobody_answers(tmp_path: Path) -> None:
    """A kit that cannot be reached is no fault of the group: every check is an error, status 2."""
    (tmp_path / "kit.yaml").write_text(KIT)

    ended = kitcheck("grade", "--kit", "kit.yaml", "--checkpoint", "3", folder=tmp_path)

    verdicts = {line.split()[0] for line in ended.output.splitlines() if "  checkpoint-3  " in line}
    assert ended.status == 2
    assert verdicts == {"error"}
    assert "127.0.0.1:1" in ended.output
    assert "kit-j: undecided, 0 of 11 points, 11 undecided" in ended.output
