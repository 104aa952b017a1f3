"""The command `snap` of a machine: which snaps there are, where they go, what is refused."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from simulators.docker.images import RECIPES

CHANNELS = {
    "3.6/stable": {"file": "juju.tar.gz", "version": "3.6.8", "revision": 8, "classic": False},
    "2.9/stable": {"file": "juju.tar.gz", "version": "2.9.51", "revision": 2, "classic": True},
}
INDEX = {"juju": {"publisher": "Canonical✓", "default": "3.6/stable", "channels": CHANNELS}}


@pytest.fixture
def snap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, run by root, with folders of the test's own and a store that has one snap."""
    spec = importlib.util.spec_from_file_location("snap_program", RECIPES / "host" / "snap.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("bin/juju")
        entry.size, entry.mode = 4, 0o755
        tar.addfile(entry, io.BytesIO(b"juju"))
    files = {"index.json": json.dumps(INDEX).encode(), "juju.tar.gz": buffer.getvalue()}
    monkeypatch.setattr(program, "SNAPS", tmp_path / "snap")
    monkeypatch.setattr(program, "fetch", files.__getitem__)
    monkeypatch.setattr(program.os, "geteuid", lambda: 0)
    return program


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("install juju --channel 3.6", "juju (3.6/stable) 3.6.8 from Canonical✓ installed"),
        ("install juju", "juju (3.6/stable) 3.6.8 from Canonical✓ installed"),
        ("install juju --classic --channel=2.9/stable", "juju (2.9/stable) 2.9.51 from Canonical✓ installed"),
    ],
)
def test_what_the_handouts_install(
    snap: ModuleType, tmp_path: Path, line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both editions' lines leave a command that runs and that knows which version it is."""
    snap.main(line.split())
    listed = capsys.readouterr().out
    snap.main(["list"])

    meta = json.loads((tmp_path / "snap/juju/current/meta/snap.json").read_text())
    assert listed.strip() == said
    assert (tmp_path / "snap/bin/juju").read_text() == "juju"
    assert meta["version"] in said
    assert meta["channel"] in capsys.readouterr().out


def test_a_second_install_changes_nothing(snap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and the version stays."""
    snap.main(["install", "juju"])
    snap.main(["install", "juju", "--classic", "--channel=2.9"])

    assert "already installed" in capsys.readouterr().err
    assert snap.installed("juju")["version"] == "3.6.8"


def test_what_is_removed_is_gone(snap: ModuleType, tmp_path: Path) -> None:
    """The command and the files; then another channel can be installed."""
    snap.main(["install", "juju"])
    snap.main(["remove", "juju"])

    assert not (tmp_path / "snap/bin/juju").is_symlink()
    assert snap.installed("juju") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("install juju --channel=2.9", "--classic"),
        ("install juju --channel=4.0", "not simulated: expected one of 3.6/stable, 2.9/stable"),
        ("install vlc", 'snap "vlc" is not simulated'),
        ("refresh", "`snap refresh` is not simulated"),
        ("install juju --dangerous", "--dangerous is not simulated"),
    ],
)
def test_what_is_refused(snap: ModuleType, tmp_path: Path, line: str, said: str) -> None:
    """With a reason, and nothing is installed."""
    with pytest.raises(SystemExit) as ended:
        snap.main(line.split())

    assert str(ended.value.code).startswith("error: ")
    assert said in str(ended.value.code)
    assert not (tmp_path / "snap").exists()


def test_only_root_installs(snap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who forgot sudo is told so."""
    monkeypatch.setattr(snap.os, "geteuid", lambda: 1001)

    with pytest.raises(SystemExit, match="access denied"):
        snap.main(["install", "juju"])
