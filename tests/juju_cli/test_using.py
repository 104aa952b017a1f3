"""What is done with what was deployed: relations, actions, configuration, errors, ssh, the log."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
import yaml

from simulators.juju.cli.call import Call
from simulators.juju.cli.debug_log import entity
from simulators.juju.cli.flags import Given
from simulators.juju.cli.running import parameters
from simulators.juju.connection import Connection
from tests.juju.worlds import played
from tests.juju_cli.mains import Main, controller_of, main


async def two(here: Main) -> None:
    """Deploy Grafana and Prometheus from the store."""
    await here.done("deploy grafana")
    await here.done("deploy prometheus2")
    await here.active("grafana/0", "prometheus2/0")


@played
async def test_integrating() -> None:
    """Both orders do; a second time it is refused, and where to look is said."""
    async with main(until="bootstrapped") as here:
        await two(here)
        done = await here.done("integrate prometheus2:grafana-source grafana:grafana-source")
        again = await here.types("integrate", "grafana:grafana-source", "prometheus2:grafana-source")
        await here.active("grafana/0", "prometheus2/0")
        shown = await here.done("status --relations")
        await here.done("remove-relation grafana:grafana-source prometheus2:grafana-source")
        await here.active("grafana/0", "prometheus2/0")
        removed = await here.done("status --relations")

    assert (done.out, done.err) == ("", "")
    assert again.status == 1
    assert "already exists" in again.err
    assert again.err.endswith("Use 'juju status --relations' to view the current relations.\n")
    assert "prometheus2:grafana-source  grafana:grafana-source  grafana-source  regular  \n" in shown.out
    assert "Integration provider" not in removed.out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("grafana prometheus2", 1, 'ambiguous relation: "grafana prometheus2" could refer to "grafana:grafana-source'),
        (
            "prometheus2:grafana\N{EN DASH}source grafana:grafana-source",
            2,
            'endpoint "prometheus2:grafana\N{EN DASH}source" not valid',
        ),
        ("grafana", 2, "an integration must involve two applications"),
        ("grafana: prometheus2", 2, 'endpoint "grafana:" not valid'),
        ("Grafana prometheus2", 2, 'application name "Grafana" not valid'),
        ("grafana wordpress", 1, 'application "wordpress" not found'),
        ("grafana:nothing prometheus2", 1, 'application "grafana" has no "nothing" relation'),
    ],
)
@played
async def test_relations_that_cannot_be(words: str, status: int, message: str) -> None:
    """The en dash of the handout, endpoints that are not named, and others."""
    async with main(until="bootstrapped") as here:
        await two(here)
        ended = await here.types("integrate", *words.split())

    assert ended.status == status
    assert ended.err.startswith(f"ERROR {message}")


@played
async def test_an_action_of_3_6() -> None:
    """Progress goes to standard error, results to standard output."""
    async with main(until="bootstrapped") as here:
        await two(here)
        plain = await here.done("run grafana/0 get-admin-password")
        as_json = await here.done("run grafana/leader get-admin-password --format json")
        both = await here.done("run grafana/0 get-login-info --format yaml --wait 30s")
        waits = await here.done("run grafana/0 get-admin-password --background")

    assert re.fullmatch(r"password: \S+\n", plain.out)
    assert plain.err == "Running operation 1 with 1 task\n  - task 2 on unit-grafana-0\n\nWaiting for task 2...\n"
    told = json.loads(as_json.out)["grafana/0"]
    assert (told["id"], told["status"], told["unit"]) == ("4", "completed", "grafana/0")
    assert told["results"] == {"password": plain.out.split()[1], "return-code": 0}
    assert set(told["timing"]) == {"enqueued", "started", "completed"}
    assert set(yaml.safe_load(both.out)["grafana/0"]["results"]) == {"url", "username", "password", "return-code"}
    assert waits.err.endswith("Check task status with 'juju show-task 8'\n")


@played
async def test_an_action_of_2_9() -> None:
    """With `--wait` the results come as yaml, without it an id."""
    async with main("2.9", until="bootstrapped") as here:
        await two(here)
        waited = yaml.safe_load((await here.done("run-action --wait grafana/0 get-admin-password")).out)
        queued = await here.done("run-action grafana/0 get-admin-password")
        wrong = await here.types("run-action", "grafana/2", "get-admin-password", "--wait")
        commands = await here.types("run", "--unit", "grafana/0", "uptime")

    told = waited["unit-grafana-0"]
    assert list(told) == ["UnitId", "id", "results", "status", "timing"]
    assert (told["UnitId"], told["id"], told["status"]) == ("grafana/0", "2", "completed")
    assert "password" in told["results"]
    assert queued.out == 'Action queued with id: "4"\n'
    assert (wrong.status, wrong.err) == (1, 'ERROR "unit-grafana-2" not found\n')
    assert commands.status == 2


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("grafana get-admin-password", 2, "ERROR no unit specified\n"),
        ("grafana/0", 2, "ERROR no action specified\n"),
        ("grafana/0 prometheus2/0 x", 2, "ERROR all units must be of the same application\n"),
        ("grafana/0 get-admin-password x", 2, 'ERROR argument "x" must be of the form key.key.key...=value\n'),
        (
            "grafana/2 get-admin-password",
            0,
            'Operation failed to schedule any tasks:\n"unit-grafana-2" not found\n',
        ),
        ("grafana/0 x --wait soon", 2, 'ERROR invalid value "soon" for option --wait: time: invalid duration "soon"\n'),
    ],
)
@played
async def test_actions_that_cannot_be(words: str, status: int, message: str) -> None:
    """What students mistype is refused as Juju refuses it; 3.6 ends with 0 when no task could be queued."""
    async with main(until="bootstrapped") as here:
        await two(here)
        ended = await here.types("run", *words.split())

    assert (ended.status, ended.out, ended.err) == (status, "", message)


class Failing:
    """A login to a controller whose actions all fail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.login = connection.login

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def call(
        self, facade: str, request: str, params: Mapping[str, Any] | None = None, *, id: str = ""
    ) -> dict[str, Any]:
        """Answer as the controller does, but that actions fail."""
        answer = await self._connection.call(facade, request, params, id=id)
        if (facade, request) == ("Action", "Actions"):
            for each in answer["results"]:
                each |= {"status": "failed", "message": "no such user", "output": {"return-code": 1, "stdout": "tried"}}
        return answer


@played
async def test_an_action_that_fails() -> None:
    """Its output and message are told, and the command fails: jubilant looks for `task failed`."""

    class Broken(Main):
        async def connect(self, *arguments: Any, **named: Any) -> Any:
            return Failing(await Main.connect(self, *arguments, **named))

    here = Broken()
    await here.bootstrapped()
    await two(here)
    plain = await here.types("run", "grafana/0", "get-admin-password")
    as_json = await here.types("run", "grafana/0", "get-admin-password", "--format", "json")
    await controller_of(here).close()

    assert (plain.status, as_json.status) == (1, 1)
    assert plain.out == "tried\nAction id 2 failed: no such user\n"
    assert plain.err.endswith(
        'ERROR the following task failed:\n - id "2" with return code 1\n\n'
        "use 'juju show-task' to inspect the failure\n\n"
    )
    told = json.loads(as_json.out)["grafana/0"]
    assert (told["status"], told["message"], told["results"]["return-code"]) == ("failed", "no such user", 1)


@played
async def test_actions_take_parameters() -> None:
    """From a file and from the line, the line winning; what the charm does not know is its affair."""
    async with main() as here:
        here.write("p.yaml", "a: 1\nb: {c: 2}\n")
        call = Call("run", Given((), {"params": ("p.yaml",)}), here, "3.6")
        found = parameters(call, ("b.d=true", "a=x"))

    assert found == {"a": "x", "b": {"c": 2, "d": True}}


@played
async def test_looking_at_actions() -> None:
    """They are listed with what they are for, and tasks are shown again."""
    async with main(until="bootstrapped") as here:
        await two(here)
        table = await here.done("actions grafana")
        listed = json.loads((await here.done("actions grafana --format json")).out)
        schema = yaml.safe_load((await here.done("actions grafana --schema")).out)
        unknown = await here.types("actions", "nothing")
        await here.done("run grafana/0 get-admin-password")
        task = yaml.safe_load((await here.done("show-task 2")).out)
        operation = yaml.safe_load((await here.done("show-operation 1")).out)
        absent = await here.types("show-task", "77")

    assert operation["status"] == "completed"
    assert (operation["tasks"]["2"]["host"], operation["tasks"]["2"]["status"]) == ("grafana/0", "completed")
    assert table.out.startswith("Action              Description\nget-admin-password  ")
    assert set(listed) == set(schema) == {"get-admin-password", "get-login-info"}
    assert unknown.err == 'ERROR application "nothing" not found\n'
    assert (task["id"], task["status"], task["unit"]) == ("2", "completed", "grafana/0")
    assert absent.status == 1


@played
async def test_configuring() -> None:
    """Options are shown, read, and set; jubilant reads `settings`."""
    async with main(until="bootstrapped") as here:
        await two(here)
        shown = json.loads((await here.done("config grafana --format json")).out)
        port = await here.done("config grafana port")
        unknown = await here.types("config", "grafana", "nothing")
        wrong = await here.types("config", "grafana", "nothing=1")
        await here.done("config grafana port=3000")
        after = json.loads((await here.done("config grafana --format json")).out)
        await here.done("config grafana --reset port")
        reset = json.loads((await here.done("config grafana --format json")).out)

    assert reset["settings"]["port"]["source"] == "default"
    assert (shown["application"], shown["charm"], port.out) == ("grafana", "grafana", "3000\n")
    assert shown["settings"]["port"]["source"] == "default"
    assert unknown.err == 'ERROR key "nothing" not found in "grafana" application config or charm settings.\n'
    assert wrong.status == 1
    assert after["settings"]["port"]["source"] == "user"


@played
async def test_exposing() -> None:
    """Status says whether an application is exposed."""
    async with main(until="bootstrapped") as here:
        await two(here)
        await here.done("expose grafana")
        exposed = json.loads((await here.done("show-application grafana --format json")).out)
        await here.done("unexpose grafana")
        hidden = json.loads((await here.done("status --format json")).out)

    assert exposed["grafana"]["exposed"] is True
    assert hidden["applications"]["grafana"]["exposed"] is False


@played
async def test_a_failed_hook_is_resolved() -> None:
    """The unit is in error until its hook runs again and succeeds."""
    async with main(until="bootstrapped") as here:
        await here.done("deploy grafana --config install_keys=none")
        model = next(each for each in controller_of(here).models.values() if each.name == "openstack")
        await here.settles(lambda: "grafana/0" in model.units and model.units["grafana/0"].workload.current == "error")
        table = await here.done("status")
        healthy = await here.types("resolved", "grafana/7")
        resolved = await here.types("resolved", "grafana/0")
        nothing = await here.types("resolved")

    assert 'hook failed: "install"' in table.out
    assert healthy.err == 'ERROR unit "grafana/7" not found\n'
    assert (resolved.status, resolved.err) == (0, "")
    assert (nothing.status, nothing.err) == (2, "ERROR no unit specified\n")


class Hearing:
    """A login to a controller that notes what it is asked."""

    def __init__(self, connection: Connection, heard: list[tuple[str, Any]]) -> None:
        self._connection, self._heard = connection, heard
        self.login = connection.login

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def call(
        self, facade: str, request: str, params: Mapping[str, Any] | None = None, *, id: str = ""
    ) -> dict[str, Any]:
        """Note it, and answer as the controller does."""
        self._heard.append((request, params))
        return {} if request == "ResolveUnitErrors" else await self._connection.call(facade, request, params, id=id)

    async def log(self, **wish: Any) -> AsyncGenerator[dict[str, str]]:
        """Note it, and have nothing to tell."""
        self._heard.append(("log", wish))
        for each in ():
            yield each


@played
async def test_what_the_controller_is_asked() -> None:
    """Options reach it: whether a hook runs again, and whether somebody reads along."""
    heard: list[tuple[str, Any]] = []

    class Open(Main):
        async def connect(self, *arguments: Any, **named: Any) -> Any:
            return Hearing(await Main.connect(self, *arguments, **named), heard)

    here = Open()
    await here.bootstrapped()
    heard.clear()
    for line in (
        "resolved grafana/0",
        "resolved --no-retry grafana/0",
        "resolved --all",
        "debug-log",
        "debug-log --tail",
    ):
        await here.done(line)
    here.is_terminal = True
    await here.done("debug-log --replay -l warning -n 5")
    await controller_of(here).close()

    asked = [params for request, params in heard if request == "ResolveUnitErrors"]
    logs = [params for request, params in heard if request == "log"]
    assert [(each["all"], each["retry"], each["tags"]["entities"]) for each in asked] == [
        (False, True, [{"tag": "unit-grafana-0"}]),
        (False, False, [{"tag": "unit-grafana-0"}]),
        (True, True, []),
    ]
    assert [(each["no_tail"], each["replay"], each["lines"], each["level"]) for each in logs] == [
        (True, False, 10, ""),
        (False, False, 10, ""),
        (False, True, 5, "WARNING"),
    ]


@played
async def test_ssh() -> None:
    """The controller says where the unit is; ssh's exit status is the command's."""
    async with main(until="bootstrapped") as here:
        await two(here)
        ended = await here.types("ssh", "grafana/0", "systemctl", "status", "-q", "grafana-server")
        await here.types("ssh", "root@0")
        await here.types("ssh", "prometheus2/leader", "uptime")
        unknown = await here.types("ssh", "grafana/9")

    assert ended.status == 7
    assert here.went == [
        ("172.16.0.22", ("systemctl", "status", "-q", "grafana-server"), "ubuntu"),
        ("172.16.0.22", (), "root"),
        ("172.16.0.23", ("uptime",), "ubuntu"),
    ]
    assert (unknown.status, unknown.err) == (1, 'ERROR unit "grafana/9" not found\n')


@played
async def test_the_log() -> None:
    """Lines are chosen by unit, level and number, and look like Juju's."""
    async with main(until="bootstrapped") as here:
        await two(here)
        whole = await here.done("debug-log --replay --include grafana/0")
        others = await here.done("debug-log --replay --exclude unit-* --no-tail")
        last = await here.done("debug-log --lines 2 --date")
        limited = await here.done("debug-log --replay --limit 3")
        wrong = await here.types("debug-log", "--level", "LOUD")

    assert all(re.match(r"unit-grafana-0: \d\d:\d\d:\d\d [A-Z]+ \S+ ", each) for each in whole.out.splitlines())
    assert "unit-" not in {line.partition("-")[0] + "-" for line in others.out.splitlines()}
    assert len(last.out.splitlines()) == 2
    assert re.match(r"\S+: \d{4}-\d\d-\d\d ", last.out)
    assert len(limited.out.splitlines()) == 3
    assert wrong.status == 2


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("grafana/2", "unit-grafana-2"),
        ("1", "machine-1"),
        ("0/lxd/1", "machine-0-lxd-1"),
        ("unit-grafana-0", "unit-grafana-0"),
        ("grafana", "unit-grafana-*"),
    ],
)
def test_whom_the_log_is_about(word: str, meant: str) -> None:
    """`--include` takes names as status shows them."""
    assert entity(word) == meant


@played
async def test_machines_and_units() -> None:
    """They are shown as status has them."""
    async with main(until="bootstrapped") as here:
        await two(here)
        table = await here.done("machines")
        one = yaml.safe_load((await here.done("show-machine 0")).out)
        unit = yaml.safe_load((await here.done("show-unit grafana/0")).out)
        absent = await here.types("show-unit", "grafana/5")

    assert table.out.splitlines()[1] == "0        started  172.16.0.22  server2  ubuntu@20.04  default  Deployed"
    assert list(one["machines"]) == ["0"]
    assert unit["grafana/0"]["opened-ports"] == ["3000/tcp"]
    assert absent.err == 'ERROR unit "grafana/5" not found\n'


@played
async def test_dashboards() -> None:
    """2.9's controllers serve one, 3.6's need a charm."""
    async with main("3.6", until="bootstrapped") as new, main("2.9", until="bootstrapped") as old:
        ended = await new.types("dashboard")
        before = await old.done("gui")
        renamed = await new.types("gui")

    assert (ended.status, ended.err.splitlines()[0]) == (1, "ERROR The Juju dashboard is not yet deployed.")
    assert "https://172.16.0.21:17070/dashboard" in before.err
    assert renamed.status == 2


@played
async def test_users() -> None:
    """The administrator is the only one."""
    async with main(until="bootstrapped") as here:
        table = await here.done("users")
        again = await here.done("login")
        shown = yaml.safe_load((await here.done("show-controller")).out)

    assert table.out.splitlines()[-1].startswith("admin*  admin         superuser")
    assert again.err == 'Welcome, admin. You are now logged into "maas-controller".\n'
    assert shown["maas-controller"]["details"]["agent-version"] == "3.6.8"
    assert "password" not in shown["maas-controller"]["account"]
