"""Mistakes about NGINX and what it shares, seen at checkpoint 3; and of kit.yaml, which says who plays what."""

from __future__ import annotations

from dataclasses import replace

from simulators.catalogue.changes import messages, nginx, says, second, upstream
from simulators.entry import Entry
from simulators.plan import SERVER, SITE, UPSTREAM, Nginx, Plan

WITHOUT_PORT = "    server @first@;\n    server @second@;\n"
CANNED = """\
upstream backend {
    server 127.0.0.1:8081;
    server 127.0.0.1:8082;
}
server { listen 127.0.0.1:8081; default_type text/html; location / { return 200 "FIRST"; } }
server { listen 127.0.0.1:8082; default_type text/html; location / { return 200 "SECOND"; } }

"""
CACHE = """\
proxy_cache_path /var/cache/nginx-tasks keys_zone=tasks:1m;
"""


def _canned(plan: Plan) -> Plan:
    site = CANNED.replace("FIRST", plan.first.message).replace("SECOND", plan.second.message) + SERVER
    return nginx(site)(plan)


def _swapped(plan: Plan) -> Plan:
    return says(roles__database=plan.proxy, roles__proxy=plan.database)(plan)


def _not_restarted(plan: Plan) -> Plan:
    started = nginx(upstream(WITHOUT_PORT))(plan)
    return replace(started, nginx=replace(started.nginx, written_later={"sites-available/default": SITE}))


def _not_through_proxy(plan: Plan) -> Plan:
    return says(roles__proxy=plan.by_hand, proxy__port=8080)(plan)


MISTAKES: tuple[Entry, ...] = (
    Entry(
        "machine-failed",
        "mistake",
        "checkpoint-3",
        "The deployment of the proxy's machine failed.",
        lambda plan: replace(plan, failed=(plan.proxy,)),
        fails={"four-machines-deployed": r"Failed deployment"},
    ),
    Entry(
        "wrong-roles",
        "mistake",
        "checkpoint-1",
        "kit.yaml confuses the database host with the proxy.",
        _swapped,
        fails={
            "database-accepts-network": r"PostgreSQL is not installed on",
            "database-shared": r"PostgreSQL is not installed on",
            "proxy-answers": r"NGINX is not installed on",
            "proxy-uses-django-hosts": r"NGINX is not installed on",
        },
    ),
    Entry(
        "same-message",
        "mistake",
        "checkpoint-3",
        "Both servers say the same.",
        messages("Hello, world.", "Hello, world."),
        fails={"messages-differ": r"say the same"},
    ),
    Entry(
        "upstream-without-port",
        "mistake",
        "checkpoint-3",
        "The upstream names the servers without a port.",
        nginx(upstream(WITHOUT_PORT)),
        fails={
            "proxy-answers": r"502: its upstream names \S+ and \S+ without a port",
            "proxy-uses-django-hosts": r"on port 80, and Django listens on 8080",
        },
    ),
    Entry(
        "nginx-not-restarted",
        "mistake",
        "checkpoint-3",
        "NGINX was started with an upstream without a port; the file was corrected, and NGINX was not restarted.",
        _not_restarted,
        fails={"proxy-answers": r"502, though .* it has not read that since it was changed"},
    ),
    Entry(
        "stock-site-left",
        "mistake",
        "checkpoint-3",
        "The group's site is in sites-available, and the packaged default site is what answers.",
        lambda plan: replace(plan, nginx=Nginx(files={"sites-available/tasks": SITE})),
        fails={
            "proxy-answers": r"is not the load balancer",
            "proxy-uses-django-hosts": r"passes no request on",
        },
    ),
    Entry(
        "one-backend",
        "mistake",
        "checkpoint-3",
        "Only the first server is in the upstream.",
        nginx(upstream("    server @first@:8080;\n")),
        fails={
            "proxy-shares-requests": r"never answers",
            "proxy-uses-django-hosts": r"does not use",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "one-backend-down",
        "mistake",
        "checkpoint-2",
        "Django on the second server is not running; NGINX skips it without a word.",
        second(lambda django: replace(django, running=False)),
        fails={
            "both-django-answer": r"Django is not running",
            "messages-differ": r"answers nothing",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "backend-marked-down",
        "mistake",
        "checkpoint-3",
        "The second server is marked `down` in the upstream.",
        nginx(upstream("    server @first@:8080;\n    server @second@:8080 down;\n")),
        fails={
            "proxy-shares-requests": r"never answers",
            "proxy-uses-django-hosts": r"does not use",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "backend-only-backup",
        "mistake",
        "checkpoint-3",
        "The second server is only a `backup` in the upstream.",
        nginx(upstream("    server @first@:8080;\n    server @second@:8080 backup;\n")),
        fails={
            "proxy-shares-requests": r"never answers",
            "proxy-uses-django-hosts": r"does not use",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "unfair-weights",
        "mistake",
        "checkpoint-3",
        "The first server has three times the weight of the second.",
        nginx(upstream("    server @first@:8080 weight=3;\n    server @second@:8080;\n")),
        fails={"proxy-shares-requests": r"not shared evenly"},
    ),
    Entry(
        "sticky",
        "mistake",
        "checkpoint-3",
        "The upstream says ip_hash: whoever asks gets the same server each time.",
        nginx(upstream("    ip_hash;\n    server @first@:8080;\n    server @second@:8080;\n")),
        fails={"proxy-shares-requests": r"never answers", "django-sees-proxy": r"saw no connection"},
    ),
    Entry(
        "cached-answers",
        "mistake",
        "checkpoint-3",
        "NGINX keeps the first answer in its cache and repeats it.",
        nginx(
            CACHE
            + UPSTREAM
            + SERVER.replace(
                "proxy_pass",
                "proxy_cache tasks;\n        proxy_cache_valid 200 10m;\n        proxy_pass",
            )
        ),
        fails={"proxy-shares-requests": r"never answers", "django-sees-proxy": r"saw no connection"},
    ),
    Entry(
        "canned-answers",
        "mistake",
        "checkpoint-3",
        "NGINX itself returns the two texts in turn; there is no Django behind it.",
        _canned,
        fails={
            "proxy-uses-django-hosts": r"127\.0\.0\.1:8081, which is no Django server",
            "django-sees-proxy": r"saw no connection",
        },
    ),
    Entry(
        "foreign-upstream",
        "mistake",
        "checkpoint-3",
        "The upstream has a third server that is not Django: the database host.",
        nginx(upstream("    server @first@:8080;\n    server @second@:8080;\n    server @database@:8080;\n")),
        fails={"proxy-uses-django-hosts": r"which is no Django server"},
    ),
    Entry(
        "proxy-config-broken",
        "mistake",
        "checkpoint-3",
        "A semicolon is missing, and NGINX does not start.",
        nginx(upstream("    server @first@:8080\n    server @second@:8080;\n")),
        fails={
            "proxy-answers": r"its configuration is broken \(\[emerg\] invalid parameter",
            "proxy-uses-django-hosts": r"its configuration is broken",
        },
    ),
    Entry(
        "proxy-stopped",
        "mistake",
        "checkpoint-3",
        "NGINX was stopped.",
        lambda plan: replace(plan, nginx=replace(plan.nginx, running=False)),
        fails={"proxy-answers": r"NGINX on \S+ is not running"},
    ),
    Entry(
        "not-through-proxy",
        "mistake",
        "checkpoint-3",
        "kit.yaml leads to a Django server instead of the proxy.",
        _not_through_proxy,
        fails={
            "proxy-answers": r"is not NGINX but 'WSGIServer",
            "proxy-uses-django-hosts": r"NGINX is not installed on",
        },
    ),
)
