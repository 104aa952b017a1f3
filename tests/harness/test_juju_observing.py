"""Looking at Juju: what is asked once, what is asked again, and what is not asked of a controller that is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from types import SimpleNamespace
from typing import Any

import pytest

from harness.access import ConnectionRefused
from harness.completed import Completed
from harness.errors import AccessRefused, CheckFailed, KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.evidence import BODY_LIMIT, EvidenceLog
from harness.grafana import Dashboard, Grafana, Panel, Queried, Source, Target
from harness.judging import grafana as judging
from harness.juju.status import Status, of_api, of_command
from harness.kit import Kit
from harness.machines import Machine
from harness.observing import grafana, juju
from tests.harness.grafana_shapes import JUJU_SOURCE, Answers
from tests.harness.juju_shapes import ACCOUNTS, API_36, COMMAND_36, CONTROLLERS, MODELS, command_29, put
from tests.judging.test_juju import machine

BUSY = put(API_36, "applications > grafana > units > grafana/1 > agent-status > status", "executing")
CLOUDS: dict[str, Any] = {"maas-one": {"type": "maas"}}
NAMES = ("grafana", "prometheus2")


class Place:
    """An access to a main whose `juju` answers from a table, with a controller's port that is open or not."""

    def __init__(self, status: Any, *, version: str = "3.6.8", port_open: bool = True) -> None:
        self.log = EvidenceLog()
        self.names = {"172.16.0.25": "server4"}
        self.commands: list[str] = []
        self.knocks = 0
        self.machine = machine("server1", "172.16.0.13", "abc001")
        self._status = status
        self._version = version
        self._port_open = port_open

    def hide(self, secret: str) -> None:
        """Keep a secret out of evidence."""
        self.log.hide(secret)

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> Any:
        """Open the controller's port."""
        self.knocks += 1
        if not self._port_open:
            raise ConnectionRefused(address, port)
        return SimpleNamespace(close=lambda: None)

    def run(self, wanted: str, *, timeout: float, limit: int, record: bool = True) -> Completed:
        """Answer a command."""
        self.commands.append(wanted)
        if "cat " in wanted:
            mark = wanted.partition('echo "')[2].partition(" controllers")[0]
            controllers = CONTROLLERS.replace("3.6.8", self._version)
            files = {"controllers.yaml": controllers, "accounts.yaml": ACCOUNTS, "models.yaml": MODELS}
            return self._said(wanted, "".join(f"\n{mark} {name}\n{text}" for name, text in files.items()))
        answers: Mapping[str, Any] = {
            "juju clouds": CLOUDS,
            "juju controllers": {"controllers": {"maas-controller": {}}},
            "juju models": {"models": [{"name": "controller"}, {"name": "openstack"}]},
            "juju status": self._status,
        }
        return self._said(wanted, json.dumps(next(answer for part, answer in answers.items() if part in wanted)))

    def machines(self) -> tuple[Machine, ...]:
        """Show the controller's machine in MAAS."""
        return (self.machine,)

    def _said(self, wanted: str, out: str) -> Completed:
        return Completed(wanted, 0, out.encode(), b"", 0.0)


def kit(place: Place, **names: str) -> Kit:
    """Return a kit that is reached that way."""
    described = {"controller": "maas-controller", "model": "openstack", "grafana": "grafana"}
    described |= {"prometheus": "prometheus2", **names}
    made: Any = SimpleNamespace(juju=SimpleNamespace(**described), network=IPv4Network("172.16.0.0/20"))
    access: Any = place
    return Kit(made, access, access)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what sets the answers of the API: a first look, and the looks after it."""

    def answers(
        first: Any, *later: Any, models: tuple[str, ...] = ("controller", "openstack"), login: str = ""
    ) -> None:
        looks = list(later)
        sight = SimpleNamespace(
            version="3.6.8",
            models=dict.fromkeys(models, "uuid"),
            controller=Status("controller", "3.6.8"),
            model=of_api(first, "it") if first else None,
            raw=first or {},
        )

        class Api:
            def look(self, _model: str) -> Any:
                return sight

            def model(self, _uuid: str) -> Status:
                return of_api(looks.pop(0), "it")

            def version(self) -> str:
                if not login:
                    raise AccessRefused("it does not let us in")
                return login

        monkeypatch.setattr(juju, "api", lambda _kit: Api())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in

    return answers


def test_a_dead_controller_is_asked_once() -> None:
    """Nothing that is slow is asked of a port that takes no connection, and every check says so at once."""
    place = Place(COMMAND_36, port_open=False)
    seen = kit(place)
    for ask in (juju.witnesses, juju.truth, juju.own_model, grafana.sources):
        with pytest.raises(Unreachable, match=r"'maas-controller' does not answer: nothing listens on 172\.16\.0\.13"):
            ask(seen)

    assert place.knocks == 1
    assert not any("juju status" in command or "juju models" in command for command in place.commands)


def test_maas_knows_why_a_controller_is_gone() -> None:
    """A machine that was released is a fact about the kit, which explains the silence."""
    place = Place(COMMAND_36, port_open=False)
    place.machine = machine("server1", None, "abc001", status_name="Ready")

    with pytest.raises(CheckFailed, match=r"No machine in MAAS has the address 172\.16\.0\.13"):
        juju.witnesses(kit(place))


def test_everything_is_asked_once(api: Callable[..., None]) -> None:
    """Checks share answers, and each has them as its evidence."""
    api(API_36)
    place = Place(COMMAND_36)
    seen = kit(place)
    first = juju.witnesses(seen)
    evidence = [piece.summary for piece in seen.log.take()]

    assert juju.witnesses(seen) is first
    assert [piece.summary for piece in seen.log.take()] == evidence
    assert sum("juju status" in command for command in place.commands) == 1
    assert juju.truth(seen).applications["grafana"].status == "active"


def test_the_api_is_believed(api: Callable[..., None]) -> None:
    """Whatever `juju status` prints, a 3.x controller's own word counts."""
    api(put(API_36, "relations", []))

    assert juju.truth(kit(Place(COMMAND_36))).applications["grafana"].relations == frozenset()


def test_an_old_controller_is_not_asked(api: Callable[..., None]) -> None:
    """Juju 2.9: the reason is kept, and `juju status` is what there is."""
    api(None, login="2.9.51")
    seen = kit(Place(command_29(), version="2.9.51"))
    told = juju.witnesses(seen)

    assert told.sight is None
    assert told.without.startswith("python-libjuju 3.6 cannot speak to Juju 2.9.51")
    assert juju.truth(seen) == of_command(command_29(), "it")
    assert juju.own_model(seen).model == "openstack"


def test_an_old_version_in_the_clients_files_is_no_excuse(api: Callable[..., None]) -> None:
    """Whoever edits them, and spoils the login, does not get rid of the second witness."""
    api(API_36)

    with pytest.raises(AccessRefused, match="does not let us in"):
        juju.witnesses(kit(Place(command_29(), version="2.9.51")))


def test_a_controller_that_is_newer_than_the_files_say(api: Callable[..., None]) -> None:
    """It is asked like any other."""
    api(API_36, login="3.6.8")

    assert juju.witnesses(kit(Place(COMMAND_36, version="2.9.51"))).sight is not None


def test_a_model_that_is_not_there(api: Callable[..., None]) -> None:
    """What there is instead is named."""
    api(None, models=("controller", "default"))

    with pytest.raises(CheckFailed, match="has no model 'openstack'; it has controller, default"):
        juju.truth(kit(Place(COMMAND_36)))


def test_a_controller_that_is_not_there() -> None:
    """So are controllers."""
    with pytest.raises(CheckFailed, match="knows no controller 'main'; it knows maas-controller"):
        juju.controller(kit(Place(COMMAND_36), controller="main"))


@pytest.mark.parametrize(
    ("looks", "pauses", "agent"),
    [([API_36], 0, "idle"), ([BUSY, API_36], 1, "idle"), ([BUSY] * 6, 5, "executing")],
)
def test_agents_at_work_are_waited_for(api: Callable[..., None], looks: list[Any], pauses: int, agent: str) -> None:
    """An agent that runs update-status is idle a moment later; one that never is, is not waited for long."""
    api(*looks)
    paused: list[float] = []
    status = juju.settled(kit(Place(COMMAND_36)), *NAMES, pause=paused.append)

    assert len(paused) == pauses
    assert status.applications["grafana"].units[0].agent == agent


def test_secrets_stay_out_of_evidence(api: Callable[..., None]) -> None:
    """The client's files hold the administrator's password."""
    api(API_36)
    seen = kit(Place(COMMAND_36))
    juju.witnesses(seen)

    assert "0123456789abcdef" not in str(seen.log.take())


def test_evidence_of_the_api_is_bounded() -> None:
    """Deep lists fail to be written, and wide ones in them grow when they are."""
    deep: Any = [0] * 1000
    for _ in range(100):
        deep = [deep]
    deeper: Any = deep
    for _ in range(800):
        deeper = [deeper]

    assert len(juju.shown({"model": deep})) <= BODY_LIMIT + 1000
    assert juju.shown({"model": deeper}).startswith('{\n "model": [')
    assert json.loads(juju.shown(API_36)) == {
        key: API_36[key] for key in ("model", "applications", "relations", "machines")
    }


def test_an_api_that_fails_while_it_is_waited_for(monkeypatch: pytest.MonkeyPatch, api: Callable[..., None]) -> None:
    """What is slow to fail is asked once."""
    api(BUSY)
    asked: list[str] = []

    def hangs(_kit: Kit) -> Status:
        asked.append("now")
        raise TimedOut("silent")

    monkeypatch.setattr(juju, "now", hangs)
    seen = kit(Place(COMMAND_36))
    for _ in range(3):
        with pytest.raises(TimedOut):
            juju.settled(seen, *NAMES, pause=lambda _: None)

    assert asked == ["now"]


@pytest.mark.parametrize("name", ["grafana/1\ud800", "--help/1", "grafana/one", "grafana/1 x"])
def test_units_of_impossible_names(name: str, monkeypatch: pytest.MonkeyPatch, api: Callable[..., None]) -> None:
    """Nothing is run on what is no unit's name."""
    api(API_36)
    monkeypatch.setattr(grafana, "place", lambda _kit: judging.Place(name, "172.16.0.25", 3000))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in

    with pytest.raises(UnexpectedAnswer, match="no name of a unit"):
        grafana.grafana(kit(Place(COMMAND_36), grafana_password=""))


def test_a_login_in_a_sources_url_stays_out_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grafana lists its data sources with whatever their makers wrote into them."""
    told = {**JUJU_SOURCE, "url": "http://me:s3cret-y@172.16.0.23:9090", "basicAuthPassword": "s3cret-z"}
    seen = kit(Place(COMMAND_36))
    http: Any = Answers({"GET /api/datasources": [told]})
    monkeypatch.setattr(grafana, "grafana", lambda _kit: Grafana(http, "http://172.16.0.25:3000"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in

    assert grafana.sources(seen)[0].url == "http://me:s3cret-y@172.16.0.23:9090"
    assert http.recorded == [False]
    (piece,) = seen.log.take()
    assert (piece.source, piece.summary) == ("server4", "GET http://172.16.0.25:3000/api/datasources -> 1 data sources")
    assert "prometheus2 - Juju generated source" in piece.body
    assert "s3cret" not in str(piece)


@pytest.mark.parametrize(
    ("failure", "kind"), [(TimedOut("silent"), TimedOut), (ConnectionRefused("172.16.0.25", 3000), CheckFailed)]
)
def test_why_there_are_no_sources_is_evidence(
    failure: KitError, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is what went wrong."""
    seen = kit(Place(COMMAND_36))
    http: Any = Answers({"GET /api/datasources": failure})
    monkeypatch.setattr(grafana, "grafana", lambda _kit: Grafana(http, "http://172.16.0.25:3000"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in

    with pytest.raises(kind):
        grafana.sources(seen)
    assert type(failure).__name__ in seen.log.take()[0].summary


def test_only_so_many_queries_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not run costs nothing."""
    panel = Panel("p", tuple(Target({"uid": "P1"}, f"up{n}") for n in range(50)))
    source = Source(1, "P1", "x", "prometheus", "")
    done: list[str] = []
    client = SimpleNamespace(query=lambda *_, **__: Queried(()))  # pyright: ignore[reportUnknownLambdaType] - stands in
    monkeypatch.setattr(grafana, "grafana", lambda _kit: client)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in
    monkeypatch.setattr(grafana, "sources", lambda _kit: (source,))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in
    monkeypatch.setattr(grafana, "filled", lambda e, _: done.append(e) or e)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - stands in
    ran = grafana.run_panels(kit(Place(COMMAND_36)), [Dashboard("u", "d", (panel,), {})], source)

    assert (len(ran), len(done)) == (grafana.QUERIES, grafana.QUERIES)


def test_where_units_answer(api: Callable[..., None]) -> None:
    """The port that a unit opened, the usual one where it opened several or none."""
    api(put(API_36, "applications > grafana > units > grafana/1 > opened-ports", ["8080/tcp"]))
    seen = kit(Place(COMMAND_36))

    assert grafana.place(seen).url == "http://172.16.0.25:8080"
    assert [place.url for place in grafana.prometheus_places(seen)] == ["http://172.16.0.23:9090"]


def test_failures_can_be_answers() -> None:
    """What is slow to fail is asked once; what is not is asked again."""
    asked: list[str] = []

    def fail() -> None:
        asked.append("x")
        raise KitError("silent", help="wait")

    seen = kit(Place(COMMAND_36))
    for keep in (False, False, True, True):
        with pytest.raises(KitError, match="silent") as caught:
            seen.once(("question", keep), fail, keep_failure=keep)
        assert caught.value.help == "wait"

    assert len(asked) == 3
