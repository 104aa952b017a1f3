"""The catalogue: what students get wrong, what correct kits differ in, and what keeps us from telling.

Each entry changes a plan, and says exactly which checks must fail or end as an error for it, and why; every other check
must pass, or be skipped because of those. Builders realise all of them; `kitcheck selftest` compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from harness.errors import UsageError
from simulators.entry import EVERYTHING, Change, Entry
from simulators.juju_mistakes import JUJU_FAULTS, JUJU_MISTAKES, JUJU_VARIATIONS
from simulators.machine_mistakes import MACHINE_MISTAKES, MACHINE_VARIATIONS
from simulators.plan import SERVER, SITE, UPSTREAM, Django, Nginx, Plan, Postgresql


def entry(id_: str) -> Entry:
    """Return the entry with that id. Raises UsageError, naming those that are like it, when there is none."""
    found = next((each for each in CATALOGUE if each.id == id_), None)
    if found is None:
        import difflib

        close = difflib.get_close_matches(id_, [each.id for each in CATALOGUE], n=3)
        raise UsageError(
            f"there is no mistake {id_!r}; "
            + (f"did you mean {' or '.join(close)}?" if close else "`kitcheck mistakes` lists them")
        )
    return found


def planned(ids: Iterable[str], plan: Plan) -> Plan:
    """Return `plan` with every entry's change, in the order given. Raises UsageError for an unknown id."""
    for id_ in ids:
        plan = entry(id_).change(plan)
    return plan


# How plans are changed


def _nginx(site: str, **more: str) -> Change:
    """Return the change that writes another site."""
    files = {"sites-available/default": site, **{name.replace("__", "/"): text for name, text in more.items()}}
    return lambda plan: replace(plan, nginx=replace(plan.nginx, files=files))


def _servers(text: str) -> str:
    """Return the lab's site with other lines inside its upstream."""
    return f"upstream backend {{\n{text}}}\n\n{SERVER}"


def _postgresql(changed: Postgresql, *, restarted: bool = True) -> Change:
    return lambda plan: replace(plan, postgresql=changed, restarted=restarted)


def _first(change: Callable[[Django], Django]) -> Change:
    return lambda plan: replace(plan, first=change(plan.first))


def _second(change: Callable[[Django], Django]) -> Change:
    return lambda plan: replace(plan, second=change(plan.second))


def _both(change: Callable[[Django], Django]) -> Change:
    return lambda plan: replace(plan, first=change(plan.first), second=change(plan.second))


def _messages(first: str, second: str) -> Change:
    return lambda plan: replace(
        plan, first=replace(plan.first, message=first), second=replace(plan.second, message=second)
    )


def _says(**said: object) -> Change:
    """Return the change that writes something else into kit.yaml; `__` in a name is a dot."""
    return lambda plan: replace(
        plan, kit_yaml={**plan.kit_yaml, **{name.replace("__", "."): value for name, value in said.items()}}
    )


# Pieces of configurations

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
    return _nginx(site)(plan)


def _swapped(plan: Plan) -> Plan:
    return _says(roles__database=plan.proxy, roles__proxy=plan.database)(plan)


def _not_through_proxy(plan: Plan) -> Plan:
    return _says(roles__proxy=plan.by_hand, proxy__port=8080)(plan)


def _portuguese(plan: Plan) -> Plan:
    return _messages(
        "Olá, mundo! Você está no servidor número um.", "Olá, mundo! Aqui é a segunda máquina, às ordens."
    )(plan)


NOTHING_HEARD = r"was not done after \d+ s|had not answered after \d+ s"

_MISTAKES = (
    # Checkpoint 1
    Entry(
        "database-local-only",
        "mistake",
        "checkpoint-1",
        "listen_addresses was left at localhost; Django was started afterwards.",
        _postgresql(Postgresql(listen_addresses="localhost")),
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
        _postgresql(Postgresql(hba="")),
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
        _postgresql(Postgresql(running=False), restarted=False),
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
        _postgresql(Postgresql(has_role=False)),
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
        _postgresql(Postgresql(has_database=False)),
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
        _postgresql(Postgresql(hba="host all all @network@ scram-sha-256", has_role=False)),
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
        _first(lambda django: replace(django, database="own-postgresql")),
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
        _first(lambda django: replace(django, starts_at_boot=False)),
        fails={"first-django-starts-at-boot": r"started by hand"},
    ),
    Entry(
        "wrong-path",
        "mistake",
        "checkpoint-1",
        "kit.yaml names a path that urls.py does not have.",
        _says(django__path="/tasks/gruppo/"),
        fails={
            "first-django-answers": r"answers 404 at /tasks/gruppo/",
            "both-django-answer": r"answers 404 at /tasks/gruppo/",
            "messages-differ": r"answers 404",
            "proxy-answers": r"answers 404",
        },
    ),
    # Checkpoint 2
    Entry(
        "database-unresolvable",
        "mistake",
        "checkpoint-2",
        "settings.py on the second server names a database host that nothing there resolves.",
        _second(lambda django: replace(django, database="unresolvable")),
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
        _second(lambda django: replace(django, database="own-postgresql")),
        fails={"database-shared": r"keeps its data elsewhere"},
    ),
    Entry(
        "database-sqlite",
        "mistake",
        "checkpoint-2",
        "The second server keeps its data in an SQLite file.",
        _second(lambda django: replace(django, database="sqlite")),
        fails={"database-shared": r"keeps its data elsewhere"},
    ),
    Entry(
        "wrong-port",
        "mistake",
        "checkpoint-2",
        "run.sh on the second server serves on port 8000.",
        _second(lambda django: replace(django, port=8000)),
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
        _second(lambda django: replace(django, traces_of_ansible=False)),
        fails={"second-django-by-ansible": r"Ansible never worked on"},
    ),
    Entry(
        "second-started-by-hand",
        "mistake",
        "checkpoint-2",
        "The second server's entry that starts Django at boot was removed; it runs in a terminal.",
        _second(lambda django: replace(django, starts_at_boot=False)),
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
    # Checkpoint 3
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
        _messages("Hello, world.", "Hello, world."),
        fails={"messages-differ": r"say the same"},
    ),
    Entry(
        "upstream-without-port",
        "mistake",
        "checkpoint-3",
        "The upstream names the servers without a port.",
        _nginx(_servers("    server @first@;\n    server @second@;\n")),
        fails={
            "proxy-answers": r"502: its upstream names \S+ and \S+ without a port",
            "proxy-uses-django-hosts": r"on port 80, and Django listens on 8080",
        },
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
        _nginx(_servers("    server @first@:8080;\n")),
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
        _second(lambda django: replace(django, running=False)),
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
        _nginx(_servers("    server @first@:8080;\n    server @second@:8080 down;\n")),
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
        _nginx(_servers("    server @first@:8080;\n    server @second@:8080 backup;\n")),
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
        _nginx(_servers("    server @first@:8080 weight=3;\n    server @second@:8080;\n")),
        fails={"proxy-shares-requests": r"not shared evenly"},
    ),
    Entry(
        "sticky",
        "mistake",
        "checkpoint-3",
        "The upstream says ip_hash: whoever asks gets the same server each time.",
        _nginx(_servers("    ip_hash;\n    server @first@:8080;\n    server @second@:8080;\n")),
        fails={"proxy-shares-requests": r"never answers", "django-sees-proxy": r"saw no connection"},
    ),
    Entry(
        "cached-answers",
        "mistake",
        "checkpoint-3",
        "NGINX keeps the first answer in its cache and repeats it.",
        _nginx(
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
        _nginx(_servers("    server @first@:8080;\n    server @second@:8080;\n    server @database@:8080;\n")),
        fails={"proxy-uses-django-hosts": r"which is no Django server"},
    ),
    Entry(
        "proxy-config-broken",
        "mistake",
        "checkpoint-3",
        "A semicolon is missing, and NGINX does not start.",
        _nginx(_servers("    server @first@:8080\n    server @second@:8080;\n")),
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

_VARIATIONS = (
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
        _both(lambda django: replace(django, database="address")),
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
        _nginx(MANY_LINES),
    ),
    Entry(
        "other-sites",
        "variation",
        "checkpoint-3",
        "NGINX serves further sites, under other names and on another port.",
        _nginx(SITE, **{"conf.d__other-sites.conf": OTHER_SITES}),
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
        _messages(
            '<!DOCTYPE html><h1 class="a">server\'s one</h1>\n<script>document.title = \'1\' && "$HOME";</script>',
            '<!DOCTYPE html><h1 class="b">server\'s two</h1>\\n{{ 7 * 7 }} %s {0} `id`',
        ),
    ),
    Entry(
        "messages-with-emoji",
        "variation",
        "checkpoint-3",
        "The messages are emoji.",
        _messages(
            "\N{ROCKET}\N{REGIONAL INDICATOR SYMBOL LETTER B}\N{REGIONAL INDICATOR SYMBOL LETTER R} 1", "\N{WHALE} 2"
        ),
    ),
    Entry(
        "messages-very-long",
        "variation",
        "checkpoint-3",
        "The messages are long, and differ only at their end.",
        _messages("All work and no play. " * 5_000 + "One.", "All work and no play. " * 5_000 + "Two."),
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

_FAULTS = (
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
        _says(access__identity=None, access__password="not-the-password"),  # noqa: S106 -- it opens nothing
        errors={EVERYTHING: r"refuses our credentials"},
    ),
    Entry(
        "maas-key-refused",
        "fault",
        "checkpoint-1",
        "The API key is another kit's.",
        _says(maas__api_key="aaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbb:cccccccccccccccccccccccccccccccc"),
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
        _both(lambda django: replace(django, answers="nothing")),
        errors=dict.fromkeys(
            ("first-django-answers", "both-django-answer", "messages-differ", "proxy-answers"), NOTHING_HEARD
        ),
    ),
    Entry(
        "http-endless-body",
        "fault",
        "checkpoint-1",
        "Both Django servers send a page that never ends.",
        _both(lambda django: replace(django, answers="endless")),
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

MISTAKES = (*_MISTAKES, *MACHINE_MISTAKES, *JUJU_MISTAKES)
VARIATIONS = (*_VARIATIONS, *MACHINE_VARIATIONS, *JUJU_VARIATIONS)
FAULTS = (*_FAULTS, *JUJU_FAULTS)
CATALOGUE = (*MISTAKES, *VARIATIONS, *FAULTS)
"""Everything, in the order of the lab."""
