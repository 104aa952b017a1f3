"""Results and a class to make pages of: with every verdict, with causes that several share, and with enemies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.result import CheckpointResult, Result
from harness.verdicts import CheckResult, Evidence, Verdict
from kitcheck.course import attempts
from kitcheck.course.model import Attempt, Course, Grade, Group, Member, Terms
from tests.grading.results import result

NO_PORT = (
    "NGINX answers 502: its upstream names 172.16.0.11 and 172.16.0.12 without a port, which means port 80, and "
    "Django listens on 8080."
)
ENEMY = (
    "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\x1b[31m\x00\u202e\u2066=cmd()|' /C calc'!A0\ud800"
)
"""Everything that a kit could try on whoever reads of it."""
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01" + bytes(64)
AT = "2025-03-01T09:30:01.000Z"


def check(id: str, title: str, verdict: Verdict, **fields: object) -> CheckResult:
    """Return a check's result of checkpoint 3."""
    made = CheckResult("checkpoint-3", id, title, verdict, 2)
    return replace(made, **fields)  # pyright: ignore[reportArgumentType] - fields of a check's result


def third(
    *checks: CheckResult, title: str = "Checkpoint 3: NGINX shares the requests between the Django servers"
) -> Result:
    """Return a result of checkpoint 3."""
    return result(CheckpointResult("checkpoint-3", title, checks))


def without_port() -> Result:
    """Return what a kit says whose upstream has no port: two failures for one reason, one for another, and the rest."""
    proxy = check(
        "proxy-answers",
        "The proxy answers the group's path",
        Verdict.FAILED,
        rationale=NO_PORT,
        help="Write `server 172.16.0.11:8080;` in the upstream, then sudo service nginx restart.",
        expected="NGINX on server4 answers 200 at /tasks/grupo/",
        observed="502 from nginx/1.22.1: <html>",
        evidence=(Evidence("http", "server4", AT, "GET /tasks/grupo/ -> 502", "<html>502 Bad Gateway</html>"),),
    )
    return third(
        check("four-machines-deployed", "MAAS shows four deployed machines with their addresses", Verdict.PASSED),
        proxy,
        replace(proxy, id="django-sees-proxy", title="Both Django servers are asked by the proxy"),
        check(
            "proxy-shares-requests",
            "The proxy shares many requests fairly between both Django servers",
            Verdict.SKIPPED,
            rationale="needs “The proxy answers the group's path”, which failed",
        ),
        check("messages-differ", "Each Django server has a message of its own", Verdict.ERROR, rationale="main sulks"),
        check("explain", "Why?", Verdict.MANUAL, rationale="graded by a person"),
    )


def hostile() -> Result:
    """Return a result in which an enemy chose every text."""
    texts = {"rationale": ENEMY, "help": f"`{ENEMY}`", "expected": ENEMY, "observed": ENEMY}
    seen = (
        Evidence("http", ENEMY, ENEMY, ENEMY, ENEMY),
        Evidence(ENEMY, "main", AT, "a line", "x" * 1_000_000),
        Evidence("image", "main", AT, ENEMY, "javascript:alert(1)"),
        Evidence("image", "main", AT, ENEMY, "data:text/html;base64,PHNjcmlwdD4="),
        Evidence("image", "main", AT, ENEMY, "data:image/png;base64,PHNjcmlwdD4="),
    )
    made = third(
        check(ENEMY, ENEMY, Verdict.FAILED, evidence=seen, **texts),
        check("x" * 5_000, ENEMY, Verdict.ERROR, evidence=seen, **texts),
        check("twice", ENEMY, Verdict.SKIPPED, **texts),
        check("twice", ENEMY, Verdict.MANUAL, **texts),
        title=ENEMY,
    )
    return replace(
        made,
        kit=ENEMY,
        kitcheck_version=ENEMY,
        identity=replace(made.identity, maas_uuid=ENEMY, system_ids={ENEMY: ENEMY}),
    )


def attempt(group: str, number: int, graded: Result) -> Attempt:
    """Return an attempt at checkpoint 3."""
    (made,) = attempts.of(group, graded, submitted={})
    return replace(made, number=number)


def course(*groups: str) -> Course:
    """Return a class with these groups, which do checkpoint 3 and the clean-up."""
    return Course(
        "Cloud 2025",
        tuple(Group(group, (Member("Ana", "1"), Member("João", "2")), Path("kit.yaml")) for group in groups),
        (Terms("checkpoint-3"), Terms("cleanup")),
    )


def grade(group: str, **fields: object) -> Grade:
    """Return a grade for checkpoint 3."""
    made = Grade(group, "checkpoint-3", "graded", 2, 12, attempt=1)
    return replace(made, **fields)  # pyright: ignore[reportArgumentType] - fields of a grade


LATE = timedelta(hours=20)
NOW = datetime(2025, 3, 2, tzinfo=UTC)
