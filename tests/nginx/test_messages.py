"""What `nginx -t` says of configurations that are wrong: word for word what nginx 1.22.1 says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulators.nginx import ConfigurationError, load
from tests.nginx.stand import NAMES, configured, host_files

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
