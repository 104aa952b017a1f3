"""testinfra's words reach the kit through our access, with our deadlines and errors."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from typing import Any

import pytest

from harness.access import Access
from harness.errors import TimedOut, Unreachable
from harness.testinfra_backend import host
from tests.harness.sshd import Kit, Process

SERVER = "172.16.0.12"
SS = (
    b"State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
    b"LISTEN 0      244    0.0.0.0:5432       0.0.0.0:*\n"
    b'LISTEN 0      128    127.0.0.1:631      0.0.0.0:* users:(("\xff",pid=1))\n'
)


@pytest.fixture
def kit() -> Generator[Kit]:
    """A kit whose server answers what testinfra asks about sockets and files."""
    kit = Kit()
    linux = {
        "uname -s": (0, b"Linux\n", b""),
        "uname -m": (0, b"x86_64\n", b""),
        "command -v command": (0, b"command\n", b""),
    }
    kit.server(
        SERVER,
        {
            **linux,
            "command -v ss": (0, b"/usr/bin/ss\n", b""),
            "/usr/bin/ss --numeric --listening --tcp": (0, SS, b""),
            "cat -- /etc/hostname": (0, b"server2 \xe9\n", b""),
            "sudo -n /bin/sh -c id": (0, b"root\n", b""),
            "sudo -n /bin/sh -c 'sudo -n -u postgres /bin/sh -c id'": (0, b"postgres\n", b""),
            "echo 'a b'": (3, b"a b\n", b"\xff"),
        },
    )
    yield kit
    kit.close()


def test_sockets_are_seen(access: Access) -> None:
    """The sentence that the lab needs; what testinfra finds out about the host is no evidence."""
    server = host(access, SERVER)

    assert server.socket("tcp://0.0.0.0:5432").is_listening
    assert server.socket("tcp://127.0.0.1:631").is_listening
    assert not server.socket("tcp://0.0.0.0:80").is_listening
    assert {piece.summary for piece in access.log.take()} == {
        "$ /usr/bin/ss --numeric --listening --tcp -> exit status 0"
    }


def test_commands_come_back_whole(access: Access) -> None:
    """Status and both streams, quoted arguments, text that is not UTF-8."""
    done = host(access, SERVER).run("echo %s", "a b")

    assert (done.rc, done.stdout, done.stderr) == (3, "a b\n", "\ufffd")
    assert host(access, SERVER).file("/etc/hostname").content_string == "server2 \ufffd\n"


def test_root_is_asked_for_without_a_password(access: Access) -> None:
    """`sudo -n` never waits."""
    server = host(access, SERVER, sudo=True)
    with server.sudo("postgres"):
        other = server.check_output("id")

    assert (server.check_output("id"), other) == ("root", "postgres")


def test_a_lost_kit_is_no_runtime_error(kit: Kit, access: Access) -> None:
    """Our own errors come through testinfra unchanged: a deadline, a loss."""

    async def forever(process: Process) -> None:
        await process.wait_closed()

    kit.servers[SERVER].commands["sleep"] = forever
    server = host(access, SERVER, timeout=0.2)
    with pytest.raises(TimedOut, match=r"0\.2 s"):
        server.run("sleep")
    kit.stop(kit.main)
    with pytest.raises(Unreachable):
        _ = host(access, SERVER).socket("tcp://0.0.0.0:5432").is_listening


@pytest.mark.skipif(shutil.which("ss") is None and shutil.which("netstat") is None, reason="needs ss or netstat here")
def test_a_real_shell_answers(kit: Kit, access: Access) -> None:
    """The same words against this machine's shell: testinfra's commands are what we take them for."""

    class Shell(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            done = subprocess.run(["sh", "-c", key], capture_output=True, check=False)
            return done.returncode, done.stdout, done.stderr

    kit.main.commands = Shell()
    main = host(access)

    assert main.socket(f"tcp://127.0.0.1:{kit.main.port}").is_listening
    assert main.file(__file__).content_string.startswith('"""testinfra')
    assert main.exists("sh")
    assert not main.exists("no-such-program")
