"""Paths, operations, bodies and headers, as MAAS' own wire rules have them; and what hostile clients send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from simulators.maas.body import BODY_LIMIT
from tests.maas.conftest import Maas

PLAIN = "text/plain"


def test_success_is_json_with_indent_and_headers(maas: Maas) -> None:
    """Four blanks of indent, charset, and the headers that clients look at."""
    answer = maas.ask("GET", "zones/")

    assert answer.text == json.dumps(answer.json(), indent=4)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (answer.headers["Vary"], answer.headers["X-Frame-Options"]) == ("Authorization, Cookie", "DENY")
    assert answer.headers["X-MAAS-API-Hash"] == maas.get("describe/")["hash"]
    assert not {"ETag", "Last-Modified"} & set(answer.headers)


def test_list_of_machines_is_indented_as_json_dumps_would(maas: Maas) -> None:
    """The list is put together from rendered machines: nobody can tell."""
    answer = maas.ask("GET", "machines/")

    assert answer.text == json.dumps(answer.json(), indent=4)


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "machines", 404, "Unknown API endpoint: /MAAS/api/2.0/machines."),
        ("GET", "pools/", 404, "Unknown API endpoint: /MAAS/api/2.0/pools/."),
        ("GET", "machines/nope42/", 404, "No Machine matches the given query."),
        ("GET", "zones/nope/", 404, "No Zone matches the given query."),
        ("GET", "tags/nope/", 404, "No Tag matches the given query."),
        ("GET", "machines/?op=nope", 400, "Unrecognised signature: method=GET op=nope"),
        ("POST", "machines/?op=clone", 501, "Not simulated: POST /MAAS/api/2.0/machines/ op=clone"),
        ("GET", "vm-hosts/", 501, "Not simulated: GET /MAAS/api/2.0/vm-hosts/"),
        ("GET", "dnsresources//1/", 501, "Not simulated: GET /MAAS/api/2.0/dnsresources/1/"),
        ("PATCH", "machines/", 405, ""),
        ("GET", "../1.0/nodes/", 410, "The 1.0 API is no longer available. Please use API version 2.0."),
    ],
)
def test_refusals(maas: Maas, method: str, path: str, status: int, body: str) -> None:
    """Unknown things are refused as MAAS does, what is not simulated says so."""
    answer = maas.ask(method, path)

    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["Content-Type"].split(";")[0] == ("text/html" if status == 405 else PLAIN)


def test_other_versions_lead_to_the_login_page(maas: Maas) -> None:
    """MAAS redirects `/api/2.1/` to its login page."""
    answer = requests.get(f"{maas.address}/MAAS/api/2.1/", timeout=10, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/MAAS/r/login")


def test_slashes_collapse(maas: Maas) -> None:
    """Ansible relies on it; a signature covers the path as it was sent."""
    answer = requests.get(f"{maas.address}/MAAS//api/2.0//zones///", auth=maas.auth("HMAC-SHA1"), timeout=10)

    assert [zone["name"] for zone in answer.json()] == ["default"]


@pytest.mark.parametrize("form", ["query", "body", "path"])
def test_where_an_operation_may_be_named(maas: Maas, form: str) -> None:
    """In the query, as a form field, or as the end of the path."""
    if form == "query":
        answer = maas.ask("POST", "machines/?op=allocate")
    elif form == "body":
        answer = maas.ask("POST", "machines/", data={"op": "allocate"})
    else:
        answer = maas.ask("POST", "machines/op-allocate")

    assert answer.json()["status_name"] == "Allocated"


def test_empty_op_is_no_op(maas: Maas) -> None:
    """gomaasapi sends `?op=` when it means a plain POST."""
    answer = maas.ask("POST", "devices/?op=", data={"mac_addresses": "00:16:3e:00:00:01", "hostname": "juju-0-lxd-0"})

    assert (answer.status_code, answer.json()["hostname"]) == (200, "juju-0-lxd-0")


PART = "Content-Disposition: form-data"
BOUNDARY = "===============0123456789=="
ANSIBLE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nweb\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="comment"\r\n\r\ntwo\r\nlines\r\n--{BOUNDARY}--'
)
LIBMAAS = (
    f'--{BOUNDARY}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="name"\r\n'
    'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\nd2Vi\r\n\r\n'
    f'--{BOUNDARY}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="comment"\r\n'
    f'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\ndHdvDQpsaW5lcw==\r\n\r\n--{BOUNDARY}--'
)


@pytest.mark.parametrize("body", [ANSIBLE, LIBMAAS], ids=["ansible", "libmaas"])
def test_multipart_as_clients_send_it(maas: Maas, body: str) -> None:
    """Quoted boundary, no line end at the end, parts in base64."""
    kind = f'multipart/form-data; boundary="{BOUNDARY}"'

    answer = maas.ask("POST", "tags/", data=body, headers={"Content-Type": kind})

    assert (answer.json()["name"], answer.json()["comment"]) == ("web", "two\r\nlines")


def test_empty_multipart_and_no_body(maas: Maas) -> None:
    """python-libmaas sends a multipart body without parts, the maas command none at all."""
    kind = f'multipart/form-data; boundary="{BOUNDARY}"'
    empty = maas.ask(
        "POST", "machines/?op=allocate", data=f"--{BOUNDARY}\r\n\r\n--{BOUNDARY}--", headers={"Content-Type": kind}
    )

    assert [empty.status_code, maas.ask("POST", "machines/?op=allocate").status_code] == [200, 200]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no boundary at all",
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nnever ends',
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--{BOUNDARY}--",
        f'--{BOUNDARY}\r\n{PART}; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nabcde\r\n--{BOUNDARY}--',
        f"--{BOUNDARY}" * 5000,
    ],
    ids=["empty", "text", "endless", "nameless", "base64", "many"],
)
def test_malformed_multipart_is_400(maas: Maas, body: str) -> None:
    """What cannot be read is refused in one line."""
    kind = f'multipart/form-data; boundary="{BOUNDARY}"'
    answer = maas.ask("POST", "tags/", data=body, headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_json_body_is_500_as_in_maas(maas: Maas) -> None:
    """MAAS 3.5 fails when it is sent JSON; we say why."""
    answer = maas.ask("POST", "machines/?op=allocate", json={"name": "server1"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PLAIN)
    assert answer.text.startswith("Cannot read a body of type application/json")


def test_huge_bodies_are_refused(maas: Maas) -> None:
    """413 for what is announced as too large, before it is sent, and for what turns out to be."""
    where = urlsplit(maas.address)
    with socket.create_connection((where.hostname, where.port), timeout=10) as raw:
        head = f"POST /MAAS/api/2.0/files/ HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n"
        raw.sendall(head.encode())
        announced = raw.recv(100).decode()

    def pieces() -> Iterator[bytes]:
        for _ in range(BODY_LIMIT // 1_000_000 + 1):
            yield b"x" * 1_000_000

    streamed = requests.post(
        f"{maas.url}files/",
        data=pieces(),
        auth=maas.auth(),
        headers={"Content-Type": PLAIN},
        timeout=10,
    )

    assert announced.startswith("HTTP/1.1 413")
    assert streamed.status_code == 413


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("events/?op=query&limit=many", "limit"),
        ("events/?op=query&limit=" + "9" * 6000, "limit"),
        ("machines/?mem=lots", "mem"),
        ("machines/?cpu_count=nan", "cpu_count"),
        ("machines/?status=bogus", "status"),
        ("machines/?zone=nope", "zone"),
        ("machines/?limit=2", "limit"),
        ("maas/?op=get_config&name=bogus", "bogus"),
    ],
)
def test_values_of_the_wrong_kind_are_400(maas: Maas, path: str, field: str) -> None:
    """The answer is an object that names the field."""
    answer = maas.ask("GET", path)

    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_measured_sentences_of_400(maas: Maas) -> None:
    """Sentences that clients may look for."""
    assert maas.ask("GET", "machines/?limit=2").json() == {"limit": ["No such constraint."]}
    assert maas.ask("GET", "machines/?zone=nope").json() == {"zone": ["No such zone(s): nope."]}
    assert (
        maas.ask("GET", "maas/?op=get_config&name=bogus")
        .json()["bogus"][0]
        .startswith("bogus is not a valid config setting (valid settings are: ")
    )


def test_too_many_parameters_and_strange_bytes(maas: Maas) -> None:
    """Nothing that a client sends makes a traceback."""
    many = maas.ask(
        "POST",
        "tags/",
        data="&".join(f"a{n}=1" for n in range(5000)),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    strange = maas.ask("GET", "machines/%00%ff%2f/")
    nul = maas.ask("POST", "tags/", data={"name": "a\x00b"})

    assert [many.status_code, strange.status_code, nul.status_code] == [400, 404, 400]
