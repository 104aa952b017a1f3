"""The catalogue's part about machines' life in MAAS: deployed again, failed at first."""

from __future__ import annotations

from dataclasses import replace

from simulators.entry import Change, Entry

OLD_ADDRESS = r"its settings\.py names \S+, where nobody answers, and the database host is at \S+ now"


def _both_by_address(change: Change) -> Change:
    """Return the change that has both settings.py name the database host by its address, before anything else."""
    return lambda plan: change(
        replace(
            plan,
            first=replace(plan.first, database="address"),
            second=replace(plan.second, database="address"),
        )
    )


MISTAKES: tuple[Entry, ...] = (
    Entry(
        "machine-redeployed",
        "mistake",
        "checkpoint-3",
        "The second server was released, deployed and set up again; NGINX' upstream names its old address.",
        lambda plan: replace(plan, redeployed=(plan.by_ansible,)),
        fails={
            "proxy-shares-requests": r"never answers",
            "proxy-uses-django-hosts": r"which is no Django server of this kit: \S+ is at \S+ now",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "database-redeployed",
        "mistake",
        "checkpoint-1",
        "PostgreSQL's machine was deployed and set up again; settings.py names its old address.",
        _both_by_address(lambda plan: replace(plan, redeployed=(plan.database,))),
        fails=dict.fromkeys(("first-django-uses-database", "database-shared"), OLD_ADDRESS),
    ),
)

VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "recovered-from-failure",
        "variation",
        "checkpoint-3",
        "The proxy's machine was deployed again, which failed; it was released, deployed once more, and set up.",
        lambda plan: replace(plan, redeployed=(plan.proxy,), recovered=(plan.proxy,)),
    ),
    Entry(
        "database-redeployed-by-name",
        "variation",
        "checkpoint-1",
        "PostgreSQL's machine was deployed and set up again; settings.py names it by its name, which moves along.",
        lambda plan: replace(plan, redeployed=(plan.database,)),
    ),
)
