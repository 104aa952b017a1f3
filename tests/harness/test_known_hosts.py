"""Host keys are remembered where OpenSSH would understand them, and never silently replaced."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import AccessRefused, UsageError
from harness.known_hosts import KnownHosts, forget, of_kit

FIRST, SECOND = "ssh-ed25519 AAAAfirst", "ssh-ed25519 AAAAsecond"


def test_each_kit_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Under XDG_STATE_HOME, or ~/.local/state where it is unset or relative."""
    assert of_kit("a", {"XDG_STATE_HOME": "/state"}).path == Path("/state/kitcheck/known_hosts/a")
    assert of_kit("a", {"HOME": "/home/me"}).path == Path("/home/me/.local/state/kitcheck/known_hosts/a")
    assert of_kit("a", {"XDG_STATE_HOME": "x", "HOME": "/h"}).path == Path("/h/.local/state/kitcheck/known_hosts/a")


def test_keys_are_remembered_as_openssh_writes_them(tmp_path: Path) -> None:
    """Ports other than 22 in brackets; a known key is not written again; the file is ours alone."""
    hosts = of_kit("a", {"XDG_STATE_HOME": str(tmp_path)})
    hosts.check("router", None, FIRST)
    hosts.check("router", 2222, SECOND)
    hosts.check("router", 22, FIRST)
    assert hosts.path is not None

    assert hosts.path.read_text() == f"router {FIRST}\n[router]:2222 {SECOND}\n"
    assert hosts.path.stat().st_mode & 0o777 == 0o600
    assert hosts.path.parent.stat().st_mode & 0o777 == 0o700
    assert of_kit("a", {"XDG_STATE_HOME": str(tmp_path)}).keys("router", 2222) == (SECOND,)


def test_another_key_is_refused_with_its_line(tmp_path: Path) -> None:
    """What a person wrote into the file stays as it is."""
    file = tmp_path / "known"
    file.write_text(f"# by hand\nother,router {FIRST} a comment\n\n")
    hosts = KnownHosts(file)
    hosts.check("router", None, FIRST)
    with pytest.raises(AccessRefused) as caught:
        hosts.check("router", None, SECOND)

    assert f"remove line 2 of {file}" in caught.value.help
    assert file.read_text() == f"# by hand\nother,router {FIRST} a comment\n\n"


def test_a_kit_can_be_forgotten(tmp_path: Path) -> None:
    """Twice, too: the name of a kit that is gone is free for another one."""
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    of_kit("a", environ).check("router", None, FIRST)
    forget("a", environ)
    forget("a", environ)

    assert of_kit("a", environ).keys("router") == ()


def test_in_memory_nothing_is_written() -> None:
    """The servers' keys live as long as the run."""
    hosts = KnownHosts()
    hosts.check("172.16.0.12", None, FIRST)
    with pytest.raises(AccessRefused, match="earlier in this run"):
        hosts.check("172.16.0.12", None, SECOND)


def test_of_many_at_once_one_is_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes that meet a kit for the first time agree on one key."""
    append = KnownHosts._append  # pyright: ignore[reportPrivateUsage] - to slow it down

    def slowly(hosts: KnownHosts, line: str) -> None:
        time.sleep(0.01)  # the moment in which another process could slip in
        append(hosts, line)

    monkeypatch.setattr(KnownHosts, "_append", slowly)

    def meet(number: int) -> bool:
        try:
            KnownHosts(tmp_path / "known").check("router", None, f"ssh-ed25519 AAAA{number}")
        except AccessRefused:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        accepted = list(pool.map(meet, range(16)))

    assert accepted.count(True) == 1
    assert (tmp_path / "known").read_text().count("\n") == 1


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    """With the way out."""
    (tmp_path / "kitcheck").write_text("a file is in the way")
    with pytest.raises(UsageError, match="XDG_STATE_HOME"):
        of_kit("a", {"XDG_STATE_HOME": str(tmp_path)}).check("router", None, FIRST)
