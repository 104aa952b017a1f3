"""What the handout's two ways of installing the application leave on a host: files, tables, an entry that starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.embedded.django_site import texts
from simulators.embedded.django_site.python3 import python3
from simulators.embedded.django_site.site import Site
from simulators.embedded.postgresql import ConnectionFailedError
from simulators.tasks.editing import ANSIBLE_MARK, SETTINGS, START, with_database

if TYPE_CHECKING:
    from simulators.embedded.host import Host

REPOSITORY = "https://github.com/raulikeda/tasks.git"
GIT_CONFIG = f"""\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
[remote "origin"]
\turl = {REPOSITORY}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "master"]
\tremote = origin
\tmerge = refs/heads/master
"""
MODULES = ("apt", "git", "command", "command", "cron", "reboot")
"""What the playbook has Ansible do on the host, in order."""


class NoDatabaseError(Exception):
    """The installation ends before anything starts: its `migrate` reaches no database. The message is the driver's."""


def clone(host: Host) -> None:
    """Let `git clone` have brought the application to /home/ubuntu/tasks, and Python 3 with Django be installed."""
    for path, content in texts.original().items():
        host.files.write(f"{texts.FOLDER}/{path}", content)
    for path, content in {"HEAD": "ref: refs/heads/master\n", "config": GIT_CONFIG}.items():
        host.files.write(f"{texts.FOLDER}/.git/{path}", content)
    host.commands["python3"] = python3


def install_by_hand(host: Host, database: str) -> None:
    """Do what `git clone` and install.sh do, settings.py naming the host `database`; it starts at the next boot.

    Raises NoDatabaseError.
    """
    clone(host)
    name_database(host, database)
    make_tables(host)
    add_start_entry(host, START)


def install_by_ansible(host: Host, database: str) -> None:
    """Do what the playbook does, with what Ansible leaves behind. Raises NoDatabaseError."""
    for number, module in enumerate(MODULES):
        host.journal.append(f"python3[{1200 + 40 * number}]: ansible-ansible.builtin.{module} Invoked")
    host.files.make_folder("/home/ubuntu/.ansible/tmp")
    clone(host)
    name_database(host, database)
    make_tables(host)
    add_start_entry(host, f"{ANSIBLE_MARK}\n{START}")


def name_database(host: Host, database: str) -> None:
    """Let settings.py name another host of PostgreSQL, as `sed` would. Raises KitError when it names none."""
    host.files.write(SETTINGS, with_database(host.files.read(SETTINGS).decode(), database))


def make_tables(host: Host) -> None:
    """Do what `migrate` and `ensure_superuser` do in the database that settings.py leads to, if it has no tables.

    Raises NoDatabaseError.
    """
    from simulators.embedded.django_site.tables import fill

    try:
        found = Site(host).database()
    except ConnectionFailedError as error:
        raise NoDatabaseError(str(error)) from error
    if found.is_empty:
        fill(found)


def add_start_entry(host: Host, entry: str) -> None:
    """Add an entry to ubuntu's crontab unless it is there."""
    table = host.crontabs.get("ubuntu", "")
    if entry not in table:
        host.crontabs["ubuntu"] = f"{table}{entry}\n"
