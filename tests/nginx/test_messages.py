"""What `nginx -t` says of configurations that are wrong: word for word what nginx 1.22.1 says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulators.nginx import ConfigurationError, load
from tests.nginx.stand import NAMES, Kit, configured, host_files

APP = {"/etc/nginx/conf.d/app.conf": "upstream app { server 172.16.0.12:8080; }"}
SITE = "/etc/nginx/sites-enabled/default"
FAILED = "nginx: configuration file /etc/nginx/nginx.conf test failed"
FINE = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok"

TABLE = Path(__file__).with_name("wrong_sites.txt").read_text(encoding="utf-8")
WRONG = [
    (site.strip("\n") + "\n", said) for said, site in re.findall(r"^=== (.+)\n((?:(?!===).*\n)+)", TABLE, re.MULTILINE)
]

# What is found only once everything was read.
LATE = [
    ("upstream backend { server 172.16.0.12; zone z; }", 'zero size shared memory zone "z"'),
    (
        "proxy_cache_path /no/where/x keys_zone=x:1m;",
        'mkdir() "/no/where/x" failed (2: No such file or directory)',
    ),
    (
        "server { access_log /nowhere/access.log; }",
        'open() "/nowhere/access.log" failed (2: No such file or directory)',
    ),
]

MAIN = [
    ("http { }", True, 'no "events" section in configuration'),
    ("", True, 'no "events" section in configuration'),
    ("events { worker_connections x; }", False, 'invalid number "x" in /etc/nginx/nginx.conf:1'),
    ("worker_processes x; events { }", False, '"worker_processes" directive invalid value in /etc/nginx/nginx.conf:1'),
    ("events { }\nevents { }", False, '"events" directive is duplicate in /etc/nginx/nginx.conf:2'),
    ("events { use poll; }", False, 'invalid event type "poll" in /etc/nginx/nginx.conf:1'),
    ("events { } http { server { }", False, 'unexpected end of file, expecting "}" in /etc/nginx/nginx.conf:1'),
]


def test_table_is_read() -> None:
    """Every site of the table is tested."""
    assert TABLE.count("\n=== ") == len(WRONG) > 80


def complaint(site: str) -> str:
    """Return what `nginx -t` says of a site that is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        configured(site, APP)
    return str(caught.value)


@pytest.mark.parametrize(("site", "said"), WRONG)
def test_wrong_site(site: str, said: str) -> None:
    """The first thing that is wrong is named, with the line where NGINX has come to."""
    expected = f"nginx: [emerg] {said.replace('SITE:', f'{SITE}:')}\n{FAILED}"

    assert expected == complaint(site)


@pytest.mark.parametrize(("site", "said"), LATE)
def test_found_at_the_start(site: str, said: str) -> None:
    """What fails when NGINX opens its files comes after the word that the syntax is right."""
    assert f"{FINE}\nnginx: [emerg] {said}\n{FAILED}" == complaint(site)


@pytest.mark.parametrize(("text", "late", "said"), MAIN)
def test_wrong_main_file(text: str, *, late: bool, said: str) -> None:
    """The same holds for nginx.conf itself."""
    with pytest.raises(ConfigurationError) as caught:
        load(host_files(more={"/etc/nginx/nginx.conf": text}), resolve=NAMES.get)

    assert (f"{FINE}\n" if late else "") + f"nginx: [emerg] {said}\n{FAILED}" == str(caught.value)


def test_address_of_another_machine() -> None:
    """NGINX cannot listen on an address that its machine has not; on its own, and on all of 127, it can."""
    site = "server {{ listen {}:8080; }}"
    own = ("172.16.0.14",)

    with pytest.raises(ConfigurationError) as caught:
        load(host_files(site.format("172.16.0.99")), resolve=NAMES.get, addresses=own)

    fault = "nginx: [emerg] bind() to 172.16.0.99:8080 failed (99: Cannot assign requested address)"
    assert str(caught.value) == f"{FINE}\n{fault}\n{FAILED}"
    for address in ("172.16.0.14", "127.0.0.1", "127.0.0.53", "localhost"):
        assert load(host_files(site.format(address)), resolve=NAMES.get, addresses=own).sockets


def test_warnings_come_first() -> None:
    """What was warned of before is said before the complaint."""
    said = complaint("server { server_name a; } server { server_name a; access_log /nowhere/x; }")

    assert said.splitlines() == [
        'nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored',
        FINE,
        'nginx: [emerg] open() "/nowhere/x" failed (2: No such file or directory)',
        FAILED,
    ]


def test_folder_instead_of_a_file() -> None:
    """An include that names a folder cannot be read."""
    with pytest.raises(ConfigurationError) as caught:
        configured("include /etc/nginx/snippets;", {"/etc/nginx/snippets/x.conf": ""})

    assert str(caught.value) == f'nginx: [crit] pread() "/etc/nginx/snippets" failed (21: Is a directory)\n{FAILED}'


def test_addresses_that_are_numbers() -> None:
    """A number alone is an address to the resolver, and no port: `server 8080;` means 0.0.31.144."""
    kit = Kit("upstream backend { server 8080; } server { location / { proxy_pass http://backend; } }")

    assert kit.get("/").status == 502
    assert kit.connections == [("0.0.31.144", 80)]
