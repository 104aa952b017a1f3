"""HTTP into the kit: what requests would say, through main, within bounds, whatever the other side does."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from harness.access import Access, ConnectionRefused, HostUnreachable
from harness.errors import KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.http import is_whole
from tests.harness.sshd import Kit, http_says, raw_server, reach, silent

HOST = "172.16.0.12"
URL = f"http://{HOST}:8080"


class Application(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Redirect, set a cookie, or show the request."""
        if self.path == "/loop":
            self._answer(302, b"", [("Location", "/loop")])
        elif self.path == "/away":
            self._answer(302, b"", [("Location", "/tasks/")])
        elif self.path == "/authorization":
            self._answer(200, self.headers.get("Authorization", "none").encode(), [])
        elif self.path == "/gone":
            self._answer(404, b"nothing here", [])
        else:
            shown = f"{self.command} {self.path} {self.headers['Host']} {self.headers.get('Cookie', '-')}"
            self._answer(200, shown.encode(), [("Set-Cookie", "seen=1"), ("Content-Type", "text/plain")])

    def do_POST(self) -> None:
        """Send the body back."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, body, [("Content-Type", self.headers["Content-Type"])])

    def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def kit() -> Generator[Kit]:
    """A kit with an application on the server's port 8080."""
    kit = Kit()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    kit.main.addresses[HOST, 8080] = server.server_port
    kit.main.addresses["172.16.0.99", 80] = "No route to host"
    yield kit
    server.shutdown()
    server.server_close()
    kit.close()


@pytest.fixture
def access(kit: Kit, tmp_path: Path) -> Generator[Access]:
    """Access to that kit."""
    with reach(kit, tmp_path) as access:
        access.names[HOST] = "server2"
        yield access


def ask(kit: Kit, access: Access, port: int, *, timeout: float = 5, limit: int = 50_000) -> bytes:
    """Return what a service on a loopback port of ours says, asked through main."""
    kit.main.addresses[HOST, 81] = port
    return access.http.get(f"http://{HOST}:81/", timeout=timeout, limit=limit).content


def test_an_answer_comes_back(access: Access) -> None:
    """Status, headers and text; the Host header is the kit's own."""
    answer = access.http.get(f"{URL}/tasks/", params={"q": "a b"})

    assert (answer.status_code, answer.reason, answer.headers["Content-Type"]) == (200, "OK", "text/plain")
    assert answer.text == "GET /tasks/?q=a+b 172.16.0.12:8080 -"


def test_any_status_is_an_answer(access: Access) -> None:
    """404 is for the check to judge; a redirect is not followed unless asked."""
    assert access.http.get(f"{URL}/gone").status_code == 404
    assert access.http.get(f"{URL}/away").headers["Location"] == "/tasks/"
    assert access.http.get(f"{URL}/away", allow_redirects=True).text.startswith("GET /tasks/")


def test_forms_are_sent(access: Access) -> None:
    """Data goes out as requests encodes it."""
    answer = access.http.post(f"{URL}/", data={"title": "a&b", "x": "é"})

    assert answer.text == "title=a%26b&x=%C3%A9"


def test_a_session_keeps_cookies(access: Access) -> None:
    """Between requests, as a browser does; another session has none."""
    with access.http.session() as session:
        texts = [session.get(f"{URL}/a").text, session.get(f"{URL}/b").text]

    assert [text.rpartition(" ")[2] for text in texts] == ["-", "seen=1"]
    assert access.http.get(f"{URL}/c").text.endswith("-")


def test_the_local_users_settings_do_not_apply(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no .netrc of the grader's machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text(f"machine {HOST} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert access.http.get(f"{URL}/authorization").text == "none"


def test_requests_become_evidence(access: Access) -> None:
    """Method, address, status, some headers and the start of the body; failures too."""
    access.http.get(f"{URL}/tasks/")
    access.http.get(f"{URL}/quiet", record=False)
    with pytest.raises(ConnectionRefused):
        access.http.get(f"http://{HOST}:82/")
    answered, refused = access.log.take()

    assert (answered.kind, answered.source, answered.summary) == ("http", "server2", f"GET {URL}/tasks/ -> 200 OK")
    assert "Content-Type: text/plain" in answered.body
    assert "GET /tasks/" in answered.body
    assert refused.summary == f"GET http://{HOST}:82/ -> ConnectionRefused"


def test_closed_ports_and_machines_that_are_off_are_facts(access: Access) -> None:
    """A check can tell them from an access that is broken."""
    with pytest.raises(ConnectionRefused) as closed:
        access.http.get(f"http://{HOST}:82/")
    with pytest.raises(HostUnreachable) as off:
        access.http.get("http://172.16.0.99/")

    assert (closed.value.address, closed.value.port) == (HOST, 82)
    assert off.value.address == "172.16.0.99"
    assert not isinstance(closed.value, Unreachable)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"\x00" * 3000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
    ],
    ids=["ssh", "nothing", "zeros", "short", "gzip", "chunks", "headers", "long-header", "status"],
)
def test_what_is_not_http_is_unexpected(kit: Kit, access: Access, raw: bytes) -> None:
    """Whatever it is instead, it is a KitError that names the address."""
    with raw_server(http_says(raw)) as port, pytest.raises(UnexpectedAnswer, match=rf"{HOST}:81"):
        ask(kit, access, port)


def test_hostile_charsets_are_read_as_utf8(kit: Kit, access: Access) -> None:
    """A stranger does not choose among Python's codecs."""
    raw = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=idna\r\n\r\nOlá \x80".encode() + b"\xff"
    kit.main.addresses[HOST, 81] = 0
    with raw_server(http_says(raw)) as port:
        kit.main.addresses[HOST, 81] = port
        answer = access.http.get(f"http://{HOST}:81/")

    assert answer.text == "Olá \x80\ufffd"


def test_an_answer_without_end_is_cut(kit: Kit, access: Access) -> None:
    """Bodies, headers and what a small compressed body would become."""

    def endless(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 10_000)

    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"\x00" * 20_000_000)
    for server in (endless, http_says(bomb)):
        with raw_server(server) as port, pytest.raises(UnexpectedAnswer, match="more than 50000 bytes"):
            ask(kit, access, port)


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["mute", "head", "body"]
)
def test_a_slow_answer_ends_at_its_deadline(kit: Kit, access: Access, said: bytes) -> None:
    """Silence, headers that drip and a body that drips: the whole exchange counts, not the pauses."""

    def drip(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)
        number = 0
        while said:
            connection.sendall(f"X-{number}: y\r\n".encode())
            number += 1
            time.sleep(0.02)
        silent(connection)

    begun = time.monotonic()
    with raw_server(drip) as port, pytest.raises(TimedOut, match=HOST):
        ask(kit, access, port, timeout=0.4)

    assert time.monotonic() - begun < 1.5


def test_the_way_breaks_in_the_middle(kit: Kit, access: Access) -> None:
    """Unreachable, never a short answer: also where only the end of the connection ends the body."""

    def half(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhalf of it")
        kit.cut(kit.main)

    with raw_server(half) as port, pytest.raises(Unreachable, match="lost"):
        ask(kit, access, port)


def test_redirects_without_end_are_unexpected(access: Access) -> None:
    """Five are followed."""
    with pytest.raises(UnexpectedAnswer, match="redirects"):
        access.http.get(f"{URL}/loop", allow_redirects=True)


@pytest.mark.parametrize("location", ["gopher://x/", "http://[::1", "http://a..b/", "//" + "x" * 300])
def test_redirects_to_nonsense_are_kit_errors(kit: Kit, access: Access, location: str) -> None:
    """Wherever it leads, nothing but KitError comes out."""
    raw = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with raw_server(http_says(raw)) as port:
        kit.main.addresses[HOST, 81] = port
        with pytest.raises(KitError):
            access.http.get(f"http://{HOST}:81/", allow_redirects=True)


def test_many_requests_at_once(kit: Kit, access: Access) -> None:
    """Each gets its own answer, over one SSH connection."""
    logins = len(kit.main.users)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(access.http.get, [f"{URL}/{number}" for number in range(120)]))

    assert [answer.text.split()[1] for answer in answers] == [f"/{number}" for number in range(120)]
    assert len(kit.main.users) == logins + 1


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length:0\r\nServer: a\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nX-Content-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nServer: a\r\n\r\nuntil the end", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n", False),
    ],
)
def test_where_an_answer_ends(answer: bytes, whole: bool) -> None:
    """Its headers say it; an answer that does not say it ends with the connection."""
    assert is_whole(answer) == whole


def test_an_answer_is_whole_before_the_connection_ends(kit: Kit, access: Access) -> None:
    """A server that keeps the connection open all the same costs no time."""

    def keeps_open(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        silent(connection)

    with raw_server(keeps_open) as port:
        assert ask(kit, access, port, timeout=3) == b"hello"
