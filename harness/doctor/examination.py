"""Takes the steps of an examination: those that need no other at the same time, each within seconds, told in order."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.doctor import applications, juju, logging_in, maas, servers, way
from harness.doctor.step import Found, State, Step, broken, ok
from harness.errors import CheckFailed, KitError, UsageError
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.doctor.examined import Examined

SECONDS = 30.0
"""For the whole examination."""
TEXT_LIMIT = 400
"""Characters of one text of a step."""


@dataclass(frozen=True, slots=True)
class Question:
    """One step before it is taken."""

    id: str
    title: str
    ask: Callable[[Examined], Found]
    """Raises KitError, CheckFailed or UsageError when it is broken."""
    needs: tuple[str, ...] = ()
    """Steps that must not be broken; they come earlier."""
    follows: str = ""
    """The step without which this one is not needed either."""
    after: str = ""
    """The step whose findings it uses when there are any; it comes earlier too."""
    seconds: float = 10.0


def _file(_kit: Examined) -> Found:
    return ok("read kit.yaml", "usable")


QUESTIONS = (
    Question("file", "kit.yaml", _file),
    Question("credentials", "what to log in with", way.credentials, ("file",)),
    Question("name", "name of the address", way.name, ("file",), seconds=5.0),
    Question("tcp", "TCP connection", way.tcp, ("name",), seconds=6.0),
    Question("ssh", "SSH server", way.ssh, ("tcp",), seconds=6.0),
    Question("host-key", "host key", logging_in.host_key, ("credentials", "ssh"), seconds=12.0),
    Question("login", "login", logging_in.login, ("host-key",), seconds=5.0),
    Question("commands", "commands on main", logging_in.commands, ("login",), seconds=8.0),
    Question("forwarding", "forwarding through main", maas.forwarding, ("login",), seconds=6.0),
    Question("maas", "MAAS", maas.maas, ("forwarding",), seconds=15.0),
    Question("api-key", "MAAS' API key", maas.api_key, ("maas",), seconds=20.0),
    Question("roles", "roles", maas.roles, ("api-key",)),
    Question("servers", "from main into the machines", servers.servers, ("commands", "api-key"), seconds=14.0),
    Question("juju", "Juju on main", juju.client, ("commands",)),
    Question("juju-controller", "Juju's controller", juju.controller, ("juju", "forwarding"), "juju", "api-key"),
    Question("juju-model", "Juju's model", juju.model, ("juju-controller",), "juju-controller", seconds=16.0),
    Question("grafana", "Grafana", applications.grafana, ("juju-model",), "juju-model"),
    Question("prometheus", "Prometheus", applications.prometheus, ("juju-model",), "juju-model"),
    Question("wordpress", "WordPress", applications.wordpress, ("juju-model",), "juju-model"),
)


def examine(
    kit: Examined,
    on_step: Callable[[Step], None] = lambda _: None,
    *,
    questions: Sequence[Question] = QUESTIONS,
    seconds: float = SECONDS,
) -> tuple[Step, ...]:
    """Take every step, and return them in the order of `questions`; `on_step` hears of each when those before it ended.

    A step that is not done in its own time, or when the `seconds` of all are up, is broken; what it still does ends by
    itself, in a thread that nobody waits for.
    """
    end = time.monotonic() + seconds
    done: dict[str, Step] = {}
    running: dict[str, tuple[Question, float]] = {}
    finished: queue.Queue[tuple[Question, Found, float]] = queue.Queue()
    told = 0
    while len(done) < len(questions):
        for question in questions:
            awaited = {*question.needs, question.after} - {""}
            if question.id in done or question.id in running or not awaited <= done.keys():
                continue
            spared = _spared(question, done)
            if spared is not None:
                done[question.id] = spared
            else:
                running[question.id] = (question, time.monotonic())
                threading.Thread(
                    target=_ask, args=(kit, question, finished), name=f"doctor {question.id}", daemon=True
                ).start()
        if running:
            _wait(kit, running, finished, done, end)
        while told < len(questions) and questions[told].id in done:
            on_step(done[questions[told].id])
            told += 1
    return tuple(done[question.id] for question in questions)


def _wait(
    kit: Examined,
    running: dict[str, tuple[Question, float]],
    finished: queue.Queue[tuple[Question, Found, float]],
    done: dict[str, Step],
    end: float,
) -> None:
    """Wait until one of the steps that run is done, or its time is up."""
    due = min(end, *(begun + question.seconds for question, begun in running.values()))
    try:
        question, found, took = finished.get(timeout=max(0.0, due - time.monotonic()))
    except queue.Empty:
        for question, begun in list(running.values()):
            took = time.monotonic() - begun
            if took >= question.seconds or time.monotonic() >= end:
                del running[question.id]
                done[question.id] = _step(kit, question, _late(took), took)
    else:
        if running.pop(question.id, None) is not None:
            done[question.id] = _step(kit, question, found, took)


def first_broken(steps: Sequence[Step]) -> Step | None:
    """Return the first step that is broken, None when all can be reached."""
    return next((step for step in steps if step.state is State.BROKEN), None)


def _spared(question: Question, done: Mapping[str, Step]) -> Step | None:
    """Return the step when it cannot be taken because of another one, or need not be."""
    for need in question.needs:
        earlier = done[need]
        if earlier.state in (State.BROKEN, State.NOT_TRIED):
            cause = done[earlier.because or need]
            seen = f"it needs: {cause.title}"
            return Step(question.id, question.title, State.NOT_TRIED, "", seen, "", 0.0, because=cause.id)
    leader = done.get(question.follows)
    if leader is not None and leader.state is State.NOT_NEEDED:
        because = leader.because or leader.id
        return Step(question.id, question.title, State.NOT_NEEDED, "", leader.seen, "", 0.0, because=because)
    return None


def _ask(kit: Examined, question: Question, finished: queue.Queue[tuple[Question, Found, float]]) -> None:
    begun = time.monotonic()
    try:
        found = question.ask(kit)
    except (KitError, CheckFailed) as failure:
        found = broken("", str(failure), failure.help)
    except UsageError as failure:
        found = broken("", str(failure))
    except Exception as error:  # noqa: BLE001 - our own fault must not leave the others without an answer
        found = broken("", f"a fault of Kitcheck itself: {type(error).__name__}: {error}")
    finished.put((question, found, time.monotonic() - begun))


def _late(took: float) -> Found:
    return broken("", f"no answer within {took:.0f} s", "is the kit, or the name server, very slow? Try again")


def _step(kit: Examined, question: Question, found: Found, took: float) -> Step:
    """Return a step without secrets and control codes: what a kit said is in it."""
    redact = kit.access.log.redact
    tried, seen, advice = (one_line(redact(text), limit=TEXT_LIMIT) for text in (found.tried, found.seen, found.advice))
    return Step(question.id, question.title, found.state, tried, seen, advice, round(took, 3))
