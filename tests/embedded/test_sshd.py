"""The sshd of main and of the machines: who is let in, what a connection may ask for, how commands end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.access import Access
from harness.quick_asyncssh import asyncssh
from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.session import INPUT_LIMIT
from simulators.embedded.sshd import new_key, private_text
from tests.embedded.conftest import OpenSsh, connect, shown_key
from tests.embedded.fakes import FakeShell
from tests.harness.sshd import until

MAIN = "172.16.0.3"


@pytest.fixture(autouse=True)
def _nothing_cancelled() -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    FakeShell.cancelled.clear()


async def ended(connection: Any, command: str, **options: Any) -> tuple[int | None, bytes, bytes]:
    """Run a command; return its exit status (None without one) and what it said."""
    given = options if "input" in options else {"stdin": asyncssh.DEVNULL}
    done = await connection.run(command, encoding=None, **given)
    return done.exit_status, done.stdout, done.stderr


# Commands


def test_openssh_runs_a_command_on_main(ssh: OpenSsh) -> None:
    """As user cloud, with the key from outside."""
    done = ssh.run("whoami")

    assert (done.returncode, done.stdout, done.stderr) == (0, b"cloud\n", b"")


def test_exit_status_and_standard_error_arrive(ssh: OpenSsh) -> None:
    """As the command has them."""
    done = ssh.run("cat /nowhere")

    assert (done.returncode, done.stderr) == (1, b"cat: /nowhere: No such file or directory\n")
    assert ssh.run("exit 42").returncode == 42


def test_a_command_gets_its_input(ssh: OpenSsh) -> None:
    """Whole, to the last byte."""
    given = bytes(range(256)) * 1_000

    assert given == ssh.run("cat", stdin=given).stdout


def test_a_login_without_command_or_terminal_reads_its_script(ssh: OpenSsh) -> None:
    """As `ssh main < script`."""
    assert ssh.run(stdin=b"hostname").stdout == b"main\n"


def test_what_is_not_simulated_ends_without_an_exit_status(kit: EmbeddedKit) -> None:
    """The harness makes an error of that; a person reads why."""

    async def look() -> tuple[int | None, bytes, bytes]:
        async with connect(kit) as connection:
            return await ended(connection, "frobnicate --all")

    assert asyncio.run(look()) == (None, b"", b"kitcheck: not simulated: frobnicate\n")


def test_a_failure_of_ours_ends_without_an_exit_status(kit: EmbeddedKit) -> None:
    """And is no exit status either."""

    async def look() -> tuple[int | None, bytes, bytes]:
        async with connect(kit) as connection:
            return await ended(connection, "fail")

    assert asyncio.run(look()) == (
        None,
        b"",
        b"kitcheck: the simulator failed on this command; its log says why\n",
    )


def test_too_much_input_is_not_simulated(kit: EmbeddedKit) -> None:
    """One byte more than the limit."""

    async def look() -> tuple[int | None, bytes, bytes]:
        async with connect(kit) as connection:
            return await ended(connection, "cat", input=b"x" * (INPUT_LIMIT + 1))

    assert asyncio.run(look()) == (
        None,
        b"",
        b"kitcheck: not simulated: more than 1048576 bytes of input\n",
    )


def test_a_person_need_not_end_the_input(kit: EmbeddedKit) -> None:
    """`ssh main hostname` typed in a terminal: nothing comes, and no end of it."""

    async def look() -> bytes:
        async with connect(kit) as connection:
            process = await connection.create_process("hostname", encoding=None)
            return await process.stdout.read()

    assert asyncio.run(look()) == b"main\n"


def test_a_busy_client_is_waited_for(kit: EmbeddedKit, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a client takes by the clock: what it has ready to give is not missed."""
    monkeypatch.setattr("simulators.embedded.session.PATIENCE_SECONDS", 0.0)

    for number in range(20):
        given = b"%d" % number

        assert given == access.run("cat", stdin=given).stdout
    assert access.run("cat").stdout == b""


def test_input_that_comes_too_late_is_not_simulated(kit: EmbeddedKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that began without its input must not be taken for one that had none."""
    monkeypatch.setattr("simulators.embedded.session.PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("simulators.embedded.session.ROUND_TRIPS", 0)

    async def look() -> tuple[int | None, bytes]:
        async with connect(kit) as connection:
            process = await connection.create_process("wait", encoding=None)
            await ended(connection, "hostname")
            process.stdin.write(b"too late")
            said = await process.stderr.read()
            return process.exit_status, said

    status, said = asyncio.run(look())

    assert status is None
    assert said.startswith(b"kitcheck: not simulated: input that begins long after")


def test_a_command_is_cancelled_with_its_channel(kit: EmbeddedKit) -> None:
    """Nobody is there any more who would read what it says."""

    async def look() -> None:
        async with connect(kit) as connection:
            process = await connection.create_process("wait", encoding=None)
            process.stdin.write_eof()
            await ended(connection, "hostname")
            process.channel.abort()
            await ended(connection, "hostname")

    asyncio.run(look())

    until(lambda: FakeShell.cancelled == ["main: wait"])


def test_a_command_is_cancelled_with_its_connection(kit: EmbeddedKit) -> None:
    """Also when the client vanishes without a word."""

    async def look() -> None:
        connection = await connect(kit)
        process = await connection.create_process("wait", encoding=None)
        process.stdin.write_eof()
        await ended(connection, "hostname")
        connection.abort()
        await connection.wait_closed()

    asyncio.run(look())

    until(lambda: FakeShell.cancelled == ["main: wait"])


def test_a_signal_ends_a_command(kit: EmbeddedKit) -> None:
    """With the signal's name instead of an exit status."""

    async def look() -> Any:
        async with connect(kit) as connection:
            process = await connection.create_process("wait", encoding=None)
            process.stdin.write_eof()
            await ended(connection, "hostname")
            process.terminate()
            await process.wait()
            return process.exit_signal[0]

    assert asyncio.run(look()) == "TERM"
    assert FakeShell.cancelled == ["main: wait"]


def test_commands_of_a_host_that_hangs_never_end(kit: EmbeddedKit) -> None:
    """It lets everybody in, and says nothing."""
    kit.do(lambda: setattr(kit.main, "hangs", True))

    async def look() -> bool:
        async with connect(kit) as connection:
            process = await connection.create_process("hostname", encoding=None)
            process.stdin.write_eof()
            others = [await connection.create_process("hostname", encoding=None) for _ in range(3)]
            return any(each.exit_status is not None for each in (process, *others))

    assert asyncio.run(look()) is False


def test_an_eleventh_session_is_refused(kit: EmbeddedKit) -> None:
    """sshd's MaxSessions; the connection lives on, and a session that ends makes room."""

    async def look() -> tuple[str, bytes]:
        async with connect(kit) as connection:
            waiting = [await connection.create_process("wait", encoding=None) for _ in range(10)]
            with pytest.raises(asyncssh.ChannelOpenError) as refusal:
                await connection.create_process("hostname")
            waiting[0].channel.abort()
            await waiting[0].wait_closed()
            _, said, _ = await ended(connection, "hostname")
            return refusal.value.reason, said

    assert asyncio.run(look()) == ("open failed", b"main\n")


def test_there_is_no_sftp(kit: EmbeddedKit) -> None:
    """The subsystem is refused."""

    async def look() -> None:
        async with connect(kit) as connection:
            await connection.start_sftp_client()

    with pytest.raises(asyncssh.ChannelOpenError):
        asyncio.run(look())


def test_ports_of_the_kit_are_not_opened_outside(kit: EmbeddedKit) -> None:
    """`ssh -R` would listen on this computer."""

    async def look() -> None:
        async with connect(kit) as connection:
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)

    with pytest.raises(asyncssh.ChannelListenError):
        asyncio.run(look())


# Terminals


async def typed(kit: EmbeddedKit, *keys: str, command: str | None = None) -> tuple[str, int | None]:
    """Type into a terminal, something at each prompt; return what it showed, and the exit status."""
    async with connect(kit) as connection:
        process = await connection.create_process(command, term_type="xterm", encoding="utf-8")
        shown = ""
        for each in keys:
            shown += await process.stdout.readuntil("$ ")
            process.stdin.write(each)
        shown += await process.stdout.read()
        return shown, process.exit_status


def test_a_terminal_is_a_conversation(kit: EmbeddedKit) -> None:
    """It prompts, shows what is typed, answers, and ends with the shell's exit status."""
    shown, status = asyncio.run(typed(kit, "olá\r", "exit 3\r"))

    assert "cloud@main$ olá\r\nyou said 'olá'\r\ncloud@main$ exit 3" in shown
    assert status == 3


def test_a_terminal_is_edited_and_left_by_its_end(kit: EmbeddedKit) -> None:
    """Backspace, and Ctrl-D on an empty line."""
    shown, status = asyncio.run(typed(kit, "hellp\x7fo\r", "\x04"))

    assert "you said 'hello'" in shown
    assert status == 0


def test_interrupting_a_terminal(kit: EmbeddedKit) -> None:
    """Ctrl-C forgets what was typed, also whole lines ahead, and ends a command; the conversation goes on."""
    shown, status = asyncio.run(typed(kit, "rm -rf /\x03", "rm -rf ~\r\x03", "wait\r", "\x03", "exit 5\r"))

    assert shown.count("^C\r\nyou said ''") == 2
    assert "waiting$ you said 'wait'" in shown
    assert "you said 'rm" not in shown
    assert status == 5


def test_a_command_in_a_terminal_has_its_line_ends(kit: EmbeddedKit) -> None:
    """`ssh -t main hostname`."""
    assert asyncio.run(typed(kit, command="hostname")) == ("main\r\n", 0)


# Who is let in


@pytest.mark.parametrize(
    "options",
    [
        {"password": "Cloud"},
        {"password": ""},
        {"password": "cloud", "username": "ubuntu"},
        {"client_keys": [new_key()]},
        {"username": "root"},
    ],
    ids=["wrong password", "empty password", "right password of another user", "another key", "another user"],
)
def test_strangers_are_refused(kit: EmbeddedKit, options: dict[str, Any]) -> None:
    """As sshd refuses them."""

    async def look() -> None:
        async with connect(kit, **options):
            pass

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(look())


def test_the_password_opens_main(kit: EmbeddedKit) -> None:
    """The lab's own: cloud."""

    async def look() -> tuple[int | None, bytes, bytes]:
        async with connect(kit, password="cloud") as connection:
            return await ended(connection, "hostname")

    assert asyncio.run(look()) == (0, b"main\n", b"")


def test_too_many_keys_end_the_login(kit: EmbeddedKit) -> None:
    """sshd's MaxAuthTries is 6."""

    async def look() -> None:
        async with connect(kit, client_keys=[new_key() for _ in range(6)] + [str(kit.identity)]):
            pass

    with pytest.raises(asyncssh.DisconnectError, match="Too many authentication failures"):
        asyncio.run(look())


def test_a_key_that_main_learns_is_accepted(kit: EmbeddedKit) -> None:
    """authorized_keys is read at each login."""
    key = new_key()
    line = key.export_public_key("openssh")
    kit.do(lambda: kit.main.files.write("/home/cloud/.ssh/authorized_keys", b"# mine\n" + line))

    async def look() -> tuple[int | None, bytes, bytes]:
        async with connect(kit, client_keys=[key]) as connection:
            return await ended(connection, "hostname")

    assert asyncio.run(look())[1] == b"main\n"


# The machines behind main


def test_openssh_jumps_to_a_machine_with_the_key_of_main(ssh: OpenSsh) -> None:
    """Main's key is the only one that it trusts; the outside key does not open it."""
    kit = ssh.kit
    address = kit.machines["server2"].address
    (ssh.folder / "config").write_text(
        "Host main\n"
        f"  HostName 127.0.0.1\n  Port {kit.ssh_port}\n  User cloud\n  IdentityFile {kit.identity}\n"
        f"Host {address}\n  User ubuntu\n  IdentityFile {ssh.folder / 'of_main'}\n  ProxyJump main\n"
        f"Host *\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  BatchMode yes\n  LogLevel ERROR\n"
        f"  UserKnownHostsFile {ssh.folder / 'hosts'}\n"
    )
    ssh.options = ["-F", str(ssh.folder / "config")]
    (ssh.folder / "of_main").touch(0o600)
    (ssh.folder / "of_main").write_bytes(ssh.run("cat ~/.ssh/id_ed25519").stdout)

    inside = ssh.run("whoami", to=f"-o IdentityFile={ssh.folder / 'of_main'} {address}")
    (ssh.folder / "of_main").write_bytes(kit.identity.read_bytes())
    outside = ssh.run("whoami", to=address)

    assert (inside.returncode, inside.stdout) == (0, b"ubuntu\n")
    assert outside.returncode == 255
    assert b"Permission denied (publickey)" in outside.stderr


def test_each_machine_has_a_host_key_of_its_own(kit: EmbeddedKit) -> None:
    """And main another one."""
    keys = {shown_key(kit, host.address) for host in kit.machines.values()}

    async def look() -> bytes:
        async with connect(kit) as main:
            return main.get_server_host_key().export_public_key()

    assert len(keys | {asyncio.run(look())}) == 5


def test_main_that_goes_off_breaks_connections_from_outside(kit: EmbeddedKit) -> None:
    """The router has nobody then to lead them to; when main is on again, everything is as before."""

    async def look() -> bytes:
        async with connect(kit) as connection:
            return (await ended(connection, "hostname"))[1]

    async def lose() -> bool:
        async with connect(kit) as connection:
            kit.do(kit.main.shut_down)
            await asyncio.wait_for(connection.wait_closed(), 10)
            return connection.is_closed()

    assert asyncio.run(lose()) is True
    with pytest.raises((asyncssh.ConnectionLost, ConnectionResetError)):
        asyncio.run(look())
    kit.call(kit.main.boot())
    assert asyncio.run(look()) == b"main\n"


def test_main_is_reached_by_its_inner_address_as_well(ssh: OpenSsh) -> None:
    """And by the router's, whose port 22 is main's."""
    for address in (MAIN, "172.16.0.1", "main", "localhost"):
        jump = f"-o ProxyCommand=none -W {address}:22 -p {ssh.kit.ssh_port} cloud@127.0.0.1"

        assert ssh.run(to=jump, stdin=b"SSH-2.0-nobody\r\n").stdout.startswith(b"SSH-2.0-")


def test_private_keys_survive_their_file(kit: EmbeddedKit) -> None:
    """What kit.yaml points at is the key that main accepts, in OpenSSH's format."""
    assert kit.identity.read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert private_text(new_key()).startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
