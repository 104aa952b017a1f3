"""What each sentence of a feature means: thin, one module per subject; and the words that they share."""

from __future__ import annotations

from harness.kit import Kit


def hosts_of(kit: Kit, words: str) -> dict[str, str]:
    """Return the hosts that words as `the database host and both Django hosts` mean, by what each of them plays."""
    hosts: dict[str, str] = {}
    if "the database host" in words:
        hosts["the database host"] = kit.role("database")
    if "first Django host" in words or "both Django hosts" in words:
        hosts["the first Django host"] = kit.django_host(0)
    if "second Django host" in words or "both Django hosts" in words:
        hosts["the second Django host"] = kit.django_host(1)
    if "the proxy" in words:
        hosts["the proxy"] = kit.role("proxy")
    return hosts
