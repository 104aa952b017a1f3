"""What a group does in the second half of the lab, command by command: whoever builds a kit drives it.

Generators yield what is to be done next and are sent how it went, so that the same words are typed in every kind of
kit, by threads or on an event loop. They raise KitError when a step goes wrong.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from harness.errors import KitError
from simulators.acts import Act, AsksGrafana, Breaks, Deploys, FillsIn, Powers, Releases, Runs, Settles, Types, Writes
from simulators.plan import Application, Juju, Plan

T = TypeVar("T")
LOOKS = 600
"""How often we look whether something has settled before we give up."""
GRAFANA_PORT, PROMETHEUS_PORT = 3000, 9090
MYSQL_CHARM = "https://github.com/TiagoDemay/charm-mysql.git"
"""The patched charm that the handout has its readers clone."""
CONTROLLER_MODEL = "controller"


@dataclass(frozen=True, slots=True)
class Site:
    """What a group reads off its kit."""

    maas: str
    """MAAS' address as `http://172.16.0.3:5240/MAAS/`."""
    api_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """How something went."""

    status: int
    """A command's exit status, or an answer's HTTP status (0: nobody answered)."""
    out: str = ""
    err: str = ""


# What a driver does for us


@dataclass(frozen=True, slots=True)
class Type:
    """Type a command on main."""

    command: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file on main, as its user or as root; relative to the user's home."""

    path: str
    text: str
    mode: int
    root: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command as root on the machine at an address."""

    address: str
    command: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask something over HTTP from main; a body is JSON."""

    method: str
    url: str
    body: Mapping[str, object] | None
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Post:
    """Send a form over HTTP from main, as a browser does; what it is answered is not followed elsewhere."""

    url: str
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Switch a machine off in MAAS, by its host name."""

    host: str


@dataclass(frozen=True, slots=True)
class Release:
    """Release a machine in MAAS, by its host name."""

    host: str


@dataclass(frozen=True, slots=True)
class Deploy:
    """Allocate and deploy a machine in MAAS, by its host name, and wait until it is Deployed."""

    host: str


@dataclass(frozen=True, slots=True)
class MarkBroken:
    """Mark a machine broken in MAAS, by its host name."""

    host: str


@dataclass(frozen=True, slots=True)
class AreReady:
    """Look whether MAAS shows machines Ready, by their host names: the status is 0 when it shows all of them so."""

    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until the kit had time to go on: half a second, or some turns of its event loop."""


Step = Type | Write | Run | Ask | Post | PowerOff | Release | Deploy | MarkBroken | AreReady | Pause
Steps = Generator[Step, Reply, T]


def build(plan: Plan, site: Site, *, since: str | None = None) -> Steps[None]:
    """Do what the handout says from installing Juju on, up to the plan's stage; what stands at `since` is there."""
    yield from _Group(plan).build(site, since)


def ready(plan: Plan) -> Steps[None]:
    """Wait until everything that was built answers, as after the kit was brought up again."""
    yield from _Group(plan).ready()


def changes(plan: Plan) -> Steps[None]:
    """Do what the plan wants done after everything was built."""
    group = _Group(plan)
    for act in plan.then:
        yield from group.do(act)


class _Group:
    """A group at main's keyboard."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._juju: Juju = plan.juju
        self._old = plan.juju.channel == "2.9"
        self._known_password = ""

    # The handout

    def build(self, site: Site, since: str | None) -> Steps[None]:
        plan = self._plan
        if since is None and plan.passes("juju-controller"):
            yield from self._install()
            yield from self._introduce(site)
            yield from self._bootstrap()
        if since in (None, "juju-controller") and plan.passes("checkpoint-4"):
            yield from self._deploy()
            yield from self._integrate()
            yield from self._dashboard()
            yield from self.ready()
        if since in (None, "juju-controller") and plan.passes("checkpoint-5"):
            yield from self._deploy_wordpress()
            yield from self._install_wordpress()
        if since != "cleanup" and plan.reaches("cleanup") and plan.clean_up == "destroyed":
            yield from self._destroy()

    def _install(self) -> Steps[None]:
        channel = "--classic --channel=2.9/stable" if self._old else "--channel 3.6"
        yield from self._type(f"sudo snap install juju {channel}")
        if self._old:
            yield from self._type("sudo snap install charm --classic")

    def _introduce(self, site: Site) -> Steps[None]:
        """Tell Juju of the cloud and of the key to it."""
        juju = self._juju
        cloud = f"clouds:\n  {juju.cloud}:\n    type: maas\n    auth-types: [oauth1]\n    endpoint: {site.maas}\n"
        credentials = (
            f"credentials:\n  {juju.cloud}:\n    {juju.credential}:\n"
            f"      auth-type: oauth1\n      maas-oauth: {site.api_key}\n"
        )
        yield from self._done(Write("maas-cloud.yaml", cloud, 0o644, root=False))
        yield from self._done(Write("maas-creds.yaml", credentials, 0o600, root=False))
        if self._old:
            yield from self._type(f"juju add-cloud --client {juju.cloud} maas-cloud.yaml")
        else:
            yield from self._type(f"juju add-cloud --client -f maas-cloud.yaml {juju.cloud}")
        yield from self._type(f"juju add-credential --client -f maas-creds.yaml {juju.cloud}")

    def _bootstrap(self) -> Steps[None]:
        juju = self._juju
        tagged = juju.controller_host == Juju().controller_host and not self._old
        where = "--constraints tags=juju" if tagged else f"--to {juju.controller_host}"
        yield from self._type(f"juju bootstrap --bootstrap-series=jammy {where} {juju.cloud} {juju.controller}")
        made = (CONTROLLER_MODEL, "default") if self._old else (CONTROLLER_MODEL,)
        if juju.model in made:
            yield from self._type(f"juju switch {juju.controller}:{juju.model}")
        else:
            yield from self._type(f"juju add-model --config default-series=jammy {juju.model}")

    def _deploy(self) -> Steps[None]:
        juju = self._juju
        wanted = (*juju.also, juju.prometheus, juju.grafana)
        for charm in dict.fromkeys(each.charm for each in wanted if not each.from_store):
            yield from self._type(f"charm pull {charm}" if self._old else f"juju download {charm}")
        for each in wanted:
            yield from self._type(f"juju deploy {self._charm(each)} {each.name}{self._placement(each)}")
        yield from self._settle({each.name: each.becomes for each in wanted})
        if juju.exposed:
            yield from self._type(f"juju expose {juju.grafana.name}")

    def _charm(self, each: Application) -> str:
        if each.charm == self._juju.mysql.charm:
            return f"./{each.charm}"
        series, base = ("focal", "20.04") if each.charm == "grafana" else ("jammy", "22.04")
        on = f"--series {series}" if self._old else f"--base ubuntu@{base}"
        file = f"./{each.charm}" if self._old else f"./{each.charm}_r*.charm"
        source = each.charm if each.from_store else file
        return " ".join(word for word in (source, on, each.options) if word)

    def _placement(self, each: Application) -> str:
        if each.container:
            return " --to lxd:0"
        return f" --to {each.host}" if each.host else ""

    def _integrate(self) -> Steps[None]:
        juju = self._juju
        if "error" in (juju.grafana.becomes, juju.prometheus.becomes):
            return
        pair = [f"{each.name}:grafana-source" for each in (juju.prometheus, juju.grafana)]
        if not juju.provider_first:
            pair.reverse()
        yield from self._type(f"juju {'add-relation' if self._old else 'integrate'} {' '.join(pair)}")
        yield from self._source()
        yield from self._settle({juju.grafana.name: "active", juju.prometheus.name: "active"})

    def _dashboard(self) -> Steps[None]:
        """Make a dashboard of what Prometheus says of itself and of its machine."""
        if "error" in (self._juju.grafana.becomes, self._juju.prometheus.becomes):
            return
        yield from self.do(AsksGrafana("POST", "/api/dashboards/db", DASHBOARD))

    def _deploy_wordpress(self) -> Steps[None]:
        """Deploy the patched MySQL from its repository, and WordPress with its metadata cut down to one series.

        With edition A's Juju: Juju 3 no longer knows bionic.
        """
        juju = self._juju
        yield from self._type("charm pull wordpress")
        yield from self._type(f"git clone {MYSQL_CHARM}")
        yield from self._type(f"juju deploy ./{juju.mysql.charm} {juju.mysql.name}{self._placement(juju.mysql)}")
        yield from self._cut_metadata("wordpress/metadata.yaml", juju.wordpress_series)
        yield from self._type(f"juju deploy ./wordpress {juju.wordpress.name}{self._placement(juju.wordpress)}")
        for each in juju.also:
            yield from self._type(f"juju deploy {self._charm(each)} {each.name}{self._placement(each)}")
        if juju.related:
            yield from self._type(f"juju add-relation {juju.wordpress.name} {juju.mysql.name}")
        if juju.wordpress_exposed:
            yield from self._type(f"juju expose {juju.wordpress.name}")
        yield from self._settle({each.name: each.becomes for each in (juju.mysql, juju.wordpress, *juju.also)})

    def _cut_metadata(self, path: str, series: str) -> Steps[None]:
        """Leave one series in a charm's metadata, as the handout asks for."""
        import yaml

        read = yield from self._type(f"cat {path}")
        metadata = {**yaml.safe_load(read.out), "series": [series]}
        yield from self._done(Write(path, yaml.safe_dump(metadata, sort_keys=False), 0o644, root=False))

    def _install_wordpress(self) -> Steps[None]:
        """Fill in WordPress' installation page."""
        blog = self._plan.blog
        if not (blog.installed and self._juju.related and self._juju.wordpress.becomes == "active"):
            return
        yield from self.do(FillsIn("/wp-admin/install.php?step=2", blog.form))

    def _destroy(self) -> Steps[None]:
        """Destroy the controller with everything that it deployed, and wait until MAAS has got the machines back."""
        unasked = "-y" if self._old else "--no-prompt"
        yield from self._type(f"juju destroy-controller {unasked} --destroy-all-models {self._juju.controller}")
        given_back = tuple(host for host in self._plan.hosts if host not in self._plan.deployed)
        for _ in range(LOOKS):
            reply = yield AreReady(given_back)
            if reply.status == 0:
                return
            yield Pause()
        raise KitError(f"the controller is destroyed, and MAAS does not show all of {', '.join(given_back)} Ready")

    def ready(self) -> Steps[None]:
        juju = self._juju
        if self._plan.reaches("checkpoint-5") and juju.wordpress.becomes == "active":
            address = yield from self._address(juju.wordpress.name)
            yield from self._wait_for(f"http://{address}/", "WordPress")
            return
        if not self._plan.reaches("checkpoint-4") or "error" in (juju.grafana.becomes, juju.prometheus.becomes):
            return
        prometheus = yield from self._address(juju.prometheus.name)
        grafana = yield from self._address(juju.grafana.name)
        query = f"http://{prometheus}:{PROMETHEUS_PORT}/api/v1/query?query=up%7Bjob%3D%22prometheus%22%7D"
        yield from self._wait_for(query, '"metric"')
        yield from self._wait_for(f"http://{grafana}:{GRAFANA_PORT}/api/health", '"ok"')

    def _wait_for(self, url: str, wanted: str) -> Steps[None]:
        """Wait until a page is answered, or at least redirected, with that in it."""
        for _ in range(LOOKS):
            reply = yield Ask("GET", url, None, "", "")
            if reply.status in (301, 302) or (reply.status == 200 and wanted in reply.out):
                return
            yield Pause()
        raise KitError(f"{url} does not answer {wanted}")

    # What is done afterwards

    def do(self, act: Act) -> Steps[None]:
        match act:
            case Types(command, may_fail):
                command = yield from self._filled(command)
                yield from self._type(command, may_fail=may_fail)
            case Writes(path, text, mode, root):
                text = yield from self._filled(text)
                yield from self._done(Write(path, text, mode, root))
            case Runs(application, command):
                address = yield from self._address(self._application(application).name)
                command = yield from self._filled(command)
                reply = yield Run(address, command)
                if reply.status != 0:
                    raise KitError(f"`{command}` on {address} ended with status {reply.status}: {_last(reply)}")
            case AsksGrafana(method, path, body):
                yield from self._ask_grafana(method, path, body)
            case FillsIn(path, form):
                yield from self._fill_in(path, form)
            case Powers(who):
                host = yield from self._host(who)
                yield from self._done(PowerOff(host))
            case Releases(who):
                host = yield from self._host(who)
                yield from self._done(Release(host))
            case Deploys(host):
                yield from self._done(Deploy(host))
            case Breaks(host):
                yield from self._done(MarkBroken(host))
            case Settles(applications):
                yield from self._settle(applications)

    def _application(self, role: str) -> Application:
        juju = self._juju
        if role == "other":
            return juju.also[-1]
        roles = {"grafana": juju.grafana, "prometheus": juju.prometheus}
        return {**roles, "wordpress": juju.wordpress, "mysql": juju.mysql}[role]

    def _fill_in(self, path: str, form: Mapping[str, str]) -> Steps[None]:
        address = yield from self._address(self._juju.wordpress.name)
        reply = Reply(0)
        for _ in range(LOOKS):
            reply = yield Post(f"http://{address}{path}", form)
            # Until its agent has set up the web server, nobody or another page answers.
            if reply.status in (200, 302):
                return
            yield Pause()
        raise KitError(f"WordPress answers {reply.status} to a form for {path}: {_last(reply)}")

    def _ask_grafana(self, method: str, path: str, body: Mapping[str, object] | None) -> Steps[Reply]:
        address = yield from self._address(self._juju.grafana.name)
        password = yield from self._password()
        path = yield from self._filled(path)
        if body is not None:
            filled = yield from self._filled(json.dumps(body))
            body = cast("dict[str, object]", json.loads(filled))
        reply = yield Ask(method, f"http://{address}:{GRAFANA_PORT}{path}", body, "admin", password)
        if not 200 <= reply.status < 300:
            raise KitError(f"Grafana answers {reply.status} to {method} {path}: {_last(reply)}")
        return reply

    def _filled(self, text: str) -> Steps[str]:
        """Return `text` with addresses and names of the kit in place of `@...@`."""
        for role in ("grafana", "prometheus", "wordpress", "mysql"):
            if f"@{role}@" in text:
                address = yield from self._address(self._application(role).name)
                text = text.replace(f"@{role}@", address)
        if "@other@" in text:
            address = yield from self._address(self._juju.also[-1].name)
            text = text.replace("@other@", address)
        if "@status@" in text:
            reply = yield from self._type(f"juju status -m {self._model} --format=json")
            text = text.replace("@status@", reply.out)
        if "@source@" in text:
            uid = yield from self._source()
            text = text.replace("@source@", uid)
        return text

    # What is asked of the kit

    @property
    def _model(self) -> str:
        return f"{self._juju.controller}:{self._juju.model}"

    def _type(self, command: str, *, may_fail: bool = False) -> Steps[Reply]:
        reply = yield Type(command)
        if reply.status != 0 and not may_fail:
            raise KitError(f"`{command}` on main ended with status {reply.status}: {_last(reply)}")
        return reply

    def _done(self, step: Step) -> Steps[None]:
        reply = yield step
        if reply.status != 0:
            raise KitError(f"{step} ended with status {reply.status}: {_last(reply)}")

    def _status(self, model: str) -> Steps[dict[str, Any]]:
        reply = yield from self._type(f"juju status -m {shlex.quote(model)} --format=json")
        return cast("dict[str, Any]", json.loads(reply.out))

    def _settle(self, applications: Mapping[str, str]) -> Steps[None]:
        seen: dict[str, Any] = {}
        for _ in range(LOOKS):
            status = yield from self._status(self._model)
            seen = status.get("applications", {})
            if all(_has_become(seen.get(name), wanted) for name, wanted in applications.items()):
                return
            yield Pause()
        raise KitError(f"{self._model} does not settle: wanted {dict(applications)}, seen {json.dumps(seen)[:2000]}")

    def _unit(self, application: str) -> Steps[tuple[str, dict[str, Any]]]:
        """Return the name of an application's first unit and what status says of it."""
        status = yield from self._status(self._model)
        units: dict[str, dict[str, Any]] = status["applications"][application].get("units") or {}
        if not units:
            raise KitError(f"{application} has no unit")
        return next(iter(units.items()))

    def _address(self, application: str) -> Steps[str]:
        _, unit = yield from self._unit(application)
        return str(unit["public-address"])

    def _host(self, who: str) -> Steps[str]:
        """Return the host name of the machine of an application's unit, or of the controller."""
        if who == "controller":
            status = yield from self._status(f"{self._juju.controller}:{CONTROLLER_MODEL}")
            machine = "0"
        else:
            status = yield from self._status(self._model)
            units = status["applications"][self._application(who).name]["units"]
            machine = str(next(iter(units.values()))["machine"]).partition("/")[0]
        seen = status["machines"][machine]
        return str(seen.get("display-name") or seen.get("hostname"))

    def _password(self) -> Steps[str]:
        if self._known_password:
            return self._known_password
        name, _ = yield from self._unit(self._juju.grafana.name)
        run = "run-action --wait" if self._old else "run"
        reply = yield from self._type(f"juju {run} -m {self._model} {name} get-admin-password --format=json")
        password = _find(json.loads(reply.out), "password")
        if not password:
            raise KitError("get-admin-password told no password")
        self._known_password = password
        return password

    def _source(self) -> Steps[str]:
        """Return the uid of the data source that Juju made, once it is there."""
        for _ in range(LOOKS):
            reply = yield from self._ask_grafana("GET", "/api/datasources", None)
            for each in json.loads(reply.out):
                if str(each["name"]) == f"{self._juju.prometheus.name} - Juju generated source":
                    return str(each["uid"])
            yield Pause()
        raise KitError("Juju made no data source in Grafana")


def _has_become(application: dict[str, Any] | None, wanted: str) -> bool:
    """Return whether every unit of an application has come to a workload status, or it is gone for an empty one."""
    if not wanted:
        return application is None
    units: dict[str, Any] = (application or {}).get("units") or {}
    # An agent that waits for its machine has not begun, and may never.
    settled = ("idle", "lost", "allocating") if wanted == "waiting" else ("idle", "lost")
    return bool(units) and all(
        unit["workload-status"]["current"] == wanted and unit["juju-status"]["current"] in settled
        for unit in units.values()
    )


def _find(said: Any, key: str) -> str:
    """Return the value of a key, however deep inside."""
    if isinstance(said, dict):
        inside = cast("dict[str, Any]", said)
        if isinstance(inside.get(key), str):
            return inside[key]
        return next((found for each in inside.values() if (found := _find(each, key))), "")
    return ""


def _last(reply: Reply) -> str:
    return " / ".join(f"{reply.out}\n{reply.err}".strip().splitlines()[-5:])[:1000]


def panel(number: int, title: str, expression: str, source: Mapping[str, str]) -> dict[str, object]:
    """Return a panel of a dashboard that plots one expression."""
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": dict(source),
        "gridPos": {"h": 8, "w": 12, "x": 12 * ((number - 1) % 2), "y": 8 * ((number - 1) // 2)},
        "targets": [{"refId": "A", "expr": expression, "datasource": dict(source)}],
    }


def dashboard(*panels: Mapping[str, object], title: str = "Our kit", uid: str = "our-kit") -> dict[str, object]:
    """Return what is posted to make a dashboard, or to make it anew."""
    return {
        "dashboard": {
            "id": None,
            "uid": uid,
            "title": title,
            "schemaVersion": 39,
            "time": {"from": "now-15m", "to": "now"},
            "panels": [dict(each) for each in panels],
        },
        "overwrite": True,
    }


OUR_SOURCE = {"type": "prometheus", "uid": "@source@"}
DASHBOARD = dashboard(panel(1, "Is it up", "up", OUR_SOURCE), panel(2, "Load", "node_load1", OUR_SOURCE))
"""What the reference's group looks at."""
