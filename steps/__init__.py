"""What each sentence of a feature means: thin, one module per subject; and the words that they share."""

from __future__ import annotations

import re

from harness.kit import Kit

HOSTS = ("the database host", "the first Django host", "the second Django host", "both Django hosts", "the proxy")
"""What sentences call those who play a part."""


def hosts_of(kit: Kit, words: str) -> dict[str, str]:
    """Return the hosts that words as `the database host and both Django hosts` mean, by what each of them plays.

    Raises ValueError for words that mean no host: a check about nobody would hold for every kit.
    """
    hosts: dict[str, str] = {}
    for each in re.split(r", | and ", words):
        match each:
            case "the database host":
                hosts[each] = kit.role("database")
            case "the first Django host":
                hosts[each] = kit.django_host(0)
            case "the second Django host":
                hosts[each] = kit.django_host(1)
            case "both Django hosts":
                hosts |= hosts_of(kit, "the first Django host and the second Django host")
            case "the proxy":
                hosts[each] = kit.role("proxy")
            case _:
                raise ValueError(f"{each!r} means no host; sentences know {', '.join(HOSTS)}")
    return hosts
