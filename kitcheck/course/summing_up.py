"""What came of a run over a class, in words: counts, what is to be graded again and why, and what went wrong most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.outcome import NEEDS
from harness.printable import one_line
from harness.result import EXIT_STATUS
from harness.verdicts import Overall, Verdict
from kitcheck.course.model import Attempt
from kitcheck.course.selecting import Unit

Left = Sequence[tuple[Unit, str]]
"""Kits that were not graded, and why."""
CAUSES = 8
"""How many of the most frequent causes are told."""
REASON = 300
"""Characters of a reason that are shown."""


def exit_status(attempts: Iterable[Attempt], left: Left) -> int:
    """Return 1 when something failed, 2 when something is undecided or was not graded, 0 when all passed."""
    verdicts = {each.verdict for each in attempts}
    if Overall.FAILED in verdicts:
        return EXIT_STATUS[Overall.FAILED]
    return EXIT_STATUS[Overall.UNDECIDED if left or Overall.UNDECIDED in verdicts else Overall.PASSED]


def lines(attempts: Sequence[Attempt], left: Left) -> list[str]:
    """Return the summary of a run."""
    told = [*_again(attempts, left), *_causes(attempts)]
    counted = Counter(each.verdict for each in attempts)
    groups = len({each.group for each in attempts})
    counts = ", ".join(f"{counted[each]} {each}" for each in Overall)
    total = f"{count(groups, 'group')}, {count(len(attempts), 'checkpoint')}: {counts}"
    return [*told, f"{total}, {len(left)} not graded" if left else total]


def count(number: int, of: str) -> str:
    """Return a number of things in words: `1 group`, `2 groups`."""
    return f"{number} {of}{'' if number == 1 else 's'}"


def _again(attempts: Sequence[Attempt], left: Left) -> list[str]:
    """Return whom to grade again, one line per group and reason: an `error` says nothing about a kit."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for attempt in attempts:
        if found := errors(attempt):
            reasons.setdefault((attempt.group, found[0]), []).append(attempt.checkpoint)
    for unit, why in left:
        reasons.setdefault((unit.group.id, why), []).extend(unit.checkpoints)
    if not reasons:
        return []
    entries = [
        f"  {one_line(group)}  {', '.join(checkpoints)}: {one_line(why, limit=REASON)}"
        for (group, why), checkpoints in reasons.items()
    ]
    return ["to be graded again:", *entries, ""]


def _causes(attempts: Sequence[Attempt]) -> list[str]:
    """Return the checks that failed most often, with how many groups failed them."""
    failed: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for attempt in attempts:
        for check in checks(attempt):
            if check["verdict"] == Verdict.FAILED:
                failed[check["id"]] += 1
                titles[check["id"]] = check["title"]
    if not failed:
        return []
    # by number, and by id where that is the same: two runs with the same outcome say the same
    most = sorted(failed.items(), key=lambda each: (-each[1], each[0]))[:CAUSES]
    width = max(len(id_) for id_, _ in most)
    entries = [
        f"  {number:>3} group{'s' if number > 1 else ' '}  {id_:<{width}}  {one_line(titles[id_], limit=REASON)}"
        for id_, number in most
    ]
    return ["what failed most often:", *entries, ""]


def errors(attempt: Attempt) -> list[str]:
    """Return why an attempt is to be graded again: what its errors say, those first that are not only a consequence."""
    found = [check["rationale"] for check in checks(attempt) if check["verdict"] == Verdict.ERROR]
    return sorted(found, key=lambda why: why.startswith(NEEDS))


def checks(attempt: Attempt) -> list[dict[str, str]]:
    """Return the entries of an attempt's checks, as the result document has them."""
    return [check for checkpoint in attempt.document["checkpoints"] for check in checkpoint["checks"]]
