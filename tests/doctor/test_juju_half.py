"""Whole kits of Juju's half: the controller, the model and what runs in it out of reach one by one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import pytest

from harness.doctor.step import State
from simulators.embedded.kit import EmbeddedKit, start
from simulators.plan import Plan
from tests.doctor.described import broken, changed, examined
from tests.embedded.juju_kits import typed

DATA = "/home/cloud/.local/share/juju"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Generator[EmbeddedKit]:
    """A kit at checkpoint 4; what a test breaks it mends."""
    with start(Plan.at("checkpoint-4"), name="kit-doctor", folder=tmp_path_factory.mktemp("kit")) as kit:
        yield kit


def test_everything_can_be_reached(built: EmbeddedKit) -> None:
    """Controller, model, Grafana and Prometheus; WordPress is not there."""
    steps = examined(built.kit_yaml)
    states = {each.id: each.state for each in steps.values()}

    assert {each for each, state in states.items() if state is not State.OK} == {"name", "roles", "wordpress"}
    assert {states["name"], states["roles"], states["wordpress"]} == {State.NOT_NEEDED}
    assert steps["juju-controller"].seen.startswith("it takes connections; Juju 3.6")
    assert "grafana active" in steps["juju-model"].seen
    assert steps["prometheus"].seen == "it answers queries"


def test_juju_is_not_installed() -> None:
    """Needed at this stage; a kit between the halves, or of no known stage, does without."""
    bare = Plan.at("checkpoint-1")
    with start(replace(bare, kit_yaml={"stage": "checkpoint-4"}), name="kit-without-juju") as kit:
        first = broken(examined(kit.kit_yaml))
    with start(replace(bare, kit_yaml={"stage": None}), name="kit-of-no-stage") as kit:
        steps = examined(kit.kit_yaml)

    assert (first.id, first.seen) == ("juju", "Juju is not installed on main: there is no command `juju`.")
    assert steps["juju"].seen == "Juju: not installed, not needed before checkpoint 4"
    assert {steps[each].because for each in ("juju-controller", "juju-model", "grafana", "wordpress")} == {"juju"}
    assert not [step for step in steps.values() if step.state is State.BROKEN]


def test_the_controller_is_dead(built: EmbeddedKit) -> None:
    """Its agent was stopped: its machine and MAAS' word on it are told."""
    typed(built, "sudo systemctl stop jujud-machine-0", on="server1")
    try:
        steps = examined(built.kit_yaml)
    finally:
        typed(built, "sudo systemctl start jujud-machine-0", on="server1")
    first = broken(steps)

    assert (first.id, steps["grafana"].because) == ("juju-controller", "juju-controller")
    assert "the controller does not answer" in first.seen
    assert "its machine is server1: Deployed, power on" in first.advice


def test_the_controller_is_unknown(built: EmbeddedKit) -> None:
    """What main's client knows instead is told."""
    first = broken(examined(changed(built.kit_yaml, juju={"controller": "main"})))

    assert first.id == "juju-controller"
    assert first.seen == "the client on main knows no controller 'main'; it knows maas-controller"
    assert "juju.controller" in first.advice


def test_the_client_is_logged_out(built: EmbeddedKit) -> None:
    """It knows the controller, and has no password for it."""
    files = built.main.files
    kept = files.read(f"{DATA}/accounts.yaml")
    files.write(f"{DATA}/accounts.yaml", "controllers: {}\n")
    try:
        first = broken(examined(built.kit_yaml))
    finally:
        files.write(f"{DATA}/accounts.yaml", kept)

    assert first.id == "juju-controller"
    assert "`juju login -c maas-controller`" in first.advice


def test_the_model_is_unknown(built: EmbeddedKit) -> None:
    """The controller answers, and has none of that name."""
    first = broken(examined(changed(built.kit_yaml, juju={"model": "cloud"})))

    assert first.id == "juju-model"
    assert "not found" in first.seen
    assert "juju.model" in first.advice


@pytest.mark.parametrize(
    ("application", "service", "machine"),
    [("grafana", "grafana-server", "grafana"), ("prometheus", "prometheus", "prometheus2")],
)
def test_an_application_was_stopped(built: EmbeddedKit, application: str, service: str, machine: str) -> None:
    """Juju still says active, and nobody answers at its port."""
    status = typed(built, "juju status --format=json").json
    [unit] = status["applications"][machine]["units"].values()
    host = status["machines"][unit["machine"]]["display-name"]
    done = typed(built, f"sudo systemctl stop {service}", on=host)
    try:
        steps = examined(built.kit_yaml)
    finally:
        typed(built, f"sudo systemctl start {service}", on=host)
    first = broken(steps)

    assert done.status == 0, done.err
    assert first.id == application
    assert "connection refused" in first.seen
    assert f"on its machine {host} ({unit['public-address']})" in first.advice


def test_wordpress() -> None:
    """Its first page answers; then its web server is stopped."""
    with start(Plan.at("checkpoint-5"), name="kit-wordpress") as kit:
        steps = examined(kit.kit_yaml)
        [unit] = typed(kit, "juju status --format=json").json["applications"]["wordpress"]["units"].values()
        machine = next(name for name, host in kit.machines.items() if host.address == unit["public-address"])
        done = typed(kit, "sudo systemctl stop nginx", on=machine)
        first = broken(examined(kit.kit_yaml))

    assert (steps["wordpress"].state, steps["wordpress"].seen) == (State.OK, "its first page answers with 200")
    assert done.status == 0, done.err
    assert first.id == "wordpress"
    assert "nginx" in first.advice


def test_machines_that_nobody_asks(built: EmbeddedKit) -> None:
    """The checks of this half need no login to a machine: that it is refused is no obstacle."""
    files = built.main.files
    kept = files.read("/home/cloud/.ssh/id_ed25519")
    files.write("/home/cloud/.ssh/id_ed25519", "")
    try:
        steps = examined(built.kit_yaml)
    finally:
        files.write("/home/cloud/.ssh/id_ed25519", kept)

    assert steps["servers"].state == State.NOT_NEEDED
    assert steps["servers"].seen.endswith("no check needs it here")
    assert not [step for step in steps.values() if step.state is State.BROKEN]


def test_juju_before_it_is_needed(built: EmbeddedKit) -> None:
    """It is installed already: its controller is nobody's business yet."""
    steps = examined(changed(built.kit_yaml, stage="checkpoint-3", juju={"controller": "no-such"}))

    assert (steps["juju"].state, steps["juju-controller"].state) == (State.OK, State.NOT_NEEDED)
    assert steps["grafana"].because == "juju-controller"
    assert not [step for step in steps.values() if step.state is State.BROKEN]


def test_after_clean_up() -> None:
    """No controller is expected then, and none is asked."""
    with start(Plan.at("cleanup"), name="kit-cleaned") as kit:
        steps = examined(kit.kit_yaml)

    assert (steps["juju"].state, steps["juju-controller"].state) == (State.OK, State.NOT_NEEDED)
    assert steps["juju-controller"].seen == "after clean-up there is none"
    assert not [step for step in steps.values() if step.state is State.BROKEN]
