"""A kit whose owner is our enemy: an SSH server and a MAAS that say what a test wants, and secrets worth having."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from harness import kitfile
from harness.kitfile import KitFile
from tests.harness.sshd import PASSWORD, Kit, raw_server

API_KEY = "pl4ntedconsumer:pl4ntedtoken:pl4nted/secr3t+of=maas"
SECRETS = (PASSWORD, API_KEY, "pl4nted/secr3t+of=maas", "pl4nted-grafana/é+1", "pl4nted-wordpress")
"""What kit.yaml holds and nobody may see."""
MAAS = "172.16.0.3"
DESCRIPTION = """
kit: kit-x
access: {{ssh: "cloud@127.0.0.1:{port}", password: "{password}"}}
network: 172.16.0.0/20
maas: {{url: "http://{maas}:5240/MAAS/", api_key: "{key}"}}
roles: {{database: server1, django: [server2, server3], proxy: server4}}
juju: {{grafana_password: "pl4nted-grafana/é+1", wordpress_user: admin, wordpress_password: "pl4nted-wordpress"}}
"""


def describe(kit: Kit, folder: Path) -> Path:
    """Write a kit.yaml of a kit with every secret in it, and return where."""
    path = folder / "kit.yaml"
    path.write_text(DESCRIPTION.format(port=kit.main.port, password=PASSWORD, maas=MAAS, key=API_KEY))
    path.chmod(0o600)
    return path


def loaded(kit: Kit, folder: Path) -> KitFile:
    """Return the same, read."""
    return kitfile.load(describe(kit, folder))


@contextmanager
def behind(kit: Kit, address: str, port: int, answer: Callable[[socket.socket], None]) -> Generator[None]:
    """Let a service at an address inside the kit answer every connection with `answer`."""
    with raw_server(answer) as real:
        kit.main.addresses[address, port] = real
        try:
            yield
        finally:
            del kit.main.addresses[address, port]


def http(status: str, body: bytes, *headers: str) -> bytes:
    """Return an answer of HTTP, of JSON unless `headers` say otherwise."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def machine(hostname: str) -> dict[str, object]:
    """Return a record of MAAS."""
    told: dict[str, object] = dict.fromkeys(("fqdn", "status_name", "status_message"), "x")
    return {
        **told,
        "system_id": "abcdef",
        "hostname": hostname,
        "status": 4,
        "power_state": "on",
        "ip_addresses": [],
        "interface_set": [],
        "tag_names": [],
        "owner": None,
        "owner_data": {},
    }


def without_end(piece: bytes) -> Callable[[socket.socket], None]:
    """Return what begins an answer of HTTP and never ends it."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(piece)

    return answer
