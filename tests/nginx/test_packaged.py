"""What the package brings: it works as it is, and `nginx -T` shows it so that the harness can read it."""

from __future__ import annotations

import pytest

from harness.nginx import backends_for, split_dump
from simulators.embedded.host import Files
from simulators.nginx import ConfigurationError, load, packaged
from simulators.plan import SITE
from tests.nginx.stand import FIRST, SECOND, Kit, configured, host_files

OURS = SITE.replace("@first@", FIRST).replace("@second@", SECOND)


def test_first_page() -> None:
    """A fresh NGINX shows its welcome page on every address, port 80."""
    kit = Kit()

    assert kit.configuration.sockets == (("0.0.0.0", 80),)
    assert "Welcome to nginx!" in kit.get("/").body
    assert kit.get("/").header("server") == "nginx/1.22.1"
    assert kit.get("/tasks/").status == 404


def test_program_is_there() -> None:
    """`ls /usr/sbin/nginx` finds the program, and the stock site is enabled by a link."""
    files, links = packaged()

    assert "/usr/sbin/nginx" in files
    assert links == {"/etc/nginx/sites-enabled/default": "/etc/nginx/sites-available/default"}


def test_report() -> None:
    """`nginx -t` is content with it."""
    assert configured().report() == (
        "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
        "nginx: configuration file /etc/nginx/nginx.conf test is successful"
    )


def test_workers_follow_the_processors() -> None:
    """`worker_processes auto` means one for each processor."""
    assert load(host_files(), resolve=lambda _: None, processors=6).workers == 6


def test_dump_is_what_was_read() -> None:
    """`nginx -T` prints every file once, in the order read, under the name by which it was included."""
    dump = configured(OURS).dump()
    files = split_dump(dump)

    assert dump.startswith("# configuration file /etc/nginx/nginx.conf:\n")
    assert list(files) == ["/etc/nginx/nginx.conf", "/etc/nginx/mime.types", "/etc/nginx/sites-enabled/default"]
    assert f"{OURS}\n" == files["/etc/nginx/sites-enabled/default"]


def test_harness_reads_the_dump() -> None:
    """The harness finds the upstream servers in it."""
    passes, backends, _ = backends_for(split_dump(configured(OURS).dump()), 80, "/tasks/")

    assert passes
    assert [f"{FIRST}:8080", f"{SECOND}:8080"] == [backend.written for backend in backends]


def test_included_twice_is_dumped_once() -> None:
    """A file that two sites include is printed once."""
    site = "server { listen 81; include snippets/one.conf; } server { listen 82; include snippets/one.conf; }"
    dump = configured(site, {"/etc/nginx/snippets/one.conf": "root /srv;\n"}).dump()

    assert dump.count("# configuration file /etc/nginx/snippets/one.conf:") == 1


def test_warnings() -> None:
    """What NGINX takes with a warning is reported before its word that all is well."""
    report = configured("server { server_name a; } server { server_name a; }").report()

    assert report.splitlines()[0] == 'nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored'
    assert report.endswith("test is successful")


def test_names_matter_only_where_there_is_a_choice() -> None:
    """The only server of a socket may have any names."""
    assert "warn" not in configured("server { server_name a a *.b.*; }").report()


def test_sockets() -> None:
    """What listens on all addresses makes others on the port needless, and IPv6 opens nothing here."""
    site = "server { listen 80; listen 127.0.0.1:80; listen [::]:80; listen 127.0.0.1:81; listen [::]:82; }"

    assert configured(site).sockets == (("0.0.0.0", 80), ("127.0.0.1", 81))


def test_without_the_package() -> None:
    """A host without /etc/nginx/nginx.conf gets NGINX' own complaint."""
    with pytest.raises(ConfigurationError) as caught:
        load(Files(), resolve=lambda _: None)

    said = 'nginx: [emerg] open() "/etc/nginx/nginx.conf" failed (2: No such file or directory)'
    assert str(caught.value).splitlines()[0] == said
