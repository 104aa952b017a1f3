"""Mistakes that are seen from checkpoint 2 on: the second Django server, and what Ansible did of it."""

from __future__ import annotations

from dataclasses import replace

from simulators.catalogue.changes import second
from simulators.entry import Entry

MISTAKES: tuple[Entry, ...] = (
    Entry(
        "database-unresolvable",
        "mistake",
        "checkpoint-2",
        "settings.py on the second server names a database host that nothing there resolves.",
        second(lambda django: replace(django, database="unresolvable")),
        fails={
            "both-django-answer": r"the name '\S+' does not resolve there",
            "messages-differ": r"answers nothing",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "database-not-shared",
        "mistake",
        "checkpoint-2",
        "The second server has a PostgreSQL of its own, and settings.py names localhost.",
        second(lambda django: replace(django, database="own-postgresql")),
        fails={"database-shared": r"keeps its data elsewhere"},
    ),
    Entry(
        "database-sqlite",
        "mistake",
        "checkpoint-2",
        "The second server keeps its data in an SQLite file.",
        second(lambda django: replace(django, database="sqlite")),
        fails={"database-shared": r"keeps its data elsewhere"},
    ),
    Entry(
        "wrong-port",
        "mistake",
        "checkpoint-2",
        "run.sh on the second server serves on port 8000.",
        second(lambda django: replace(django, port=8000)),
        fails={
            "both-django-answer": r"listens on port 8000, not on 8080",
            "messages-differ": r"answers nothing",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "second-by-hand",
        "mistake",
        "checkpoint-2",
        "The second server was installed by hand as well, without Ansible.",
        second(lambda django: replace(django, traces_of_ansible=False)),
        fails={"second-django-by-ansible": r"Ansible never worked on"},
    ),
    Entry(
        "second-started-by-hand",
        "mistake",
        "checkpoint-2",
        "The second server's entry that starts Django at boot was removed; it runs in a terminal.",
        second(lambda django: replace(django, starts_at_boot=False)),
        fails={"second-django-starts-at-boot": r"started by hand"},
    ),
    Entry(
        "machine-released",
        "mistake",
        "checkpoint-2",
        "The second server was released in MAAS.",
        lambda plan: replace(plan, released=(plan.by_ansible,)),
        fails={"three-machines-deployed": r"is 'Ready' in MAAS", "four-machines-deployed": r"is 'Ready' in MAAS"},
    ),
)
