"""Looks at NGINX: its configuration as it is in force, its answers, and who asks the Django servers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.errors import CheckFailed, KitError
from harness.judging.proxy import BAD_GATEWAY, ProxyConfig, judge_round_robin
from harness.judging.web import Answer
from harness.nginx import backends_for, split_dump
from harness.observing.web import page

if TYPE_CHECKING:
    from harness.kit import Kit

REQUESTS = 120
"""Requests that show the shares: NGINX' workers each go round by themselves, so few can look unfair on a good kit."""
CLEAR_REQUESTS, CLEAR_SHARE = 48, 0.45
"""Requests after which no more are needed when each of two servers had this share of them: an unfair proxy, which
gives one server less than 0.4, does not come that close."""
FEW_REQUESTS = 24
"""Requests that show whether a server is used at all."""
PENALTY = 11.0
"""Seconds after which NGINX tries a server again that failed once (its `fail_timeout` is 10 s by default)."""


def config(kit: Kit) -> ProxyConfig:
    """Return how NGINX on the proxy host is configured, and what listens on the proxy's port."""
    name, port = kit.role("proxy"), kit.description.proxy.port
    commands = {
        "dump": "sudo -n nginx -T",
        "listeners": f"sudo -n ss -Hltnp 'sport = :{port}'",
        "installed": "ls /usr/sbin/nginx",
    }
    done = kit.for_each(commands, lambda what: kit.run(name, commands[what]))
    listeners = tuple(sorted(set(re.findall(r'\("([^"]{1,64})"', done["listeners"].text))))
    dump = done["dump"]
    if dump.exit_status != 0:
        return ProxyConfig(
            name, done["installed"].exit_status == 0, False, _complaint(dump.error_text), listeners, passes=False
        )
    passes, backends, note = backends_for(split_dump(dump.text), port, kit.description.django.path)
    return ProxyConfig(name, True, True, "", listeners, passes, backends, note)


def _complaint(text: str) -> str:
    """Return the line of `nginx -t` that says what is wrong, without program, time and process before it.

    NGINX 1.22 says `nginx: [emerg] ...`, or, once it has a log, `2026/11/22 00:20:42 [emerg] 60#60: ...`.
    """
    lines = [line.strip() for line in text.splitlines() if "[emerg]" in line or "[alert]" in line]
    said = (lines or [text.strip().partition("\n")[0] or "nginx -T failed"])[0].removeprefix("nginx: ")
    return re.sub(r"^[\d/]{10} [\d:]{8} (\[\w+\]) \d+#\d+:", r"\1", said)[:300]


def direct(kit: Kit) -> dict[str, Answer]:
    """Return what each Django server answers at the group's path when asked directly."""
    django = kit.description.django
    return kit.for_each(kit.django, lambda host: page(kit, host, django.port, django.path))


def aliases(kit: Kit, host: str) -> set[str]:
    """Return what a configuration may call a host: its name, with and without domain, and its addresses."""
    return {host.lower(), kit.machine(host).fqdn.lower(), *kit.addresses(host)}


def answering_without(kit: Kit, proxied: Answer) -> set[str]:
    """Return what the Django hosts are called that answer directly, when NGINX says that it got no answer from them."""
    if proxied.status not in BAD_GATEWAY:
        return set()
    try:
        working = [host for host, answer in direct(kit).items() if answer.status == 200]
        return {alias for host in working for alias in aliases(kit, host)}
    except (CheckFailed, KitError):
        # NGINX has told enough: whether others can reach them only makes the cause clearer
        return set()


def through_proxy(kit: Kit) -> Answer:
    """Return what the proxy answers at the group's path."""
    return page(kit, kit.role("proxy"), kit.description.proxy.port, kit.description.django.path)


def many_through_proxy(kit: Kit, *, pause: Callable[[float], None] = time.sleep) -> list[Answer]:
    """Return the proxy's answers to many requests, each on a connection of its own, several at a time.

    Shares that are clear after CLEAR_REQUESTS need no more. Those that are not fair are looked at a second time after
    PENALTY seconds: a server that was restarted, or slow for a moment, is left out that long by a correct NGINX.
    """
    known = direct(kit)
    told_apart = len({answer.body for answer in known.values()}) == len(known)
    answers = _many(kit, CLEAR_REQUESTS)
    if told_apart and judge_round_robin(known, answers, CLEAR_SHARE).holds:
        return answers
    answers += _many(kit, REQUESTS - CLEAR_REQUESTS)
    if told_apart and not judge_round_robin(known, answers).holds:
        pause(PENALTY)
        answers = _many(kit, REQUESTS)
    return answers


def is_shared(kit: Kit) -> bool:
    """Return whether the proxy brings answers of every Django server now."""
    answers = {answer.body for answer in _many(kit, FEW_REQUESTS)}
    return {answer.body for answer in direct(kit).values()} <= answers


def _many(kit: Kit, count: int) -> list[Answer]:
    return list(kit.for_each(range(count), lambda _: through_proxy(kit)).values())


def peers(kit: Kit) -> dict[str, frozenset[str]]:
    """Return, for each Django host, the addresses of whoever is or was just connected to Django's port.

    Linux keeps the server's side of a closed connection for 60 s (TIME-WAIT), so a look after the requests is enough.
    """
    port = kit.description.django.port

    def seen(host: str) -> frozenset[str]:
        lines = kit.run(host, f"ss -Htan 'sport = :{port}'").text.splitlines()
        remote = [fields[4].rpartition(":")[0] for line in lines if len(fields := line.split()) >= 5]
        return frozenset(a.strip("[]").removeprefix("::ffff:") for a in remote if a != "0.0.0.0" and "*" not in a)  # noqa: S104

    return kit.for_each(kit.django, seen)
