"""Correct kits of checkpoints 1 to 3 that look unlike the handout's."""

from __future__ import annotations

from dataclasses import replace

from simulators.catalogue.changes import both, messages, nginx
from simulators.entry import Entry
from simulators.plan import SITE, Plan

MANY_LINES = """\
# The load balancer of our group; see the tutorial.
upstream   backend
{
    zone backend 64k;     # shared by all workers
    server
        @first@:8080
        max_fails=3   fail_timeout=5s
        ;
    server "@second@:8080";
}

server {
    listen 80; listen [::]:80;
    server_name _;
    location / {
        proxy_set_header Host $host;   # as the browser said it
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_pass
            http://backend;
    }
}
"""
OTHER_SITES = """\
server {
    listen 80;
    server_name blog.example intranet.example;
    location / { return 200 "another site\\n"; }
}
server {
    listen 8088;
    root /var/www/html;
}
"""


def _portuguese(plan: Plan) -> Plan:
    return messages("Olá, mundo! Você está no servidor número um.", "Olá, mundo! Aqui é a segunda máquina, às ordens.")(
        plan
    )


VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "shifted-roles",
        "variation",
        "checkpoint-1",
        "Every role is played by another server than the handout's.",
        lambda plan: replace(plan, database="server3", by_hand="server5", by_ansible="server1", proxy="server2"),
    ),
    Entry(
        "renamed-hosts",
        "variation",
        "checkpoint-1",
        "Machines have other names, some with capitals.",
        lambda plan: replace(
            plan,
            hosts=("Banco", "Server2", "django-b", "PROXY", "server5"),
            database="Banco",
            by_hand="Server2",
            by_ansible="django-b",
            proxy="PROXY",
        ),
    ),
    Entry(
        "extra-machines",
        "variation",
        "checkpoint-1",
        "The kit has seven servers, one more of them deployed.",
        lambda plan: replace(plan, hosts=(*plan.hosts, "server6", "server7"), also_deployed=("server7",)),
    ),
    Entry(
        "address-ending-in-zero",
        "variation",
        "checkpoint-1",
        "MAAS gave a Django server the address 172.16.15.0, which is one like any other in a /20.",
        lambda plan: replace(plan, addresses={plan.by_ansible: 15 * 256}),
    ),
    Entry(
        "database-by-address",
        "variation",
        "checkpoint-1",
        "settings.py names the database host by its address.",
        both(lambda django: replace(django, database="address")),
    ),
    Entry(
        "custom-path",
        "variation",
        "checkpoint-3",
        "The group's path is its own.",
        lambda plan: replace(plan, path="/tasks/equipe-7/balanceador/"),
    ),
    Entry(
        "lab-path",
        "variation",
        "checkpoint-3",
        "The group kept /tasks/ and changed only the message.",
        lambda plan: replace(plan, path="/tasks/"),
    ),
    Entry(
        "upstream-on-many-lines",
        "variation",
        "checkpoint-3",
        "The configuration has comments, quotes, a zone, and a directive on several lines.",
        nginx(MANY_LINES),
    ),
    Entry(
        "other-sites",
        "variation",
        "checkpoint-3",
        "NGINX serves further sites, under other names and on another port.",
        nginx(SITE, **{"conf.d__other-sites.conf": OTHER_SITES}),
    ),
    Entry(
        "many-workers",
        "variation",
        "checkpoint-3",
        "NGINX runs sixteen workers, each of which goes round by itself.",
        lambda plan: replace(plan, nginx=replace(plan.nginx, workers=16)),
    ),
    Entry(
        "messages-with-accents",
        "variation",
        "checkpoint-3",
        "The messages are in Portuguese.",
        _portuguese,
    ),
    Entry(
        "messages-with-html",
        "variation",
        "checkpoint-3",
        "The messages are HTML, with quotes and a script.",
        messages(
            '<!DOCTYPE html><h1 class="a">server\'s one</h1>\n<script>document.title = \'1\' && "$HOME";</script>',
            '<!DOCTYPE html><h1 class="b">server\'s two</h1>\\n{{ 7 * 7 }} %s {0} `id`',
        ),
    ),
    Entry(
        "messages-with-emoji",
        "variation",
        "checkpoint-3",
        "The messages are emoji.",
        messages(
            "\N{ROCKET}\N{REGIONAL INDICATOR SYMBOL LETTER B}\N{REGIONAL INDICATOR SYMBOL LETTER R} 1", "\N{WHALE} 2"
        ),
    ),
    Entry(
        "messages-very-long",
        "variation",
        "checkpoint-3",
        "The messages are long, and differ only at their end.",
        messages("All work and no play. " * 5_000 + "One.", "All work and no play. " * 5_000 + "Two."),
    ),
    Entry(
        "slow-kit",
        "variation",
        "checkpoint-1",
        "Every answer takes 200 ms more.",
        lambda plan: replace(plan, road="slow"),
    ),
    Entry(
        "key-on-main",
        "variation",
        "checkpoint-1",
        "kit.yaml says nothing of MAAS: its key is read on main.",
        lambda plan: replace(plan, kit_yaml={**plan.kit_yaml, "maas": None}),
    ),
)
