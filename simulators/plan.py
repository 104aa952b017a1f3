"""What a student has built up to a checkpoint, as data: builders turn it into a kit, mistakes change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulators.acts import Act

STAGES = ("checkpoint-1", "checkpoint-2", "checkpoint-3")
"""The checkpoints of the lab's first half, in order."""
JUJU_STAGES = ("juju-controller", "checkpoint-4")
"""Those of its second half, which begins when everything of the first was released."""
WORDPRESS_STAGES = ("juju-controller", "checkpoint-5")
"""The same with WordPress and MySQL instead, which are optional."""
CLEANUP_STAGES = ("cleanup",)
"""What comes after each of them."""
HALVES = (STAGES, JUJU_STAGES, WORDPRESS_STAGES, CLEANUP_STAGES)
"""What is graded together: both halves, the second one with either pair of applications, and the clean-up."""
ALL_STAGES = (*STAGES, *JUJU_STAGES, WORDPRESS_STAGES[-1], *CLEANUP_STAGES)
LAB_PATH = "/tasks/"
"""Where the application answers until the group adds a path of its own."""
UNKNOWN_NAME = "postgres-server"
"""A host name that nothing in a kit resolves."""

UPSTREAM = """\
upstream backend {
    server @first@:8080;
    server @second@:8080;
}
"""
SERVER = """\
server {
    listen 80 default_server;
    server_name _;

    location / {
        proxy_pass http://backend;
    }
}
"""
SITE = f"{UPSTREAM}\n{SERVER}"
"""The load balancer as the lab's tutorial has it."""


@dataclass(frozen=True, slots=True)
class Postgresql:
    """PostgreSQL on the database host."""

    listen_addresses: str = "*"
    """As postgresql.conf says it."""
    hba: str = "host all all @network@ trust"
    """The line added to pg_hba.conf; `@network@` is the kit's network; empty: none was added."""
    has_role: bool = True
    """Whether the role `cloud` was made."""
    has_database: bool = True
    """Whether the database `tasks` was made."""
    running: bool = True
    """Whether the cluster runs; the unit `postgresql` is active in any case."""


@dataclass(frozen=True, slots=True)
class Django:
    """One Django server."""

    message: str
    """What its index answers from checkpoint 3 on."""
    port: int = 8080
    """On which run.sh serves."""
    database: Literal["name", "address", "unresolvable", "own-postgresql", "sqlite"] = "name"
    """What settings.py uses: the database host by name or address, by a name that nothing resolves, or a database of
    this host's own."""
    starts_at_boot: bool = True
    """Whether there is an entry that starts it; without one it was started by hand, and runs as well."""
    running: bool = True
    """False: it was stopped, and nobody started it again."""
    traces_of_ansible: bool = True
    """False: somebody installed it by hand although it is the second server."""
    answers: Literal["application", "nothing", "endless"] = "application"
    """What answers on the port: Django, a program that takes requests and never answers, or one that never stops."""


@dataclass(frozen=True, slots=True)
class Nginx:
    """NGINX on the proxy host."""

    files: Mapping[str, str] = field(default_factory=lambda: {"sites-available/default": SITE})
    """Files that were written below /etc/nginx; in them `@first@`, `@second@`, `@database@` and `@proxy@` are the
    addresses of the first and second Django host, of the database host and of the proxy itself. Whatever is not named
    is as Debian's package brings it, `sites-enabled/default` being a link to `sites-available/default`."""
    written_later: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files that were written in the same way when NGINX ran already, and that it has not read since."""
    workers: int | None = None
    """`worker_processes`; None: auto, as the package has it."""
    running: bool = True
    """False: it was stopped. A configuration that `nginx -t` refuses does not run either."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application that Juju deploys."""

    name: str
    """As the model knows it."""
    charm: str
    """Name of its charm."""
    host: str | None = None
    """Machine on which it is placed; None: MAAS chooses."""
    container: bool = False
    """Whether it is put into an LXD container on that machine, which Juju has already."""
    options: str = ""
    """What `juju deploy` is told besides, as `--config install_keys=none`."""
    from_store: bool = False
    """Whether it is deployed from the charm store by name, and not from a file that was downloaded."""
    becomes: str = "active"
    """The workload status that its unit comes to."""


@dataclass(frozen=True, slots=True)
class Juju:
    """Juju on MAAS, and what is deployed with it. The default is the reference: edition B of the handout."""

    channel: Literal["3.6", "2.9"] = "3.6"
    """Of the snap: edition B of the handout uses 3.6, edition A 2.9."""
    cloud: str = "maas-one"
    credential: str = "anyuser"
    controller: str = "maas-controller"
    controller_host: str = "server1"
    """Carries the tag `juju`."""
    model: str = "openstack"
    grafana: Application = Application("grafana", "grafana")
    prometheus: Application = Application("prometheus2", "prometheus2")
    also: tuple[Application, ...] = ()
    """Further applications, which play no part."""
    provider_first: bool = True
    """Whether `prometheus2:grafana-source` is named before `grafana:grafana-source` when they are integrated."""
    exposed: bool = False
    """Whether Grafana is exposed."""
    wordpress: Application = Application("wordpress", "wordpress")
    mysql: Application = Application("mysql", "charm-mysql")
    """At checkpoint 5, instead of Grafana and Prometheus."""
    wordpress_exposed: bool = True
    related: bool = True
    """Whether WordPress and MySQL were related on `db`."""
    wordpress_series: str = "bionic"
    """What the group left of the series in the metadata of WordPress' charm."""


EDITION_A = Juju(
    channel="2.9",
    cloud="maas",
    credential="cloud",
    controller="main",
    model="default",
)
"""Juju as edition A of the handout has it, to which WordPress and MySQL belong: bionic is too old for Juju 3."""


@dataclass(frozen=True, slots=True)
class Blog:
    """WordPress, as its group set it up in a browser."""

    installed: bool = True
    """Whether the installation page was filled in."""
    title: str = "Our kit"
    user: str = "cloud"
    password: str = "cloud-of-the-kit"  # noqa: S105 - of a simulated kit
    email: str = "group@example.com"

    @property
    def form(self) -> dict[str, str]:
        """What is filled in on WordPress' installation page, by the names of its fields."""
        return {
            "weblog_title": self.title,
            "user_name": self.user,
            "admin_password": self.password,
            "admin_password2": self.password,
            "pw_weak": "on",
            "admin_email": self.email,
            "Submit": "Install WordPress",
            "language": "",
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A kit as its group would describe it. The default is the reference: everything as the handout asks.

    The state is the one after everything was configured and started, the database first.
    """

    stage: str | None = "checkpoint-3"
    """The last checkpoint that is built; None leaves the machines Ready."""

    # Structure: what takes long to build, and is stored

    hosts: tuple[str, ...] = ("server1", "server2", "server3", "server4", "server5")
    """Every machine in MAAS, by name."""
    addresses: Mapping[str, int] = field(default_factory=dict[str, int])
    """Addresses that MAAS was told to give, by host, counted from the network's own; others are the next free ones."""
    database: str = "server1"
    """Host that runs PostgreSQL."""
    by_hand: str = "server2"
    """Host on which Django is installed by hand (checkpoint 1)."""
    by_ansible: str = "server3"
    """Host on which Ansible installs Django (checkpoint 2)."""
    proxy: str = "server4"
    """Host that runs NGINX (checkpoint 3)."""
    also_deployed: tuple[str, ...] = ()
    """Machines that are deployed and play no part."""

    # Configuration: what is changed in a moment

    postgresql: Postgresql = field(default_factory=Postgresql)
    first: Django = field(default_factory=lambda: Django("Hello from the first server, installed by hand."))
    """Django on the host `by_hand`."""
    second: Django = field(default_factory=lambda: Django("Hello from the second server, installed by Ansible."))
    """Django on the host `by_ansible`."""
    path: str = "/tasks/grupo/"
    """The path that the group added in `urls.py` for checkpoint 3, or the lab's own."""
    nginx: Nginx = field(default_factory=Nginx)
    restarted: bool = True
    """Whether the Django servers were started after PostgreSQL's configuration was changed; else they run since it was
    the reference's."""
    released: tuple[str, ...] = ()
    """Hosts that were released in MAAS at the end."""
    failed: tuple[str, ...] = ()
    """Hosts that were released at the end, and whose next deployment failed."""
    redeployed: tuple[str, ...] = ()
    """Hosts that were released at the end, deployed again, which gives them another address, and set up again by the
    handout, the database first; nobody else was told."""
    recovered: tuple[str, ...] = ()
    """Those of them whose new deployment failed at first: they were released once more, and deployed once more."""

    # The second half

    juju: Juju = field(default_factory=Juju)
    """What Juju deploys: structure."""
    blog: Blog = field(default_factory=Blog)
    """What was done with WordPress: structure, for nobody takes an installation back."""
    clean_up: Literal["destroyed", "left", "never-begun"] = "destroyed"
    """What became of Juju's controller at the stage `cleanup`: it was destroyed, nobody thought of it, or Juju's half
    has not begun yet. Structure."""
    then: tuple[Act, ...] = ()
    """What is done after that, in order: configuration."""

    # How main is entered: configuration

    login: Literal["key", "password"] = "key"
    """What opens main from outside."""
    sudo_asks: bool = False
    """Whether `sudo` on main asks for the user's password."""

    # What is wrong with the way, not with the kit

    kit_yaml: Mapping[str, object] = field(default_factory=dict[str, object])
    """What kit.yaml says instead of the truth, by dotted key: `roles.proxy`, `maas.api_key`; None leaves a key out."""
    hanging: tuple[str, ...] = ()
    """Hosts whose sshd lets everybody in and whose commands never end."""
    maas_fault: Mapping[str, object] | None = None
    """A fault of MAAS, as its control endpoint takes it."""
    road: Literal["open", "closed", "slow"] = "open"
    """The way to the kit: nothing listens at its address (closed), or every answer takes 200 ms more (slow)."""
    road_ends_after: str | None = None
    """Id of the check after which the way to the kit ends."""

    @classmethod
    def at(cls, stage: str | None) -> Plan:
        """Return the reference's plan at a stage: with edition A's Juju where WordPress and MySQL are deployed."""
        return cls(stage=stage, juju=EDITION_A) if stage == WORDPRESS_STAGES[-1] else cls(stage=stage)

    @property
    def django(self) -> tuple[str, str]:
        """The two Django hosts, in the order in which they were installed."""
        return (self.by_hand, self.by_ansible)

    @property
    def servers(self) -> Mapping[str, Django]:
        """How Django is set up, by host."""
        return {self.by_hand: self.first, self.by_ansible: self.second}

    @property
    def deployed(self) -> tuple[str, ...]:
        """Every machine that was deployed by hand for the stage, in the order of the handout."""
        if self.of_juju:
            return self.also_deployed
        needed = {"checkpoint-1": (self.database, self.by_hand), "checkpoint-2": (self.by_ansible,)}
        needed["checkpoint-3"] = (self.proxy,)
        return (*(host for stage in STAGES if self.reaches(stage) for host in needed[stage]), *self.also_deployed)

    @property
    def of_juju(self) -> bool:
        """Whether Juju plays in it, or played: a kit of the lab's second half, or one that is cleaned up."""
        return self.stage in (*JUJU_STAGES, *WORDPRESS_STAGES, *CLEANUP_STAGES)

    def reaches(self, stage: str) -> bool:
        """Return whether `stage` is built: the kit's own, or an earlier one of the same half."""
        return any(
            self.stage in half and stage in half and half.index(stage) <= half.index(self.stage) for half in HALVES
        )

    def passes(self, stage: str) -> bool:
        """Return whether `stage` is built on the way to the kit's own: what is cleaned up was there before."""
        if self.stage in CLEANUP_STAGES and self.clean_up != "never-begun":
            return stage in (*JUJU_STAGES, *CLEANUP_STAGES)
        return self.reaches(stage)

    def structure(self) -> Plan:
        """Return the plan of the same structure with the reference's configuration."""
        plain = Plan()
        return replace(
            self,
            postgresql=plain.postgresql,
            first=plain.first,
            second=plain.second,
            path=plain.path,
            nginx=plain.nginx,
            restarted=plain.restarted,
            released=(),
            failed=(),
            redeployed=(),
            recovered=(),
            then=(),
            login=plain.login,
            sudo_asks=plain.sudo_asks,
            kit_yaml={},
            hanging=(),
            maas_fault=None,
            road="open",
            road_ends_after=None,
        )

    def nginx_files(self, addresses: Mapping[str, str], *, later: bool = False) -> dict[str, str]:
        """Return NGINX' files with everybody's address filled in: those it was started with, or those written later."""
        places = {"first": self.by_hand, "second": self.by_ansible, "database": self.database, "proxy": self.proxy}
        return {
            path: re.sub(r"@(first|second|database|proxy)@", lambda found: addresses[places[found[1]]], text)
            for path, text in (self.nginx.written_later if later else self.nginx.files).items()
        }
