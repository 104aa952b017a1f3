"""Pictures of embedded kits in the system's Chromium, and of pages that mean no good."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, cast

import pytest

from harness import kitfile
from harness.errors import KitError, UsageError
from harness.result import CheckpointResult, Result
from harness.verdicts import CheckResult, Verdict
from kitcheck.evidence import browser, pictures, subjects
from kitcheck.evidence.browser import Camera
from kitcheck.evidence.doorway import Doorway
from simulators.embedded.process import Played

needs_chromium = pytest.mark.skipif(bool(pictures.available()), reason=pictures.available() or "there")
NO_LOGIN = (
    "machines: drawn from MAAS' API, for KITCHECK_MAAS_LOGIN=user:password, the login of MAAS' own pages, is not set"
)


def _graded(*checkpoints: str) -> Result:
    now = datetime.now(UTC)
    entries = (CheckpointResult(c, c, (CheckResult(c, "it", "It", Verdict.PASSED),)) for c in checkpoints)
    return Result("kit-p", now, now, tuple(entries), "0.1.0")


def _size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def _rows(png: bytes) -> int:
    """Return how many rows of a picture differ from the one above: nothing drawn has but a few."""
    data, place = bytearray(), 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    raw, height = zlib.decompress(bytes(data)), _size(png)[1]
    step = len(raw) // height
    return sum(raw[n * step : (n + 1) * step] != raw[(n - 1) * step : n * step] for n in range(1, height))


@needs_chromium
def test_first_half() -> None:
    """MAAS' table, both servers and both answers through NGINX, each once however many checkpoints want it."""
    with Played(name="kit-p", at="checkpoint-3") as played:
        album = pictures.take(
            kitfile.load(played.ready().kit_yaml), _graded("checkpoint-2", "checkpoint-3"), environ={}
        )
    found = {each.name: each for each in album.pictures}

    assert list(found) == [
        "checkpoint-2-machines",
        "checkpoint-2-django-1",
        "checkpoint-2-django-2",
        "checkpoint-3-machines",
        "checkpoint-3-proxy-1",
        "checkpoint-3-proxy-2",
    ]
    assert NO_LOGIN in album.notes
    assert set(album.notes) - {NO_LOGIN} <= {pictures.AS_ROOT}
    assert found["checkpoint-2-machines"].png == found["checkpoint-3-machines"].png
    assert len({found[name].png for name in ("checkpoint-3-proxy-1", "checkpoint-3-proxy-2")}) == 2
    assert {each.source for each in album.pictures} == {"maas", "server2", "server3", "server4"}
    assert all(_rows(each.png) > 10 for each in album.pictures)
    assert {_size(each.png)[0] for each in album.pictures} == {subjects.TABLE, browser.NARROW}
    # a page of a sentence is no higher than it needs, below its address
    assert max(_size(found[f"checkpoint-3-proxy-{number}"].png)[1] for number in (1, 2)) < 2 * browser.LOWEST


@needs_chromium
def test_second_half() -> None:
    """MAAS' own page when its login is known, Juju's status as a terminal, Grafana's source and dashboard."""
    environ = {subjects.LOGIN: "cloud:cloud"}
    with Played(name="kit-p", at="checkpoint-4") as played:
        album = pictures.take(kitfile.load(played.ready().kit_yaml), _graded("checkpoint-4"), environ=environ)

    assert [each.name for each in album.pictures] == [
        "checkpoint-4-machines",
        "checkpoint-4-juju-status",
        "checkpoint-4-grafana-source",
        "checkpoint-4-grafana-dashboard",
    ]
    assert set(album.notes) <= {pictures.AS_ROOT}
    assert all(_rows(each.png) > 40 for each in album.pictures)
    assert all(browser.LOWEST < _size(each.png)[1] <= browser.HEIGHT + browser.LOWEST for each in album.pictures)


@needs_chromium
def test_kit_that_cannot_be_reached(tmp_path: Path) -> None:
    """No pictures, one line, and nothing else happens."""
    path = tmp_path / "kit.yaml"
    path.write_text("kit: kit-p\naccess: {ssh: 'cloud@127.0.0.1:1', identity: kit.yaml}\nnetwork: 172.16.0.0/20\n")
    path.chmod(0o600)
    text = path.read_text().replace("identity: kit.yaml", f"identity: {path}")
    path.write_text(text)
    album = pictures.take(kitfile.load(path), _graded("checkpoint-1"), environ={})

    assert (album.pictures, len(album.notes)) == ([], 1)
    assert album.notes[0].startswith("no pictures: ")


def _nothing(_name: str) -> None:
    """Return what is found where nothing is installed."""


@pytest.mark.parametrize(("missing", "line"), [("playwright", "need Playwright"), ("chromium", "need Chromium")])
def test_without_a_browser(missing: str, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where Playwright or Chromium is missing there are no pictures, and a line says what to install."""
    if missing == "playwright":
        monkeypatch.setattr("importlib.util.find_spec", _nothing)
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    description: Any = None
    album = pictures.take(description, _graded("checkpoint-1"), environ={})

    assert album.pictures == []
    assert len(album.notes) == 1
    assert line in album.notes[0]


def test_nothing_to_picture() -> None:
    """A checkpoint of which the handout wants no picture needs no browser."""
    description: Any = None

    assert pictures.take(description, _graded("juju-controller"), environ={}) == pictures.Album()


def test_folder_of_pictures(tmp_path: Path) -> None:
    """The folder is made when there is none; a file in its place is said before anything is done."""
    from tests.evidence.bundles import picture, png

    (tmp_path / "file").write_text("x")
    pictures.writable(tmp_path / "new")
    pictures.write([picture()], tmp_path / "new")

    assert (tmp_path / "new" / "checkpoint-1-django-1.png").read_bytes() == png()
    for path in (tmp_path / "file", tmp_path / "a" / "b"):
        with pytest.raises(UsageError):
            pictures.writable(path)


LOCAL = b"""
fetch('http://127.0.0.1:PORT/plain', {mode: 'no-cors'})
  .then(() => {p.textContent = 'answered'}).catch(() => {p.textContent = 'kept out'})
"""
PAGES = {
    "/plain": ("text/html", b"<p>hello"),
    "/away": ("text/html", b"<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'><p>stay"),
    "/script": ("text/html", b"<p id=p>before<script>document.getElementById('p').textContent='after'</script>"),
    "/file": ("application/octet-stream", b"MZ"),
    "/busy": ("text/html", b"<p>x<script>for(;;){}</script>"),
    "/dialog": ("text/html", b"<p>x<script>alert(1); document.title='done'</script>"),
    "/local": ("text/html", b"<p id=p>waiting<script>" + LOCAL + b"</script>"),
}


class _Site(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - of one test's server at a time

    def do_GET(self) -> None:
        """Answer with a page."""
        self.asked.append(self.path)
        kind, content = PAGES.get(self.path, ("text/plain", b""))
        content = content.replace(b"PORT", str(cast("tuple[str, int]", self.server.server_address)[1]).encode())
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Kit:
    """A kit whose one machine is a web server on this computer."""

    def __init__(self, port: int) -> None:
        self._port = port

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> Any:
        """Return a connection to it."""
        import socket

        return socket.create_connection(("127.0.0.1", self._port), timeout)


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[Camera, Doorway]]:
    """Return a camera, and the doorway to a kit whose pages mean no good."""
    if pictures.available():
        pytest.skip(pictures.available())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    kit: Any = _Kit(server.server_address[1])
    with Doorway(kit, IPv4Network("172.16.0.0/20")) as doorway, browser.chromium() as camera:
        yield camera, doorway
    server.shutdown()
    server.server_close()


def test_scripts(hostile: tuple[Camera, Doorway]) -> None:
    """Scripts run where they are allowed only, and a dialogue holds nobody up."""
    camera, doorway = hostile

    assert camera.shoot("http://172.16.0.11/script", doorway).text == "before"
    assert camera.shoot("http://172.16.0.11/script", doorway, scripts=True).text == "after"
    assert camera.shoot("http://172.16.0.11/dialog", doorway, scripts=True).text == "x"


def test_page_that_leads_away(hostile: tuple[Camera, Doorway]) -> None:
    """Neither the page nor its scripts reach our own computer."""
    camera, doorway = hostile
    _Site.asked.clear()
    seen = camera.shoot("http://172.16.0.11/local", doorway, scripts=True)

    # the doorway answers for itself, and the site never hears of it
    assert "/plain" not in _Site.asked
    assert seen.text in ("answered", "kept out")
    with pytest.raises(KitError):
        camera.shoot("http://127.0.0.1:9/plain", doorway)


def test_downloads_and_endless_scripts(hostile: tuple[Camera, Doorway], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is not taken, a page that never ends is left; the next page is pictured as ever."""
    camera, doorway = hostile
    with pytest.raises(KitError):
        camera.shoot("http://172.16.0.11/file", doorway)
    monkeypatch.setattr(browser, "PAGE_SECONDS", 1.5)
    with pytest.raises(KitError):
        camera.shoot("http://172.16.0.11/busy", doorway, scripts=True)
    monkeypatch.undo()

    shot = camera.shoot("http://172.16.0.11/plain", doorway)

    assert (shot.text, _size(shot.png)) == ("hello", (browser.WIDTH, browser.LOWEST))
