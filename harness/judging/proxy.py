"""Does NGINX share requests between the Django servers, and do they see it do so?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.finding import Finding, fails, holds, sentence_list
from harness.judging.web import Answer

LEAST_SHARE = 0.4
"""Least share of the requests that each of two servers must get. Each NGINX worker goes round by itself, so shares
differ a little on a correct proxy; two to one (weights) is below it."""

BAD_GATEWAY = frozenset({502, 503, 504})
"""Statuses with which NGINX says that it got no answer from those it passes requests to."""
NGINX_HELP = "On the proxy: sudo nginx -t names the file and line; then sudo systemctl restart nginx."


@dataclass(frozen=True, slots=True)
class Backend:
    """One server that NGINX passes requests to, as its configuration writes it."""

    host: str
    port: int
    """80 when the configuration names none: that is NGINX' default."""
    written: str
    """The address as written: `172.16.0.7:8080`."""
    flags: tuple[str, ...] = ()
    """Further words: `weight=3`, `backup`, `down`."""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """What is seen of NGINX on the proxy host."""

    host: str
    installed: bool
    valid: bool
    """Whether `nginx -t` accepts the configuration."""
    message: str
    """What `nginx -t` says, when it does not."""
    listeners: tuple[str, ...]
    """Programs that listen on the proxy's port."""
    passes: bool
    """Whether the configuration passes the graded path on to another server at all."""
    backends: tuple[Backend, ...] = ()
    """Where it passes it to."""
    note: str = ""
    """Anything that a person should know about how it was read."""


def judge_messages_differ(direct: Mapping[str, Answer], path: str) -> Finding:
    """Judge whether each Django server says something of its own, so that balance can be shown."""
    expected = f"each Django server answers 200 at {path} with a text of its own"
    observed = "; ".join(f"{host}: {answer.describe()}" for host, answer in direct.items())
    for host, answer in direct.items():
        if answer.status != 200:
            return fails(
                f"{host} answers {answer.status if answer.status is not None else 'nothing'} at {path}.",
                help="The path that you created must exist on both servers: compare their tasks/urls.py, "
                "and django.path in kit.yaml.",
                expected=expected,
                observed=observed,
            )
    for text, count in Counter(answer.body for answer in direct.values()).items():
        if count > 1:
            same = [host for host, answer in direct.items() if answer.body == text]
            return fails(
                f"{sentence_list(same)} say the same, so nobody can tell which of them answered.",
                help="Change the message of index in tasks/views.py so that the servers differ.",
                expected=expected,
                observed=observed,
            )
    return holds(expected=expected, observed=observed)


def judge_proxy_answers(
    answer: Answer, config: ProxyConfig, path: str, backend_port: int, answering: Collection[str] = ()
) -> Finding:
    """Judge whether a request to the proxy is answered through NGINX; name the cause when it is not.

    `answering` are the names and addresses of the Django hosts that answer when they are asked directly.
    """
    expected = f"NGINX on {config.host} answers 200 at {path}"
    observed = answer.describe()
    if answer.status is None:
        return _judge_not_running(config, expected, observed)
    if "nginx" not in answer.server.lower():
        return fails(
            f"What answers on {config.host} is not NGINX but '{answer.server or 'unnamed'}'.",
            help="Check roles.proxy and proxy.port in kit.yaml: a tunnel or rule may lead to a Django server instead.",
            expected=expected,
            observed=observed,
        )
    if "Welcome to nginx" in answer.body or not config.passes:
        return fails(
            f"The site that answers on {config.host} is not the load balancer: "
            + (
                "it is the page that NGINX' package brings along."
                if "Welcome to nginx" in answer.body
                else "its configuration passes no request on."
            ),
            help="Put upstream and proxy_pass into sites-available/default (or remove the packaged site from "
            "sites-enabled), then sudo service nginx restart.",
            expected=expected,
            observed=observed,
        )
    if answer.status in BAD_GATEWAY:
        return _judge_bad_gateway(answer, config, backend_port, {a.lower() for a in answering}, expected, observed)
    if answer.status != 200:
        return fails(
            f"The proxy answers {answer.status} at {path}, not 200.",
            help="Ask each Django server for the same path directly; then look at proxy_pass: a path behind the "
            "upstream's name replaces the location's.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def _judge_not_running(config: ProxyConfig, expected: str, observed: str) -> Finding:
    if not config.installed:
        rationale, advice = f"NGINX is not installed on {config.host}.", "On the proxy: sudo apt install nginx."
    elif not config.valid:
        rationale = f"NGINX on {config.host} is not running: its configuration is broken ({config.message})."
        advice = NGINX_HELP
    else:
        rationale, advice = f"NGINX on {config.host} is not running.", "On the proxy: sudo systemctl restart nginx."
    return fails(rationale, help=advice, expected=expected, observed=observed)


def _judge_bad_gateway(
    answer: Answer, config: ProxyConfig, backend_port: int, answering: Collection[str], expected: str, observed: str
) -> Finding:
    portless = [b.written for b in config.backends if ":" not in b.written and b.port != backend_port]
    if portless:
        return fails(
            f"NGINX answers {answer.status}: its upstream names {sentence_list(portless)} without a port, "
            f"which means port 80, and Django listens on {backend_port}.",
            help=f"Write `server {portless[0]}:{backend_port};` in the upstream, then sudo service nginx restart.",
            expected=expected,
            observed=observed,
        )
    named = sentence_list([b.written for b in config.backends])
    if config.backends and all(b.host.lower() in answering and b.port == backend_port for b in config.backends):
        return fails(
            f"NGINX answers {answer.status}, though its configuration names {named}, which answer when they are asked "
            "directly: it has not read that since it was changed, or cannot reach them.",
            help="On the proxy: sudo service nginx restart; then see /var/log/nginx/error.log.",
            expected=expected,
            observed=observed,
        )
    return fails(
        f"NGINX answers {answer.status}: none of {named} answers it.",
        help="Check that Django runs on those addresses and ports: a released machine comes back with another address.",
        expected=expected,
        observed=observed,
    )


def judge_backends(config: ProxyConfig, django: Mapping[str, Collection[str]], port: int) -> Finding:
    """Judge whether NGINX is the entry point and passes requests to exactly the Django servers.

    `django` gives each Django host's names and addresses: any of them may be written in the configuration.
    """
    expected = f"NGINX on {config.host} passes requests to {sentence_list(list(django))}, port {port}, and nowhere else"
    observed = ", ".join(" ".join([b.written, *b.flags]) for b in config.backends) or config.message or "no upstream"
    if not config.installed or not config.valid:
        return _judge_not_running(config, expected, observed)
    if config.listeners and not any("nginx" in name for name in config.listeners):
        return fails(
            f"The program that listens on {config.host} is {sentence_list(list(config.listeners))}, not NGINX.",
            help="Stop the other program and start NGINX.",
            expected=expected,
            observed=observed,
        )
    if not config.passes:
        return fails(
            f"The site that NGINX on {config.host} serves passes no request on.",
            help="Put upstream and proxy_pass into the enabled site; nginx -T shows what is really in force.",
            expected=expected,
            observed=observed,
        )
    named = {alias: host for host, aliases in django.items() for alias in aliases}
    in_use = [b for b in config.backends if "down" not in b.flags]
    unnamed = [host for host in django if host not in {named.get(b.host.lower()) for b in config.backends}]
    for backend in in_use:
        if backend.host.lower() not in named:
            return fails(
                f"NGINX passes requests to {backend.written}, which is no Django server of this kit"
                + _where_they_are(unnamed, django)
                + ".",
                help="Correct the upstream: a machine that was released and deployed again has another address.",
                expected=expected,
                observed=observed,
            )
        if backend.port != port:
            return fails(
                f"NGINX asks {backend.written} on port {backend.port}, and Django listens on {port}.",
                help=f"Write `server {backend.host}:{port};` in the upstream.",
                expected=expected,
                observed=observed,
            )
    reached = {named[b.host.lower()] for b in in_use if "backup" not in b.flags}
    if missing := [host for host in django if host not in reached]:
        return fails(
            f"The upstream of NGINX does not use {sentence_list(missing)}.",
            help=f"Add one `server <address>:{port};` line for each Django server to the upstream.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def _where_they_are(hosts: Sequence[str], django: Mapping[str, Collection[str]]) -> str:
    """Say at which addresses the Django hosts are that no backend names; nothing when each has its backend."""
    found = {host: [each for each in django[host] if _is_address(each)] for host in hosts}
    said = [f"{host} is at {' and '.join(sorted(addresses))}" for host, addresses in found.items() if addresses]
    return f": {sentence_list(said)} now" if said else ""


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", text))


def judge_round_robin(
    direct: Mapping[str, Answer], proxied: Sequence[Answer], least_share: float = LEAST_SHARE
) -> Finding:
    """Judge whether the proxy's answers are those of all Django servers, in fair shares, in any order.

    `least_share` is what each of two servers must get.
    """
    expected = (
        f"{len(proxied)} answers, each one that a Django server gives, "
        f"at least {least_share:.0%} from each of {sentence_list(list(direct))}"
    )
    by_text = {answer.body: host for host, answer in direct.items()}
    counts: Counter[str] = Counter(dict.fromkeys(direct, 0))
    strangers: list[Answer] = []
    for answer in proxied:
        host = by_text.get(answer.body) if answer.status == 200 else None
        if host is None:
            strangers.append(answer)
        else:
            counts[host] += 1
    observed = ", ".join(f"{host}: {count}" for host, count in counts.items())
    if strangers:
        observed += f", others: {len(strangers)} (as {strangers[0].describe()})"
        return fails(
            f"{len(strangers)} of {len(proxied)} answers through the proxy are not what any Django server says.",
            help="Something else answers for them: look at the upstream's servers, and for pages of NGINX' own.",
            expected=expected,
            observed=observed,
        )
    if silent := [host for host, count in counts.items() if count == 0]:
        return fails(
            f"All {len(proxied)} answers through the proxy come from "
            f"{sentence_list([h for h in counts if h not in silent])}: {sentence_list(silent)} never answers.",
            help="Both servers belong into the upstream, at the addresses that they have now, without ip_hash, backup "
            "or a cache; and both must be running: NGINX skips a dead one without a word.",
            expected=expected,
            observed=observed,
        )
    least = min(counts.values()) / len(proxied)
    if least < least_share * 2 / len(direct):
        return fails(
            f"The requests are not shared evenly: {observed}.",
            help="Remove weights and other balancing directives from the upstream: round robin is NGINX' default.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_seen_by_django(peers: Mapping[str, Collection[str]], proxy: str, proxy_addresses: Collection[str]) -> Finding:
    """Judge whether every Django host has connections from the proxy (`peers`: remote addresses seen at each)."""
    expected = f"connections from {proxy} ({', '.join(proxy_addresses)}) on every Django server"
    observed = "; ".join(f"{host}: {', '.join(sorted(seen)) or 'none'}" for host, seen in peers.items())
    if unseen := [host for host, seen in peers.items() if not set(seen) & set(proxy_addresses)]:
        return fails(
            f"{sentence_list(unseen)} saw no connection from {proxy}: the proxy's answers come from elsewhere.",
            help="NGINX must pass requests on to the Django servers, not answer with texts or copies of its own.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_survives(stopped: str, answers: Sequence[Answer]) -> Finding:
    """Judge whether the proxy goes on answering while Django on `stopped` is stopped."""
    expected = f"200 through the proxy while Django on {stopped} is stopped"
    observed = "; ".join(answer.describe() for answer in answers)
    if all(answer.status == 200 for answer in answers):
        return holds(expected=expected, observed=observed)
    return fails(
        f"With Django on {stopped} stopped, the proxy does not answer any more.",
        help="NGINX goes on to the next server of an upstream by itself: both servers must be in it.",
        expected=expected,
        observed=observed,
    )
