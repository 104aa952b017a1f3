"""What a group installs by the handout's lines: apt with its question, and files from the web."""

from __future__ import annotations

from pathlib import Path

import pytest

import simulators
from simulators.charms.grafana import GOOD_KEY
from simulators.embedded import handout
from simulators.embedded.host import Host
from simulators.embedded.shell import converse
from tests.embedded_shell.machines import machine, play, ran

PLAYBOOK = "https://raw.githubusercontent.com/raulikeda/tasks/master/tasks-install-playbook.yaml"
APP = Path(simulators.__file__).parent / "tasks" / "app"


def furnished() -> Host:
    """Return a machine of a kit."""
    host = machine()
    handout.furnish(host)
    return host


async def answer(host: Host, *said: str) -> str:
    """Say lines at a terminal; return the screen."""
    await host.boot()
    lines, shown = list(said), bytearray()

    async def read_line() -> str | None:
        return lines.pop(0) if lines else None

    await converse(host, host.user, read_line, shown.extend)
    return shown.decode()


@pytest.mark.parametrize(("said", "installed"), [("", True), ("Y", True), ("yes", True), ("n", False), ("what", False)])
def test_apt_asks_before_it_installs_more_than_was_named(said: str, installed: bool) -> None:
    """At a terminal, where Enter is a yes; nothing is said of an unstable interface there."""
    host = furnished()
    shown = play(answer(host, "sudo apt install nginx", said))

    assert "The following additional packages will be installed:\n  nginx-common\n" in shown
    assert "Do you want to continue? [Y/n] " in shown
    assert ("Setting up nginx ...\n" in shown, "Abort.\n" in shown) == (installed, not installed)
    assert ("nginx" in host.units and host.units["nginx"].active) == installed
    assert "WARNING" not in shown


def test_nobody_there_is_a_no() -> None:
    """Without a terminal the question meets the end of the input; `-y` and `yes` answer it."""
    host = furnished()
    refused = ran(host, "sudo apt-get install nginx")

    assert (refused.status, refused.out.splitlines()[-1]) == (1, "Abort.")
    assert ran(host, "echo y | sudo apt-get install nginx").status == 0
    assert ran(host, "curl -s localhost | grep -c 'Welcome to nginx'").out == "2\n"
    again = ran(host, "sudo apt-get install -y nginx")
    assert again.out.splitlines()[-2:] == [
        "nginx is already the newest version (1.22.1-9+deb12u2).",
        "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.",
    ]


def test_what_apt_refuses() -> None:
    """Whoever is not root, and packages that the mirror does not have."""
    host = furnished()
    user = ran(host, "apt-get install -y nginx")
    lists = ran(host, "apt-get update")
    unknown = ran(host, "sudo apt-get install -y nginx ngnix")

    assert (user.status, user.err.splitlines()[-1]) == (
        100,
        "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?",
    )
    assert (lists.status, "Permission denied" in lists.err) == (100, True)
    assert (unknown.status, unknown.err) == (100, "E: Unable to locate package ngnix\n")
    assert "nginx" not in host.units


def test_a_site_that_was_written_stays_when_nginx_is_installed_again() -> None:
    """apt leaves alone what is there."""
    host = furnished()
    ran(host, "sudo apt-get install -y nginx")
    host.files.write("/etc/nginx/sites-available/default", "server { listen 81; return 200 mine; }\n")
    ran(host, "sudo apt-get install -y nginx && sudo service nginx restart")

    assert ran(host, "curl -s localhost:81").out == "mine"


def test_postgresql_is_installed_and_runs() -> None:
    """Its cluster takes commands at once."""
    host = furnished()
    ran(host, "sudo apt-get install -y postgresql postgresql-contrib")
    made = ran(host, "cd / && sudo -u postgres createuser -s cloud && sudo -u postgres createdb -O cloud tasks")

    assert made.status == 0
    assert ran(host, "cd / && sudo -u postgres psql -qAtXc 'select 1' tasks").out == "1\n"


def test_wget_keeps_a_file() -> None:
    """Under the name that it has there; a second one gets a number, and what is not there is an error."""
    host = furnished()
    first = ran(host, f"wget {PLAYBOOK}")
    second = ran(host, f"wget -q {PLAYBOOK}; ls")
    missing = ran(host, f"wget {PLAYBOOK}x")

    assert first.status == 0
    assert host.files.read("/home/ubuntu/tasks-install-playbook.yaml") == (
        APP / "tasks-install-playbook.yaml"
    ).read_bytes().replace(b"\r\n", b"\n")
    assert "Saving to: \u2018tasks-install-playbook.yaml\u2019" in first.err
    assert second.out == "tasks-install-playbook.yaml\ntasks-install-playbook.yaml.1\n"
    assert (missing.status, "ERROR 404." in missing.err) == (8, True)
    assert ran(host, "wget http://nosuch.example/x").status == 4


def test_grafanas_key() -> None:
    """The repair of the handout: fetched, and believed by apt."""
    host = furnished()
    done = ran(host, "wget -q -O - https://packages.grafana.com/gpg.key | sudo apt-key add - && sudo apt-get update")

    assert done.out.splitlines()[0] == "OK"
    assert done.out.splitlines()[-1] == "Reading package lists... Done"
    assert GOOD_KEY.encode() in host.files.read("/etc/apt/trusted.gpg")
