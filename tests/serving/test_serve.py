"""`kitcheck class serve`: the link, warnings, what is refused, and its end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from harness.errors import UsageError
from kitcheck.course.serving.serve import is_loopback, listening, serve, shown
from tests.serving.made_class import CLASS, TOKEN

PROGRAM = "import sys; from pathlib import Path; from kitcheck.course.serving.serve import serve;"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a class file."""
    path = tmp_path / "class.yaml"
    path.write_text(CLASS, encoding="utf-8")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="no signal stands for Ctrl-C there")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_link_and_serves_until_it_is_ended(path: Path, ending: signal.Signals) -> None:
    """Ctrl-C is its ordinary end, also while a page waits for changes; the link is nowhere but in the first line."""
    serving = [sys.executable, "-c", f"{PROGRAM} sys.exit(serve(Path(sys.argv[1]), port=0))", str(path)]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        link = process.stdout.readline().strip()
        with requests.Session() as browser:
            browser.trust_env = False
            page = browser.get(link, timeout=20)
            waiting = browser.get(link.partition("?")[0] + "changes", timeout=20, stream=True)
            next(waiting.iter_lines(chunk_size=1))
            process.send_signal(ending)
            status = process.wait(20)
        rest, errors = process.stdout.read(), process.stderr.read()

    found = re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=([\w-]{32})", link)
    assert found is not None
    assert "kit-c" in page.text
    assert (status, errors) == (0, "")
    assert found[1] not in rest


def test_an_open_host_is_warned_of(path: Path) -> None:
    """Whoever lets the network in is told that nothing is encrypted."""
    said: list[str] = []
    warned: list[str] = []

    def end(line: str) -> None:
        said.append(line)
        raise KeyboardInterrupt

    for host in ("0.0.0.0", "127.0.0.1"):
        with pytest.raises(KeyboardInterrupt):
            serve(path, host=host, port=0, token=TOKEN, say=end, warn=warned.append)

    assert len(warned) == 1
    assert "0.0.0.0 is open to the network, and nothing is encrypted" in warned[0]
    assert [re.sub(r":\d+/", ":PORT/", line) for line in said] == [
        f"http://0.0.0.0:PORT/?token={TOKEN}",
        f"http://127.0.0.1:PORT/?token={TOKEN}",
    ]


def test_what_cannot_be_used(path: Path) -> None:
    """One line each, before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 cannot be used: .* --port 0"):
            serve(path, port=port)
    with pytest.raises(UsageError, match=r"--host nowhere\.invalid: no address of this machine"):
        serve(path, host="nowhere.invalid")
    with pytest.raises(UsageError, match="--token: expected 16"):
        serve(path, token="short")
    with pytest.raises(UsageError, match=r"other\.yaml"):
        serve(path.with_name("other.yaml"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("lab.example.org", False),
    ],
)
def test_which_hosts_only_this_machine_reaches(host: str, expected: bool) -> None:
    """Everything else is warned of."""
    assert is_loopback(host) is expected


def test_addresses_of_ipv6() -> None:
    """They stand in brackets in links."""
    assert (shown("::1"), shown("127.0.0.1")) == ("[::1]", "127.0.0.1")


def test_a_port_is_listened_on() -> None:
    """Port 0 is any free one."""
    with listening("127.0.0.1", 0) as door:
        assert door.getsockname()[1] > 0
