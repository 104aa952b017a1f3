"""The dashboard: who may look, what the page says, and that nothing in it can be made to run."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import requests
from starlette.applications import Starlette

from simulators.maas.dashboard import FORM_LIMIT, WRONG_LOGIN, routes
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Machine
from simulators.maas.region import Region
from simulators.maas.states import Status
from tests.maas.serving import serving

PAYLOAD = """"'><script>alert(1)</script><img src=x onerror=alert(1)>"""


class Page(HTMLParser):
    """A page as a browser sees it: texts by `data-testid`, and everything that it would load or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and whose text follows."""
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in {"meta", "link", "input", "img", "br"}:
            self._open.append((tag, attributes.get("data-testid")))
            if name := attributes.get("data-testid"):
                self.texts.setdefault(name, []).append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Give text to every marked element around it."""
        for _, name in self._open:
            if name:
                self.texts[name][-1] = " ".join((self.texts[name][-1] + " " + data).split())


class Visitor(requests.Session):
    """A browser without scripts."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.site = site

    def look(self, path: str, session: str | None = None) -> requests.Response:
        """Get a page, redirects not followed; `session` is shown instead of the own cookie."""
        cookies = None if session is None else {"sessionid": session}
        return self.get(self.site + path, cookies=cookies, allow_redirects=False, timeout=10)

    def log_in(self, username: str = "cloud", password: str = "cloud") -> requests.Response:
        """Send the login form."""
        form = {"username": username, "password": password}
        return self.post(f"{self.site}/MAAS/r/login", data=form, allow_redirects=False, timeout=10)


@pytest.fixture
def region() -> Region:
    """A lab with machines in several states."""
    region = Region(MemoryDriver(), seed=1)
    with region.transaction():
        for number in (1, 2):
            use(server(region, number), Status.DEPLOYED, f"172.16.0.2{number}")
        use(server(region, 3), Status.DEPLOYING)
        use(server(region, 4), Status.FAILED_DEPLOYMENT)
        region.record_event(server(region, 4), "Loading ephemeral", "no image")
        region.changed()
    return region


@pytest.fixture
def visitor(region: Region) -> Iterator[Visitor]:
    """Somebody who has not logged in."""
    with serving(Starlette(routes=routes(region))) as site, Visitor(site) as visitor:
        yield visitor


@pytest.fixture
def student(visitor: Visitor) -> Visitor:
    """Somebody who has logged in."""
    visitor.log_in()
    return visitor


def server(region: Region, number: int) -> Machine:
    """Return one of the lab's servers."""
    machine = region.machine(f"server{number}")
    assert machine is not None
    return machine


def use(machine: Machine, status: Status, address: str | None = None) -> None:
    """Put a machine into the hands of `cloud`."""
    machine.status, machine.owner, machine.power_state = status, "cloud", "on"
    machine.osystem, machine.distro_series = "ubuntu", "jammy"
    machine.interfaces[0].links[0].ip_address = address


@pytest.mark.parametrize("path", ["/MAAS", "/MAAS/", "/MAAS/r", "/MAAS/r/"])
def test_short_addresses_lead_to_the_machines(visitor: Visitor, path: str) -> None:
    """As on the real one."""
    answer = visitor.look(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/MAAS/r/machines")


@pytest.mark.parametrize("path", ["/MAAS/r/machines", "/MAAS/r/machine/8pchr3/summary"])
def test_strangers_are_sent_to_the_login(visitor: Visitor, path: str) -> None:
    """No page without a session, also not with a made-up one."""
    answer = visitor.look(path, session="made-up")

    assert (answer.status_code, answer.headers["Location"], answer.text) == (302, "/MAAS/r/login", "")


def test_the_login_form_is_the_one_that_browser_tests_know(visitor: Visitor) -> None:
    """Names and labels as in MAAS UI 3.4 to 3.7."""
    page = Page(visitor.look("/MAAS/r/login").text)

    elements = dict(page.elements)
    names = [attributes["name"] for tag, attributes in page.elements if tag == "input"]
    labels = [attributes["for"] for tag, attributes in page.elements if tag == "label"]
    assert elements["form"]["aria-label"] == "Login"
    assert names == labels == ["username", "password"]


@pytest.mark.parametrize(("username", "password"), [("cloud", "wrong"), ("nobody", "cloud"), ("cloud", ""), ("", "")])
def test_wrong_credentials_are_said_in_the_page(visitor: Visitor, username: str, password: str) -> None:
    """The form comes back with the sentence, and without a session."""
    answer = visitor.log_in(username, password)

    assert answer.status_code == 400
    assert WRONG_LOGIN in answer.text
    assert "sessionid" not in answer.cookies


def test_a_form_of_another_kind_is_no_login(visitor: Visitor) -> None:
    """Endless and binary bodies end as wrong credentials."""
    bodies = (b"username=cloud&password=cloud&x=" + b"x" * FORM_LIMIT, b"\xff\x00", b"&".join([b"a=b"] * 100), b"")
    answers = [visitor.post(f"{visitor.site}/MAAS/r/login", data=body, timeout=10) for body in bodies]

    assert [answer.status_code for answer in answers] == [400] * 4


def test_a_form_that_breaks_off_is_nobody_s_error(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """A browser that goes away in the middle leaves no traceback behind."""
    host, port = visitor.site.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /MAAS/r/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nusername=cloud")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    assert visitor.look("/MAAS/r/login").status_code == 200
    assert [record.getMessage() for record in caplog.records] == []


def test_logging_in_and_out(visitor: Visitor) -> None:
    """The session cookie is kept from scripts and other sites; after the log-out it is worth nothing."""
    entered = visitor.log_in()
    cookie = entered.headers["Set-Cookie"].lower()
    session = visitor.cookies["sessionid"]
    inside = visitor.look("/MAAS/r/machines")
    visitor.post(f"{visitor.site}/MAAS/r/logout", timeout=10)

    assert (entered.status_code, entered.headers["Location"]) == (303, "/MAAS/r/machines")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert inside.status_code == 200
    assert visitor.look("/MAAS/r/machines", session).status_code == 302


def test_machines_are_grouped_by_status(student: Visitor) -> None:
    """What needs looking at first, then along a machine's life."""
    groups = Page(student.look("/MAAS/r/machines").text).texts["group"]

    found = [re.findall(r"^.* machines?|server\d", group) for group in groups]
    assert found == [
        ["Failed deployment 1 machine", "server4"],
        ["Ready 1 machine", "server5"],
        ["Deploying 1 machine", "server3"],
        ["Deployed 2 machines", "server1", "server2"],
    ]


@pytest.mark.parametrize(
    ("grouping", "titles"),
    [
        ("none", ["All machines 5 machines"]),
        ("owner", ["No owner 1 machine", "cloud 4 machines"]),
        ("power", ["Power off 1 machine", "Power on 4 machines"]),
        ("pool", ["default 5 machines"]),
        ("nonsense", ["Failed deployment 1 machine", "Ready 1 machine", "Deploying 1 machine", "Deployed 2 machines"]),
    ],
)
def test_other_groupings(student: Visitor, grouping: str, titles: list[str]) -> None:
    """The choices of the real page; an unknown one is the usual one."""
    groups = Page(student.look(f"/MAAS/r/machines?group={grouping}").text).texts["group"]

    assert [re.findall(r"^.*? \d machines?", group)[0] for group in groups] == titles


def test_the_columns_are_those_of_the_real_page(student: Visitor) -> None:
    """Same labels, same test ids."""
    page = Page(student.look("/MAAS/r/machines").text)

    headers = {name.removesuffix("-header"): texts for name, texts in page.texts.items() if name.endswith("-header")}
    assert headers == {
        "fqdn": ["FQDN"],
        "mac": ["MAC"],
        "power": ["Power"],
        "status": ["Status"],
        "owner": ["Owner"],
        "pool": ["Pool"],
        "zone": ["Zone"],
        "fabric": ["Fabric"],
        "cores": ["Cores"],
        "memory": ["RAM"],
        "disks": ["Disks"],
        "storage": ["Storage"],
    }


def test_a_row_says_what_a_report_needs(student: Visitor, region: Region) -> None:
    """Name, address, power, status with system, owner with tags, and the hardware."""
    page = Page(student.look("/MAAS/r/machines?group=none").text)

    first = {name: texts[0] for name, texts in page.texts.items() if len(texts) == len(region.machines)}
    assert first == {
        "machine": page.texts["machine"][0],
        "fqdn": "server1 .maas 172.16.0.21 54:b2:03:00:00:01",
        "power": "On amt",
        "status": "Deployed Ubuntu 22.04 LTS",
        "owner": "cloud juju",
        "pool": "default",
        "zone": "default",
        "fabric": "fabric-0 untagged",
        "cores": "4 amd64",
        "memory": "12 GiB",
        "disks": "1",
        "storage": "256.1 GB",
    }
    assert page.texts["ip"] == ["172.16.0.21", "172.16.0.22"]
    assert page.texts["status"][3] == "Failed deployment Loading ephemeral - no image"


def test_a_machine_s_page_has_addresses_and_events(student: Visitor, region: Region) -> None:
    """Newest event first."""
    machine = server(region, 1)
    with region.transaction():
        region.record_event(machine, "Deploying", username="cloud")
        region.record_event(machine, "Deployed")

    page = Page(student.look(f"/MAAS/r/machine/{machine.system_id}/summary").text)

    assert page.texts["ip"] == ["172.16.0.21"]
    assert [re.sub(r"^.*:\d\d ", "", text) for text in page.texts["event"]] == ["Deployed", "Deploying cloud"]


def test_an_unknown_machine_is_not_found(student: Visitor) -> None:
    """Status 404, and the id as text."""
    answer = student.look("/MAAS/r/machine/%3Cb%3Enope/summary")

    assert answer.status_code == 404
    assert "&lt;b&gt;nope" in answer.text


def test_looking_changes_nothing(student: Visitor, region: Region) -> None:
    """The page refreshes itself: it must not count as a client's read, on which progress may depend."""
    with region.transaction():
        transition = region.work.enter(server(region, 3), "deploy", Status.DEPLOYING)
    before = region.revision

    for path in ("/MAAS/r/machines", f"/MAAS/r/machine/{server(region, 3).system_id}/summary"):
        assert student.look(path).status_code == 200

    assert (region.revision, transition.reads) == (before, 0)


@pytest.mark.parametrize("path", ["/MAAS/r/login", "/MAAS/r/machines", "/MAAS/r/machine/{id}/summary"])
def test_pages_load_nothing_from_elsewhere(visitor: Visitor, region: Region, path: str) -> None:
    """No address with a host, every script and style with the page's nonce, and a policy that forbids the rest."""
    if "login" not in path:
        visitor.log_in()
    answer = visitor.look(path.format(id=server(region, 1).system_id))

    policy = answer.headers["Content-Security-Policy"]
    nonce = re.findall(r"script-src 'nonce-([\w-]+)'", policy)
    elements = Page(answer.text).elements
    addresses = [
        attributes[name] for _, attributes in elements for name in ("src", "href", "action") if name in attributes
    ]
    assert answer.status_code == 200
    assert policy.startswith("default-src 'none'; ")
    assert [attributes.get("nonce") for tag, attributes in elements if tag in {"script", "style"}] in (nonce, nonce * 2)
    assert [address for address in addresses if not re.match(r"/MAAS/|data:,$", address)] == []
    assert [name for _, attributes in elements for name in attributes if name.startswith("on") or name == "style"] == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_nonces_are_used_once(student: Visitor) -> None:
    """Each answer has its own."""
    policies = {student.look("/MAAS/r/machines").headers["Content-Security-Policy"] for _ in range(3)}

    assert len(policies) == 3


def test_what_users_name_cannot_run(student: Visitor, region: Region) -> None:
    """Host names, tags, owners, messages and annotations are shown as the text that they are."""
    machine = server(region, 1)
    clean = [Page(student.look(path).text).elements for path in pages(machine)]
    with region.transaction():
        machine.hostname = machine.domain = machine.owner = machine.pool = machine.zone = PAYLOAD
        machine.tags = [PAYLOAD]
        machine.distro_series = machine.power_type = machine.architecture = PAYLOAD
        machine.owner_data = {PAYLOAD: PAYLOAD}
        machine.interfaces[0].mac_address = machine.interfaces[0].links[0].ip_address = PAYLOAD
        region.record_event(machine, PAYLOAD, PAYLOAD, PAYLOAD)
        region.settings["maas_name"] = PAYLOAD

    for path, before in zip(pages(machine), clean, strict=True):
        answer = student.look(path)

        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text
        kinds = {tag for tag, _ in before} | {"tr", "td", "dt", "dd", "span"}
        assert {tag for tag, _ in Page(answer.text).elements} <= kinds
        assert [a for _, a in Page(answer.text).elements if "onerror" in a or "<script>alert(1)<" in "".join(a)] == []


def test_a_username_cannot_run_either(visitor: Visitor) -> None:
    """The form repeats what was typed."""
    answer = visitor.log_in(PAYLOAD, "x")

    (repeated,) = [attributes["value"] for _, attributes in Page(answer.text).elements if "value" in attributes]
    assert repeated == PAYLOAD
    assert "<script>alert" not in answer.text


def pages(machine: Machine) -> tuple[str, str]:
    """Return the pages on which a machine is shown."""
    return "/MAAS/r/machines", f"/MAAS/r/machine/{machine.system_id}/summary"
