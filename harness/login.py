"""Logs in over SSH: with whose keys or password, past which host key; a failure comes out as the KitError it means."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harness.errors import AccessRefused, KitError, TimedOut, UnexpectedAnswer, Unreachable, UsageError
from harness.known_hosts import KnownHosts
from harness.quick_asyncssh import asyncssh
from harness.tunnel import plain, refusal

if TYPE_CHECKING:
    from harness.kitfile import AccessDescription

# The library tells every command at level INFO; whoever turns on logging wants ours, not the wire's.
logging.getLogger("asyncssh").setLevel(logging.ERROR)

KEEPALIVE_S = 5.0
"""Seconds of silence after which we ask whether the other side is still there."""
KEEPALIVE_COUNT = 2
"""Questions without an answer after which a connection counts as lost."""
HOST_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Plain keys only: a host certificate could not be remembered."""
QUICK_FIRST = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""What OpenSSL does in one call: asyncssh puts chacha20-poly1305 first, which costs it twice as much (measured)."""
RSA = "ssh-rsa"
"""How a key file names a key of which signatures are called rsa-sha2-…."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where to log in and as whom."""

    host: str
    port: int | None = None
    """None: what ~/.ssh/config says, else 22."""
    user: str | None = None
    """None: what ~/.ssh/config says, else the name of the local user."""
    password: str | None = None
    identity: Path | None = None
    keys: tuple[asyncssh.SSHKey, ...] = ()
    """Only these, and nothing from the local user's folder (the hop from main to a server)."""

    @classmethod
    def of(cls, description: AccessDescription) -> Self:
        """Return the login that a kit.yaml describes."""
        return cls(
            host=description.ssh.host,
            port=description.ssh.port,
            user=description.ssh.user,
            password=None if description.password is None else description.password.get_secret_value(),
            identity=description.identity,
        )

    @property
    def place(self) -> str:
        """Return the address as messages name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port not in (None, 22) else ""
        return f"{self.user}@{host}{port}" if self.user else f"{host}{port}"

    @property
    def command(self) -> str:
        """Return what a person types to log in: `ssh` takes a port as an option only."""
        port = f" -p {self.port}" if self.port not in (None, 22) else ""
        return f"ssh{port} {f'{self.user}@' if self.user else ''}{self.host}"

    def options(self) -> dict[str, Any]:
        """Return how asyncssh is to authenticate. Raises AccessRefused when the identity cannot be used."""
        if self.keys:
            return {"config": None, "client_keys": list(self.keys), "agent_path": None}
        if self.identity is not None:
            return self._identity(self.identity.expanduser())
        if self.password is not None:
            # Keys that the kit does not know would use up sshd's MaxAuthTries (6) before the password's turn.
            return {"client_keys": None, "public_key_auth": False, "password": self.password}
        return {}

    def _identity(self, file: Path) -> dict[str, Any]:
        try:
            keys = asyncssh.read_private_key_list(str(file))
        except OSError as error:
            raise AccessRefused(
                f"identity file {file} cannot be read: {error.strerror}", help="check access.identity in kit.yaml"
            ) from None
        except ValueError as error:  # asyncssh's import errors: encrypted, or not a private key
            public = file.with_name(file.name + ".pub")
            if os.environ.get("SSH_AUTH_SOCK") and public.is_file():
                return {"agent_identities": [str(public)], "client_keys": (), "password": self.password}
            raise AccessRefused(
                f"identity file {file} cannot be used: {plain(str(error))}",
                help=f"a key with a passphrase comes from the agent: `ssh-add {file}` (its {public.name} beside it)",
            ) from None
        if not keys:
            raise AccessRefused(
                f"identity file {file} holds no private key", help="access.identity names the file without .pub"
            )
        return {"client_keys": keys, "agent_path": None, "password": self.password}


class _Client(asyncssh.SSHClient):
    """Looks at the server's host key, and keeps why it was not accepted."""

    def __init__(self, login: Login, known: KnownHosts) -> None:
        self._login = login
        self._known = known
        self.failure: KitError | UsageError | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Return whether the key is new (then it is remembered) or the remembered one."""
        line = " ".join(key.export_public_key("openssh").decode("ascii").split()[:2])
        try:
            self._known.check(self._login.host, self._login.port, line)
        except (KitError, UsageError) as failure:
            self.failure = failure
            return False
        return True


async def connect(
    login: Login, known: KnownHosts, *, through: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """Log in, directly or through another connection. The caller sets the deadline. Raises KitError."""
    # As OpenSSH does: remembered types first, so that a server with several keys shows the one that we know.
    kinds = {key.split()[0] for key in known.keys(login.host, login.port)}
    preferred = sorted(HOST_KEY_TYPES, key=lambda kind: kind not in kinds and not (RSA in kinds and "rsa" in kind))
    clients: list[_Client] = []

    def client() -> _Client:
        clients.append(_Client(login, known))
        return clients[-1]

    options: dict[str, Any] = {
        "client_factory": client,
        "known_hosts": ([], [], []),  # nobody is trusted beforehand: `_Client` looks at every key
        "server_host_key_algs": preferred,
        "encryption_algs": QUICK_FIRST,
        # The kit's root is a stranger: nothing of the local user travels there, whatever ~/.ssh/config says.
        "agent_forwarding": False,
        "x11_forwarding": False,
        "send_env": None,
        "env": None,
        "gss_auth": False,
        "gss_kex": False,
        "host_based_auth": False,
        "compression_algs": ["none"],
        "keepalive_interval": KEEPALIVE_S,
        "keepalive_count_max": KEEPALIVE_COUNT,
        "connect_timeout": None,
        "encoding": None,
        **login.options(),
    }
    if login.port is not None:
        options["port"] = login.port
    if login.user is not None:
        options["username"] = login.user
    if through is not None:
        options["tunnel"] = through
    try:
        return await asyncssh.connect(login.host, **options)
    except Exception as error:  # noqa: BLE001 - see _login_failure
        for seen in clients:
            if seen.failure is not None:
                raise seen.failure from None
        raise _login_failure(error, login) from None


def _login_failure(error: Exception, login: Login) -> KitError:
    """Return what a failed login means."""
    place = login.place
    words = plain(str(error)) or type(error).__name__
    failure: KitError
    match error:
        case KitError():
            failure = error
        case asyncssh.PermissionDenied():
            failure = AccessRefused(
                f"{place} refuses our credentials",
                help=(
                    "the server does not know main's SSH key: was it deployed by the user whose key is in MAAS?"
                    if login.keys
                    else f"check user, password and identity in kit.yaml; `{login.command}` must work from here"
                ),
            )
        case asyncssh.DisconnectError() if "authentication failures" in words:
            failure = AccessRefused(
                f"{place} turned us away after too many keys that it does not know",
                help="name the right one with access.identity in kit.yaml (sshd's MaxAuthTries is 6)",
            )
        case asyncssh.ChannelOpenError():
            failure = refusal(login.host, login.port or 22, error.reason)
        case asyncssh.ConfigParseError():
            failure = AccessRefused(
                f"~/.ssh/config cannot be used: {words}", help="correct it; `ssh -G` shows the line"
            )
        case asyncssh.ConnectionLost():
            failure = Unreachable(
                f"{place} closed the connection during login ({words})",
                help=f"does sshd run there, or something else? `{login.command} -v` shows how far it gets",
            )
        case socket.gaierror():
            failure = Unreachable(f"{login.host}: no such host name ({words})", help="check access.ssh in kit.yaml")
        case TimeoutError():
            failure = TimedOut(f"{place} does not answer", help="is the kit on, and are you on its network?")
        case OSError():
            failure = Unreachable(
                f"{place} cannot be reached: {os.strerror(error.errno) if error.errno else words}",
                help="is the kit on, are you on its network (VPN), and is access.ssh in kit.yaml right?",
            )
        case _:
            # A hostile or broken server can make the library raise anything while it logs in.
            failure = UnexpectedAnswer(
                f"{place} does not speak SSH as we do: {words}", help=f"`{login.command} -v` shows what it says"
            )
    return failure


def private_keys(text: bytes) -> tuple[Sequence[asyncssh.SSHKey], Sequence[str]]:
    """Return the usable private keys in `text`, and why the others are not."""
    keys: list[asyncssh.SSHKey] = []
    reasons: list[str] = []
    for block in _blocks(text):
        try:
            keys.append(asyncssh.import_private_key(block))
        except ValueError as error:
            reasons.append(plain(str(error)))
    return keys, reasons


def key_lines(text: bytes) -> list[str]:
    """Return the lines of `text` that hold key material, each of which gives the key away."""
    return [line for line in text.decode("ascii", "replace").splitlines() if len(line) >= 16 and "-----" not in line]


def _blocks(text: bytes) -> list[bytes]:
    """Return each `-----BEGIN … -----END …-----` block of `text`."""
    blocks: list[bytes] = []
    block: list[bytes] = []
    for line in text.splitlines():
        if line.startswith(b"-----BEGIN"):
            block = [line]
        elif block:
            block.append(line)
            if line.startswith(b"-----END"):
                blocks.append(b"\n".join(block) + b"\n")
                block = []
    return blocks
