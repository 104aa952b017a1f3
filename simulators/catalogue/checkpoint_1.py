"""Mistakes that are seen from checkpoint 1 on: PostgreSQL, and Django installed by hand."""

from __future__ import annotations

from dataclasses import replace

from simulators.catalogue.changes import first, postgresql, says
from simulators.entry import Entry
from simulators.plan import Postgresql

MISTAKES: tuple[Entry, ...] = (
    Entry(
        "database-local-only",
        "mistake",
        "checkpoint-1",
        "listen_addresses was left at localhost; Django was started afterwards.",
        postgresql(Postgresql(listen_addresses="localhost")),
        fails={
            "database-accepts-network": r"listens only for \S+ itself",
            "first-django-answers": r"started without its database",
            "both-django-answer": r"started without its database",
            "messages-differ": r"answers nothing",
            "proxy-answers": r"502: none of",
        },
    ),
    Entry(
        "database-refuses-network",
        "mistake",
        "checkpoint-1",
        "pg_hba.conf has no line for the kit's network; Django was started afterwards.",
        postgresql(Postgresql(hba="")),
        fails={
            "database-accepts-network": r"pg_hba\.conf has no line for them",
            "first-django-answers": r"stopped while starting",
            "both-django-answer": r"stopped while starting",
            "messages-differ": r"answers nothing",
            "proxy-answers": r"502: none of",
        },
    ),
    Entry(
        "database-down-but-unit-active",
        "mistake",
        "checkpoint-1",
        "The PostgreSQL cluster was stopped after Django had started; `systemctl status postgresql` still says active.",
        postgresql(Postgresql(running=False), restarted=False),
        fails={
            "database-accepts-network": r"the PostgreSQL cluster is down\. The unit 'postgresql' says active",
            "database-shared": r"cannot use its database",
        },
    ),
    Entry(
        "role-missing",
        "mistake",
        "checkpoint-1",
        "The role cloud was never made; Django was started afterwards.",
        postgresql(Postgresql(has_role=False)),
        fails={
            "database-accepts-network": r"has no role 'cloud'",
            "first-django-answers": r"stopped while starting",
            "both-django-answer": r"stopped while starting",
            "messages-differ": r"answers nothing",
            "proxy-answers": r"502: none of",
        },
    ),
    Entry(
        "database-missing",
        "mistake",
        "checkpoint-1",
        "The database tasks was never made; Django was started afterwards.",
        postgresql(Postgresql(has_database=False)),
        fails={
            "database-accepts-network": r"has no database 'tasks'",
            "first-django-answers": r"stopped while starting",
            "both-django-answer": r"stopped while starting",
            "messages-differ": r"answers nothing",
            "proxy-answers": r"502: none of",
        },
    ),
    Entry(
        "role-missing-password-asked",
        "mistake",
        "checkpoint-1",
        "pg_hba.conf wants a password from the kit's network, and the role cloud was never made.",
        postgresql(Postgresql(hba="host all all @network@ scram-sha-256", has_role=False)),
        fails={
            "database-has-application": r"has no role 'cloud'",
            "first-django-answers": r"stopped while starting",
            "both-django-answer": r"stopped while starting",
            "messages-differ": r"answers nothing",
            "proxy-answers": r"502: none of",
        },
    ),
    Entry(
        "first-database-not-shared",
        "mistake",
        "checkpoint-1",
        "The first server has a PostgreSQL of its own, and settings.py names localhost.",
        first(lambda django: replace(django, database="own-postgresql")),
        fails={
            "first-django-uses-database": r"keeps its data elsewhere",
            "database-shared": r"do not share one database",
        },
    ),
    Entry(
        "first-machine-released",
        "mistake",
        "checkpoint-1",
        "The first Django server was released in MAAS.",
        lambda plan: replace(plan, released=(plan.by_hand,)),
        fails=dict.fromkeys(
            ("two-machines-deployed", "three-machines-deployed", "four-machines-deployed"), r"is 'Ready' in MAAS"
        ),
    ),
    Entry(
        "started-by-hand",
        "mistake",
        "checkpoint-1",
        "Django on the first server was started in a terminal; nothing starts it after a reboot.",
        first(lambda django: replace(django, starts_at_boot=False)),
        fails={"first-django-starts-at-boot": r"started by hand"},
    ),
    Entry(
        "wrong-path",
        "mistake",
        "checkpoint-1",
        "kit.yaml names a path that urls.py does not have.",
        says(django__path="/tasks/gruppo/"),
        fails={
            "first-django-answers": r"answers 404 at /tasks/gruppo/",
            "both-django-answer": r"answers 404 at /tasks/gruppo/",
            "messages-differ": r"answers 404",
            "proxy-answers": r"answers 404",
        },
    ),
)
