"""Logging in: credentials, host keys, the hop to the servers; what is no kit, and a kit that goes away."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.access import Access
from harness.errors import AccessRefused, KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.evidence import EvidenceLog
from harness.kitfile import AccessDescription
from harness.known_hosts import KnownHosts
from tests.harness.sshd import (
    KEYS,
    Kit,
    Process,
    forever,
    new_key,
    public,
    raw_server,
    reach,
    save,
    silent,
    until,
)

SERVER = "172.16.0.12"
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def kit() -> Generator[Kit]:
    """A kit whose main knows some commands, with one server behind it."""
    kit = Kit()
    kit.main.commands.update(
        {
            "hostname": (0, b"main\n", b""),
            "forever": forever,
        }
    )
    kit.server(SERVER, {"hostname": (0, b"server2\n", b""), "forever": forever})
    yield kit
    kit.close()


@pytest.mark.parametrize("keyboard_only", [False, True])
def test_a_password_logs_in(kit: Kit, tmp_path: Path, keyboard_only: bool) -> None:
    """As password, or answered to the keyboard-interactive question."""
    kit.main.keyboard_only = keyboard_only
    with reach(kit, tmp_path) as access:
        assert access.run("hostname").stdout == b"main\n"


def test_a_wrong_password_is_refused(kit: Kit, tmp_path: Path) -> None:
    """It names the address and never the password."""
    with reach(kit, tmp_path, password="wrong-one") as access, pytest.raises(AccessRefused) as caught:
        access.run("hostname")

    assert f"cloud@127.0.0.1:{kit.main.port} refuses our credentials" == str(caught.value)
    assert "wrong-one" not in caught.value.help + str(access.log.take())


def test_an_identity_file_logs_in(kit: Kit, tmp_path: Path) -> None:
    """Without any password."""
    key = new_key()
    save(key, tmp_path / "id")
    kit.main.trusted.append(public(key))
    with reach(kit, tmp_path, password=None, identity=tmp_path / "id") as access:
        assert access.run("hostname").stdout == b"main\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"nonsense", "holds no private key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nxxxx\n-----END OPENSSH PRIVATE KEY-----\n", "cannot be used"),
        (new_key().export_private_key("pkcs8-pem", "secret"), "cannot be used: Passphrase"),
    ],
    ids=["nonsense", "broken", "encrypted"],
)
def test_an_unusable_identity_file_is_refused(kit: Kit, tmp_path: Path, text: bytes, words: str) -> None:
    """It names the file, before anybody is asked; what the agent could do is said."""
    (tmp_path / "id").write_bytes(text)
    with (
        reach(kit, tmp_path, password=None, identity=tmp_path / "id") as access,
        pytest.raises(AccessRefused) as caught,
    ):
        access.run("hostname")

    assert f"identity file {tmp_path / 'id'} {words}" in str(caught.value)
    assert caught.value.help


def test_too_many_keys_are_a_refusal(kit: Kit, tmp_path: Path) -> None:
    """OpenSSH says so with a protocol error; naming one key is the way out."""
    kit.main.turns_away = "Too many authentication failures"
    with reach(kit, tmp_path) as access, pytest.raises(AccessRefused) as caught:
        access.run("hostname")

    assert "access.identity" in caught.value.help


def test_an_ssh_config_alias_works(kit: Kit, tmp_path: Path) -> None:
    """Host name, port, user and key come from ~/.ssh/config; what it forwards does not travel."""
    key = new_key()
    save(key, tmp_path / "secret-key")
    kit.main.trusted.append(public(key))
    environments: list[dict[str, str]] = []

    async def env(process: Process) -> None:
        environments.append(dict(process.env))
        process.exit(0)

    kit.main.commands["env"] = env
    (tmp_path / ".ssh" / "config").write_text(
        f"Host my-kit\n  HostName 127.0.0.1\n  Port {kit.main.port}\n  User someone\n"
        f"  IdentityFile {tmp_path}/secret-key\n  ForwardAgent yes\n  RemoteCommand reboot\n  SetEnv SECRET=1\n"
    )
    description = AccessDescription.model_validate({"ssh": "my-kit"})
    with Access(description, log=EvidenceLog(), known_hosts=KnownHosts()) as access:
        assert access.run("hostname").stdout == b"main\n"
        access.run("env")

    assert (kit.main.users, environments) == (["someone"], [{}])


def test_servers_are_reached_with_mains_key_only(kit: Kit, access: Access) -> None:
    """As `ubuntu`, through main; the key is read once."""
    reads: list[str] = []

    async def keys(process: Process) -> None:
        reads.append(KEYS)
        process.stdout.write(kit.main_key.export_private_key("openssh"))
        process.exit(0)

    kit.main.commands[KEYS] = keys
    kit.server("172.16.0.13", {"hostname": (0, b"server3\n", b"")})

    assert access.run("hostname", on=SERVER).stdout == b"server2\n"
    assert access.run("hostname", on="172.16.0.13").stdout == b"server3\n"
    assert (kit.servers[SERVER].users, reads) == (["ubuntu"], [KEYS])


@pytest.mark.parametrize("shown", ["nothing", "encrypted", "foreign"])
def test_a_hop_without_a_usable_key_is_refused(kit: Kit, access: Access, shown: str) -> None:
    """Main has no key, one with a passphrase, or one that the server does not know: each says so."""
    foreign = new_key()
    text, words = {
        "nothing": (b"", "no SSH key of its own"),
        "encrypted": (foreign.export_private_key("pkcs8-pem", "secret"), "cannot use"),
        "foreign": (foreign.export_private_key("openssh"), "refuses our credentials"),
    }[shown]
    kit.main.commands[KEYS] = (0, text, b"")
    with pytest.raises(AccessRefused, match=words) as caught:
        access.run("hostname", on=SERVER)

    assert caught.value.help


def test_a_silent_server_costs_its_deadline_once(tmp_path: Path) -> None:
    """TCP answers, SSH never does: every further call fails at once."""
    with raw_server(silent) as port, reach(port, tmp_path, connect_seconds=0.3) as access:
        begun = time.monotonic()
        with pytest.raises(TimedOut, match="did not let us log in"):
            access.run("hostname")
        first = time.monotonic() - begun
        for _ in range(20):
            with pytest.raises(TimedOut):
                access.open(SERVER, 80, timeout=5, limit=100)
        rest = time.monotonic() - begun - first

    assert first < 1.5
    assert rest < 0.2


def test_a_short_deadline_is_kept_while_logging_in(tmp_path: Path) -> None:
    """The caller's seconds count, not the login's."""
    begun = time.monotonic()
    with raw_server(silent) as port, reach(port, tmp_path, connect_seconds=3) as access, pytest.raises(TimedOut):
        access.run("hostname", timeout=0.2)

    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("banner", [b"HTTP/1.0 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n" + b"\xff" * 4096, b""])
def test_what_is_no_ssh_server_is_not_believed(tmp_path: Path, banner: bytes) -> None:
    """Another protocol, garbage after the greeting, or nothing at all."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(banner)
        connection.close()

    with raw_server(answer) as port, reach(port, tmp_path) as access, pytest.raises((UnexpectedAnswer, Unreachable)):
        access.run("hostname")


def test_a_closed_ssh_port_is_unreachable(kit: Kit, tmp_path: Path) -> None:
    """Nothing listens: it says so, with the address; and an unknown host name too."""
    kit.stop(kit.main)
    with reach(kit, tmp_path) as access, pytest.raises(Unreachable, match=str(kit.main.port)):
        access.run("hostname")
    with reach(kit, tmp_path, host="no-such-host.invalid") as access, pytest.raises(Unreachable, match="no-such-host"):
        access.run("hostname")


def test_a_lost_connection_is_unreachable_and_comes_back(kit: Kit, access: Access) -> None:
    """What runs fails at once; the next call connects again."""
    access.run("hostname", on=SERVER)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(access.run, "forever"), pool.submit(access.run, "forever", on=SERVER)]
        until(lambda: kit.main.sessions == kit.servers[SERVER].sessions == 1)
        kit.cut(kit.main)
        begun = time.monotonic()
        failures = [future.exception() for future in running]
        took = time.monotonic() - begun

    assert [Unreachable, Unreachable] == [type(failure) for failure in failures]
    assert took < 1
    assert access.run("hostname").stdout == b"main\n"
    assert access.run("hostname", on=SERVER).stdout == b"server2\n"


def test_a_dead_kit_is_asked_once(kit: Kit, access: Access) -> None:
    """After the loss the failed login is remembered; its error is a fresh one each time."""
    access.run("hostname")
    kit.stop(kit.main)
    failures: list[KitError] = []
    for _ in range(5):
        with pytest.raises(Unreachable) as caught:
            access.run("hostname")
        failures.append(caught.value)
    kit.start(kit.main)
    with pytest.raises(Unreachable):
        access.run("hostname")

    assert len({id(failure) for failure in failures}) == 5
    assert failures[1].help == failures[2].help != ""


def test_retrying_can_be_allowed_at_once(kit: Kit, tmp_path: Path) -> None:
    """`retry_after=0` tries each time: for whoever waits for a kit to come up."""
    kit.stop(kit.main)
    with reach(kit, tmp_path, retry_after=0) as access:
        with pytest.raises(Unreachable):
            access.run("hostname")
        kit.start(kit.main)

        assert access.run("hostname").stdout == b"main\n"


def test_a_changed_host_key_is_refused(kit: Kit, tmp_path: Path) -> None:
    """The first key is remembered in a private file; another is an error that says what to remove."""
    with reach(kit, tmp_path) as access:
        access.run("hostname")
    with reach(kit, tmp_path) as access:
        access.run("hostname")
    remembered = (tmp_path / "known").read_text()
    kit.stop(kit.main)
    kit.main.key = new_key()
    kit.start(kit.main)
    with reach(kit, tmp_path) as access, pytest.raises(AccessRefused, match="another SSH host key") as caught:
        access.run("hostname")

    line = f"[127.0.0.1]:{kit.main.port} ssh-ed25519 "
    assert 1 == remembered.count("\n") == remembered.count(line)
    assert remembered == (tmp_path / "known").read_text()
    assert (tmp_path / "known").stat().st_mode & 0o777 == 0o600
    assert f"remove line 1 of {tmp_path / 'known'}" in caught.value.help


def test_another_type_of_host_key_is_a_changed_one(kit: Kit, tmp_path: Path) -> None:
    """A server in between cannot slip in by offering only a type that was never seen."""
    with reach(kit, tmp_path) as access:
        access.run("hostname")
    kit.stop(kit.main)
    kit.main.key = new_key("ecdsa-sha2-nistp256")
    kit.start(kit.main)
    with reach(kit, tmp_path) as access, pytest.raises(AccessRefused, match="another SSH host key"):
        access.run("hostname")


def test_a_server_with_several_host_keys_is_known_by_any(kit: Kit, tmp_path: Path) -> None:
    """The remembered type is asked for first, as OpenSSH does."""
    another = new_key("ecdsa-sha2-nistp256")
    kit.stop(kit.main)
    kit.main.more_keys.append(another)
    kit.start(kit.main)
    line = another.export_public_key("openssh").decode().strip()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{kit.main.port} {line}\n")
    with reach(kit, tmp_path) as access:
        assert access.run("hostname").stdout == b"main\n"


def test_a_servers_key_must_not_change_within_a_run(kit: Kit, access: Access, tmp_path: Path) -> None:
    """MAAS installs servers anew between runs, not in the middle of one."""
    access.run("hostname", on=SERVER)
    server = kit.servers[SERVER]
    kit.stop(server)
    server.key = new_key()
    kit.start(server)
    refusals: list[AccessRefused] = []

    def refused() -> bool:
        try:
            access.run("hostname", on=SERVER)
        except AccessRefused as failure:
            refusals.append(failure)
        except Unreachable:  # the loss of the old connection may be seen first
            pass
        return bool(refusals)

    until(refused)
    assert "earlier in this run" in str(refusals[0])
    with reach(kit, tmp_path) as another:
        assert another.run("hostname", on=SERVER).stdout == b"server2\n"


@pytest.mark.parametrize("politely", [False, True])
def test_tcp_shows_a_lost_connection(kit: Kit, access: Access, politely: bool) -> None:
    """The way breaks in the middle, or main's sshd says good-bye: no early end either."""
    with raw_server(silent) as port:
        kit.main.addresses[SERVER, 80] = port
        with access.open(SERVER, 80, timeout=5, limit=100) as stream:
            kit.cut(kit.main, politely=politely)
            with pytest.raises(Unreachable, match="lost"):
                stream.recv(10)
