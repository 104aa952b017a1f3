"""pg8000 with its shortcuts: in by trust, by a proven password, and over TLS."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness import quick_pg8000
from tests.embedded_parts.kit import HANDOUT_LINE, HBA, Kit, edit, on_loop
from tests.embedded_parts.test_postgresql_login import reachable

AUTHENTICATED = b"R" + struct.pack("!ii", 8, 0) + b"Z" + struct.pack("!i", 5) + b"I"
"""AuthenticationOk and ReadyForQuery of PostgreSQL's protocol 3.0."""


def test_what_is_loaded() -> None:
    """scramp and asn1crypto are not, until a server asks for a proof."""
    program = "import sys, harness.quick_pg8000; print({'scramp', 'asn1crypto'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.strip() == "set()"


def log_in(port: int, user: str, password: str) -> object:
    """Log in as the harness does; return what PostgreSQL says to a statement, or its error's code."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        try:
            connection = quick_pg8000.connect(user, database="tasks", password=password, sock=sock)
            try:
                return connection.run("select 1")
            finally:
                connection.close()
        except quick_pg8000.native.DatabaseError as error:
            return error.args[0]["C"]


@pytest.mark.parametrize("method", ["trust", "scram-sha-256"])
@on_loop
async def test_without_tls(method: str) -> None:
    """A server without TLS is spoken to without; a proof of the password is made where it is asked for."""
    kit = Kit()
    host, cluster = await kit.database()
    cluster.create_role("group", password="sesame")
    edit(host, HBA, HANDOUT_LINE, f"host all all all {method}")
    cluster.reload()
    async with reachable(kit, host) as port:
        right = await asyncio.to_thread(log_in, port, "group", "sesame")
        wrong = await asyncio.to_thread(log_in, port, "group", "guess")

    assert (right, wrong) == ([[1]], [[1]] if method == "trust" else "28P01")


def certified(folder: Path) -> ssl.SSLContext:
    """Return a server's side of TLS, with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "snakeoil")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = folder / "server.pem"
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_over_tls(tmp_path: Path) -> None:
    """A server that has TLS is spoken to with it, whoever made its certificate."""
    context, heard = certified(tmp_path), list[bytes]()

    def serve(listening: socket.socket) -> None:
        plain, _ = listening.accept()
        heard.append(plain.recv(8))
        plain.sendall(b"S")
        with context.wrap_socket(plain, server_side=True) as secure:
            heard.append(secure.recv(1_000))
            secure.sendall(AUTHENTICATED)
            secure.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        with socket.create_connection(listening.getsockname(), timeout=20) as sock:
            quick_pg8000.connect("cloud", database="tasks", password="cloud", sock=sock).close()
        thread.join()

    assert heard[0] == quick_pg8000.SSL_REQUEST
    assert b"user\x00cloud\x00" in heard[1]
