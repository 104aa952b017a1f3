"""What keeps us from telling about checkpoints 1 to 3: the way to the kit, MAAS, servers that never answer."""

from __future__ import annotations

from dataclasses import replace

from simulators.catalogue.changes import both, says
from simulators.entry import EVERYTHING, Entry

NOTHING_HEARD = r"was not done after \d+ s|had not answered after \d+ s"

FAULTS: tuple[Entry, ...] = (
    Entry(
        "kit-unreachable",
        "fault",
        "checkpoint-1",
        "Nobody listens at the kit's address.",
        lambda plan: replace(plan, road="closed"),
        errors={EVERYTHING: r"refused|cannot be reached|nobody"},
    ),
    Entry(
        "wrong-password",
        "fault",
        "checkpoint-1",
        "The password for main is wrong.",
        says(access__identity=None, access__password="not-the-password"),  # noqa: S106 -- it opens nothing
        errors={EVERYTHING: r"refuses our credentials"},
    ),
    Entry(
        "maas-key-refused",
        "fault",
        "checkpoint-1",
        "The API key is another kit's.",
        says(maas__api_key="aaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbb:cccccccccccccccccccccccccccccccc"),
        errors={EVERYTHING: r"MAAS refused the API key"},
    ),
    Entry(
        "maas-down",
        "fault",
        "checkpoint-1",
        "MAAS answers 503 for ever.",
        lambda plan: replace(plan, maas_fault={"operation": "*", "status": 503}),
        errors={EVERYTHING: r"still answers machines/ with 503"},
    ),
    Entry(
        "maas-busy",
        "fault",
        "checkpoint-1",
        "MAAS answers 503 twice, and asks to come back in a second.",
        lambda plan: replace(
            plan,
            maas_fault={"operation": "machines.*", "status": 503, "headers": {"Retry-After": "1"}, "times": 2},
        ),
    ),
    Entry(
        "server-hangs",
        "fault",
        "checkpoint-1",
        "The database host takes logins, and no command on it ever ends.",
        lambda plan: replace(plan, hanging=(plan.database,)),
        errors={"database-accepts-network": NOTHING_HEARD, "database-shared": NOTHING_HEARD},
    ),
    Entry(
        "http-hangs",
        "fault",
        "checkpoint-1",
        "Both Django servers take requests and never answer.",
        both(lambda django: replace(django, answers="nothing")),
        errors=dict.fromkeys(
            ("first-django-answers", "both-django-answer", "messages-differ", "proxy-answers"), NOTHING_HEARD
        ),
    ),
    Entry(
        "http-endless-body",
        "fault",
        "checkpoint-1",
        "Both Django servers send a page that never ends.",
        both(lambda django: replace(django, answers="endless")),
        errors=dict.fromkeys(
            ("first-django-answers", "both-django-answer", "messages-differ", "proxy-answers"), r"more than \d+ bytes"
        ),
    ),
    Entry(
        "connection-lost-half-way",
        "fault",
        "checkpoint-2",
        "The way to the kit ends in the middle of grading.",
        lambda plan: replace(plan, road_ends_after="both-django-answer"),
        errors=dict.fromkeys(
            (
                "database-shared",
                "second-django-by-ansible",
                "second-django-starts-at-boot",
                "four-machines-deployed",
            ),
            r"lost|refused|reached",
        ),
    ),
)
