"""asyncssh with its shortcuts: the same connections, fewer packets."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, cast

import pytest

from harness.quick_asyncssh import asyncssh

IGNORE, CHANNEL_OPEN = 2, 90
"""Numbers of messages: RFC 4253, section 12, and RFC 4254, section 9."""


class Counting(asyncssh.SSHServer):
    """A server that lets everybody in, and counts the packets that come."""

    def __init__(self, packets: Counter[int]) -> None:
        self._packets = packets

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Listen to what comes."""

        def count(pkttype: int, *_args: object, **_options: object) -> None:
            self._packets.update([pkttype])

        cast("Any", conn).log_received_packet = count

    def begin_auth(self, username: str) -> bool:
        """Ask for no credentials."""
        return False


async def _packets_with(cipher: str) -> tuple[Counter[int], str]:
    """Return what a client sends that runs one command, and what the command said."""
    packets: Counter[int] = Counter()

    def answer(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"did {process.command}")
        process.exit(0)

    server = await asyncssh.create_server(
        lambda: Counting(packets),
        "127.0.0.1",
        0,
        server_host_keys=[cast("Any", asyncssh).generate_private_key("ssh-ed25519")],
        process_factory=answer,
        encryption_algs=[cipher],
        gss_host=None,
    )
    options: dict[str, Any] = {"known_hosts": None, "username": "x", "config": None, "encryption_algs": [cipher]}
    done: Any = None
    async with server:
        client = await asyncssh.connect("127.0.0.1", server.get_port(), **options)
        done = await client.run("something")
        client.close()
        await client.wait_closed()
    return packets, str(done.stdout)


@pytest.mark.parametrize("cipher", ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"])
def test_no_padding_with_ciphers_that_authenticate(cipher: str) -> None:
    """Nothing is sent to be ignored, and the command runs."""
    packets, said = asyncio.run(_packets_with(cipher))

    assert said == "did something"
    assert packets[CHANNEL_OPEN] > 0
    assert packets[IGNORE] == 0


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes128-ctr"])
def test_padding_with_other_ciphers(cipher: str) -> None:
    """asyncssh's remedy stays where the cipher does not authenticate by itself."""
    packets, said = asyncio.run(_packets_with(cipher))

    assert said == "did something"
    assert packets[IGNORE] > 0


@pytest.mark.parametrize(("level", "shown"), [(3, True), (2, False)])
def test_packets_are_logged_for_who_asks(caplog: pytest.LogCaptureFixture, level: int, shown: bool) -> None:
    """At asyncssh's debug level 3, as without the shortcuts."""
    logged: Any = cast("Any", asyncssh)
    caplog.set_level("DEBUG", "asyncssh")
    logged.set_debug_level(level)
    try:
        asyncio.run(_packets_with("aes128-gcm@openssh.com"))
    finally:
        logged.set_debug_level(1)

    assert any("Sent MSG_KEXINIT" in record.getMessage() for record in caplog.records) == shown
    assert any("Accepted SSH client connection" in record.getMessage() for record in caplog.records)
