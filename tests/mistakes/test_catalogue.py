"""The whole catalogue against the lab's real rubric: consistent, complete, and each entry a change of its own."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from harness.errors import UsageError
from harness.rubric import Rubric
from harness.verdicts import Verdict
from simulators.entry import EVERYTHING, Entry
from simulators.expectation import REFERENCE, expected
from simulators.mistakes import CATALOGUE, FAULTS, MISTAKES, VARIATIONS, entry, planned
from simulators.plan import ALL_STAGES, Plan

WANTED_MISTAKES = {
    "upstream-without-port",
    "nginx-not-restarted",
    "stock-site-left",
    "same-message",
    "one-backend",
    "one-backend-down",
    "unfair-weights",
    "sticky",
    "cached-answers",
    "canned-answers",
    "foreign-upstream",
    "proxy-config-broken",
    "database-unresolvable",
    "database-local-only",
    "database-down-but-unit-active",
    "database-not-shared",
    "role-missing",
    "started-by-hand",
    "wrong-port",
    "machine-released",
    "machine-failed",
    "machine-redeployed",
    "database-redeployed",
    "wrong-roles",
}
"""What students are known to get wrong at checkpoints 1 to 3."""
WANTED_FAULTS = {
    "kit-unreachable",
    "wrong-password",
    "maas-key-refused",
    "maas-down",
    "maas-busy",
    "server-hangs",
    "http-hangs",
    "http-endless-body",
    "connection-lost-half-way",
}
WANTED_VARIATIONS = {
    "shifted-roles",
    "custom-path",
    "lab-path",
    "database-by-address",
    "upstream-on-many-lines",
    "other-sites",
    "address-ending-in-zero",
    "renamed-hosts",
    "messages-with-accents",
    "messages-with-html",
    "messages-with-emoji",
    "messages-very-long",
    "extra-machines",
    "many-workers",
    "recovered-from-failure",
    "database-redeployed-by-name",
    "slow-kit",
}
every = pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.id)


def test_what_must_be_there() -> None:
    """Everything that is known to happen to groups is catalogued, under the kind it is of."""
    assert WANTED_MISTAKES - {each.id for each in MISTAKES} == set()
    assert WANTED_FAULTS - {each.id for each in FAULTS} == set()
    assert WANTED_VARIATIONS - {each.id for each in VARIATIONS} == set()


def test_ids_are_unique_and_plain() -> None:
    """An id is what `--mistake` takes: small letters and digits, joined by hyphens; `reference` is no entry."""
    ids = [each.id for each in CATALOGUE]

    assert [id_ for id_, count in Counter(ids).items() if count > 1] == []
    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_)] == []
    assert REFERENCE.id not in ids


def test_kinds() -> None:
    """Each stands among its own."""
    assert [each.id for each in MISTAKES if each.kind != "mistake"] == []
    assert [each.id for each in VARIATIONS if each.kind != "variation"] == []
    assert [each.id for each in FAULTS if each.kind != "fault"] == []


@every
def test_consistent_with_the_rubric(each: Entry, rubric: Rubric) -> None:
    """What it names exists and can be told; what must fail or be an error is what the entry says, and what follows."""
    verdicts = expected(rubric, each)

    assert {id_ for id_, verdict in verdicts.items() if verdict is Verdict.FAILED} == set(each.fails)
    if EVERYTHING not in each.errors:
        assert set(each.errors) <= {id_ for id_, verdict in verdicts.items() if verdict is Verdict.ERROR}


def test_kinds_mean_something() -> None:
    """A mistake fails something and is never undecided; a variation is correct; a fault accuses nobody."""
    assert [each.id for each in MISTAKES if not each.fails or each.errors] == []
    assert [each.id for each in VARIATIONS if each.fails or each.errors] == []
    assert [each.id for each in FAULTS if each.fails] == []


@every
def test_can_be_seen_from_its_checkpoint_on(each: Entry, rubric: Rubric) -> None:
    """Nothing that is named belongs to an earlier checkpoint, and something belongs to that one."""
    where = {check.id: check.checkpoint for check in rubric.checks}
    named = {each.half.index(where[id_]) for id_ in (*each.fails, *each.errors) if id_ in where}

    assert each.checkpoint in ALL_STAGES
    assert not named or min(named) == each.half.index(each.checkpoint)


def test_every_check_is_failed_by_a_mistake(rubric: Rubric) -> None:
    """A check that no mistake fails could always pass, and nobody would notice."""
    checks = [c for c in rubric.selected(ALL_STAGES, allow_disruption=False) if not c.manual]
    failed = {id_ for each in MISTAKES for id_ in each.fails}

    assert [check.id for check in checks if check.id not in failed] == [], (
        "add a mistake that fails it to simulators/catalogue/; docs/maintainer.md shows how"
    )


@every
def test_patterns_can_be_matched(each: Entry) -> None:
    """Each compiles, asks for something, and is not satisfied by just any rationale."""
    for pattern in (*each.fails.values(), *each.errors.values()):
        assert not re.compile(pattern).search(""), pattern
        assert not re.search(pattern, "the quick brown fox jumps over a dog"), pattern


@every
def test_stories_are_sentences(each: Entry) -> None:
    """A teacher reads it: one line that begins with a capital and ends with a full stop."""
    assert each.story == each.story.strip()
    assert each.story[:1].isupper() or each.story.startswith(("kit.yaml", "settings.py", "run.sh", "pg_hba", "listen"))
    assert each.story.endswith(".")
    assert "\n" not in each.story


@every
def test_changes(each: Entry) -> None:
    """It changes something, the same each time, and not the plan that it is given."""
    plan = Plan()

    changed = each.change(plan)

    assert changed == each.change(Plan())
    assert changed != plan
    assert plan == Plan()


def test_every_change_is_another() -> None:
    """No two entries are the same under two names."""
    plans = {each.id: each.plan for each in CATALOGUE}

    assert [(a, b) for a in plans for b in plans if a < b and plans[a] == plans[b]] == []


def test_by_id() -> None:
    """An entry is found by its id; a plan is changed by several in their order."""
    plan = planned(["one-backend", "lab-path"], Plan())

    assert entry("one-backend").id == "one-backend"
    assert (plan.path, plan.nginx) == ("/tasks/", entry("one-backend").change(Plan()).nginx)


@pytest.mark.parametrize(
    ("id_", "hint"), [("one-backnd", "did you mean one-backend"), ("zzz", "`kitcheck mistakes` lists them")]
)
def test_unknown_id(id_: str, hint: str) -> None:
    """What is not there is refused, and something like it is named."""
    with pytest.raises(UsageError, match=hint):
        planned([id_], Plan())
