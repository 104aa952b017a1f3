"""What a simulated kit is to be, as the command line says it: up to which checkpoint, with which mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checkpoints import chosen
from harness.errors import UsageError
from simulators.like_live import like_live
from simulators.mistakes import entry, planned
from simulators.plan import ALL_STAGES, Plan


def plan_of(at: str | None, mistakes: Sequence[str]) -> Plan:
    """Return the plan of a kit at the checkpoint that `at` means (None: nothing is built), with mistakes by id.

    Raises UsageError for what is unknown, and for a mistake that could not be seen there.
    """
    plan = Plan.at(None if at is None else chosen(at, ALL_STAGES))
    for each in map(entry, mistakes):
        if not plan.reaches(each.checkpoint):
            there = "on a kit on which nothing is built" if plan.stage is None else f"at {plan.stage}"
            raise UsageError(f"{each.id} cannot be seen {there}: say --at {each.checkpoint}, or a later one")
    return planned(mistakes, plan)


def like_live_of(at: str | None, mistakes: Sequence[str], *, embedded: bool) -> Plan:
    """Return the plan of a kit that differs from the handout's as real ones do, at the checkpoint that `at` means.

    Raises UsageError for what is unknown, and for what such a kit cannot have.
    """
    if embedded or mistakes:
        other = "--embedded: an embedded kit's main knows neither passwords alone nor a sudo that asks"
        raise UsageError(f"--like-live cannot go with {other if embedded else '--mistake: start one without it'}")
    return like_live(None if at is None else chosen(at, ALL_STAGES))


def require_own_way(plan: Plan, mistakes: Sequence[str]) -> None:
    """Refuse a plan that wants more than a kit: a way to it that somebody has to play. Raises UsageError."""
    if plan.road != "open" or plan.road_ends_after is not None:
        raise UsageError(
            f"{', '.join(mistakes)}: this is about the way to a kit, and `up` starts only the kit; "
            "`kitcheck grade --simulate` and `kitcheck selftest` play the way too"
        )
