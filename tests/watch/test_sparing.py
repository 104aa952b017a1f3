"""Proofs that write into a kit are made rarely, and never kept when anything else says something new."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from harness import rubric
from harness.verdicts import CheckResult, Verdict
from kitcheck.plans import plan_of
from kitcheck.watching.rounds import Round, Rounds
from kitcheck.watching.sparing import FAILED_ROUNDS, PASSED_ROUNDS, WRITING, Facts, Proof, facts_of
from simulators.embedded.kit import EmbeddedKit
from tests.watch.conftest import STAGE, follow, nothing

PROOF = "first-django-uses-database"
ALL: Facts = {"a": (Verdict.PASSED, ""), "b": (Verdict.FAILED, "it is wrong")}


def proof(verdict: Verdict) -> Proof:
    """Return a proof that was made in round 10."""
    result = CheckResult("checkpoint-1", PROOF, "title", verdict)
    return Proof(result, 10, datetime.now(UTC), ALL)


def verdict_of(seen: Round) -> Verdict:
    """Return what the proof says in a round."""
    assert seen.result is not None
    return next(check.verdict for check in seen.result.checks if check.id == PROOF)


def test_every_check_that_writes_is_known() -> None:
    """A scenario with a sentence `I write` writes; the list names no check that is not there."""
    scenarios = [
        re.search(r"@id:(\S+)", part)
        for checkpoint in rubric.read(rubric.FEATURES).checkpoints
        for part in re.split(r"\n\s*\n", checkpoint.file.read_text(encoding="utf-8"))
        if "I write" in part
    ]
    writing = {found[1] for found in scenarios if found is not None}

    assert len(writing) == len(scenarios) > 0
    assert writing <= WRITING <= {check.id for check in rubric.read(rubric.FEATURES).checks}


@pytest.mark.parametrize(
    ("verdict", "rounds"),
    [
        (Verdict.PASSED, PASSED_ROUNDS),
        (Verdict.FAILED, FAILED_ROUNDS),
        (Verdict.ERROR, 0),
        (Verdict.SKIPPED, 0),
        (Verdict.MANUAL, 0),
    ],
)
def test_for_how_many_rounds_a_proof_holds(verdict: Verdict, rounds: int) -> None:
    """What failed is tried again sooner than what passed; what nobody could tell, at once."""
    held = [number for number in range(10, 30) if proof(verdict).holds(number, ALL)]

    assert held == list(range(10, 10 + rounds))


@pytest.mark.parametrize(
    "earlier",
    [
        {"a": (Verdict.FAILED, "")},
        {"b": (Verdict.FAILED, "it is wrong in another way")},
        {"c": (Verdict.PASSED, "")},
    ],
)
def test_any_news_ends_it(earlier: Facts) -> None:
    """Another verdict or another reason."""
    assert not proof(Verdict.PASSED).holds(11, earlier)


def test_what_proofs_say_is_no_news_for_each_other() -> None:
    """One that was left out would else keep the other from being left out."""
    result = CheckResult("checkpoint-1", "other", "title", Verdict.FAILED, rationale="why")

    assert facts_of([proof(Verdict.PASSED).result, result]) == {"other": (Verdict.FAILED, "why")}


def test_a_proof_is_made_in_few_of_many_rounds(kit: EmbeddedKit) -> None:
    """In between its last verdict stands, with the time at which it was seen; what only it can see is found in time."""
    rounds = Rounds(kit.kit_yaml, checkpoints=["1"])
    first = rounds.next()
    kit.reset(plan_of(STAGE, ("first-database-not-shared",)))
    later = [rounds.next() for _ in range(PASSED_ROUNDS)]

    assert first.left_out == {}
    assert [set(seen.left_out) for seen in later] == [{PROOF}] * (PASSED_ROUNDS - 1) + [set()]
    assert first.result is not None
    assert later[0].left_out[PROOF] == first.result.finished_at
    assert [verdict_of(seen) for seen in later] == [Verdict.PASSED] * (PASSED_ROUNDS - 1) + [Verdict.FAILED]


def test_news_let_it_be_made_in_the_same_round(kit: EmbeddedKit) -> None:
    """What it needs fails: it is not shown as passed one round longer."""
    rounds = Rounds(kit.kit_yaml, checkpoints=["1"])
    rounds.next()
    kit.reset(plan_of(STAGE, ("database-local-only",)))
    seen = rounds.next()

    assert seen.left_out == {}
    assert verdict_of(seen) is Verdict.SKIPPED


def test_another_kit_yaml_lets_everything_be_made(kit: EmbeddedKit) -> None:
    """The same verdicts of other machines are no reason to leave anything out."""
    rounds = Rounds(kit.kit_yaml, checkpoints=["1"])
    rounds.next()
    text = kit.kit_yaml.read_text(encoding="utf-8")
    kit.kit_yaml.write_text(text.replace("kit: kit", "kit: other"), encoding="utf-8")

    assert text != kit.kit_yaml.read_text(encoding="utf-8")
    assert rounds.next().left_out == {}


def test_news_of_a_later_check_let_it_be_made_as_well(kit: EmbeddedKit) -> None:
    """The round is made again as a whole: the proof had been left out before anybody knew."""
    rounds = Rounds(kit.kit_yaml, checkpoints=["1"])
    kit.reset(plan_of(STAGE, ("started-by-hand",)))
    rounds.next()
    kit.reset(plan_of(STAGE, ("first-database-not-shared",)))
    seen = rounds.next()

    assert seen.left_out == {}
    assert verdict_of(seen) is Verdict.FAILED


def test_all_passed_is_said_of_one_whole_round_only(kit: EmbeddedKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --until-passed a round that left something out is followed at once by one that does not."""
    seen: list[Round] = []
    ask = Rounds.next

    def recorded(self: Rounds, on_check: Callable[[CheckResult], None]) -> Round:
        seen.append(ask(self, on_check))
        return seen[-1]

    monkeypatch.setattr(Rounds, "next", recorded)
    kit.reset(plan_of(STAGE, ("database-not-shared",)))

    watched = follow(kit.kit_yaml, [lambda: kit.reset(plan_of(STAGE, ())), nothing, nothing], until_passed=True)

    # in the fourth round it was time for the proof that had failed, and not yet for the one that had passed
    assert [set(each.left_out) for each in seen[-2:]] == [{PROOF}, set()]
    assert (watched.status, len(watched.pauses), len(seen)) == (0, FAILED_ROUNDS, FAILED_ROUNDS + 2)
