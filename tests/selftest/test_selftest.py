"""The self-test on made-up kits: what is as catalogued, what is not, and what could not be run."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.verdicts import Verdict
from kitcheck import selftest
from kitcheck.report import Change, Report
from kitcheck.trial import Outcome
from simulators.entry import Entry
from simulators.expectation import REFERENCE, Deviation
from simulators.mistakes import CATALOGUE
from simulators.plan import Plan
from tests.selftest.always_passes import AlwaysPasses
from tests.selftest.made_up import MadeUpKits, entry

MISTAKE = entry("mistake", {"a": "wrong"}, fails={"a": "answers 502"})
FAULT = entry("fault", {"a": "late", "f": "refused"}, kind="fault", errors={"a": "within 5 s", "f": "refuses"})


def _seen(report: Report) -> dict[str, str]:
    """Return the verdicts of each entry's first run, as letters in the order of the rubric."""
    return {
        row.entry.id: "".join(row.outcomes[0].graded.verdicts[check.id].value[0] for check in report.halves[0][0])
        for row in report.rows
    }


def test_as_catalogued(made_up_kits: MadeUpKits) -> None:
    """Every entry says exactly what it must: status 0, each kit gone before the next one comes."""
    heard: list[str] = []
    report = selftest.run(
        [REFERENCE, MISTAKE, FAULT], made_up_kits, on_done=lambda outcome: heard.append(outcome.entry)
    )

    assert _seen(report) == {"reference": "ppmppp", "mistake": "fsmppp", "fault": "eemppe"}
    assert (report.exit_status, report.deviations, report.troubled) == (0, [], [])
    assert report.conclusion.endswith("; all as catalogued")
    assert heard == ["reference", "mistake", "fault"]
    assert (made_up_kits.there, len(made_up_kits.made)) == ([], 3)


@pytest.mark.parametrize(
    ("each", "deviation"),
    [
        (
            entry("blind", {}, fails={"d": "answers 502"}),
            [("d", "failed", "passed", ""), ("e", "skipped", "passed", "")],
        ),
        (entry("accused", {"f": "wrong"}), [("f", "passed", "failed", "")]),
        (entry("undecided", {"f": "late"}, fails={"f": "within"}), [("f", "failed", "error", "")]),
        (entry("other-reason", {"f": "wrong"}, fails={"f": "answers 404"}), [("f", "failed", "failed", "answers 404")]),
    ],
    ids=lambda value: value.id if isinstance(value, Entry) else "",
)
def test_deviations(made_up_kits: MadeUpKits, each: Entry, deviation: list[tuple[str, ...]]) -> None:
    """A cell that is not as catalogued is status 1: another verdict, or the right one for another reason."""
    report = selftest.run([REFERENCE, each], made_up_kits)
    found = [(d.check, d.expected.value, d.seen and d.seen.value, d.pattern) for d in report.deviations]

    assert (found, report.exit_status) == (deviation, 1)


def test_broken_check(made_up_kits: MadeUpKits) -> None:
    """A check that always passes is found by the entries that should fail it, and only in them."""
    report = selftest.run([REFERENCE, MISTAKE], made_up_kits, plugins=[AlwaysPasses("a")])

    assert report.deviations[0] == Deviation("mistake", "a", Verdict.FAILED, Verdict.PASSED, "")
    assert report.exit_status == 1


def test_way_that_ends(made_up_kits: MadeUpKits) -> None:
    """The way to the kit ends when the check with that id is done, and not before."""
    reach = dict.fromkeys("abdef", "reach")
    lost = entry("lost", reach, kind="fault", errors={"e": "lost", "f": "lost"}, ends_after="d")
    report = selftest.run([lost], made_up_kits)

    assert (_seen(report), report.exit_status) == ({"lost": "ppmpee"}, 0)


def test_could_not_be_run(made_up_kits: MadeUpKits) -> None:
    """A kit that does not start is status 2, says why, and the others are run all the same."""
    report = selftest.run(
        [entry("dead", {"start": "never"}), entry("misfit", {"a": "misfit"}), REFERENCE], made_up_kits
    )

    assert (report.troubled, report.exit_status) == (["dead", "misfit"], 2)
    assert [row.outcomes[0].trouble for row in report.rows] == [
        "Unreachable: the kit does not start",
        "UsageError: kit.yaml: roles.proxy: MAAS knows no machine 'server9'",
        "",
    ]


def test_deviation_outweighs_trouble(made_up_kits: MadeUpKits) -> None:
    """What is known to be wrong decides the status."""
    report = selftest.run([entry("dead", {"start": ""}), entry("accused", {"f": "wrong"})], made_up_kits)

    assert (report.troubled, report.exit_status) == (["dead"], 1)


def test_repeat(made_up_kits: MadeUpKits) -> None:
    """Everything runs as often as that; where nothing changed, that is said."""
    report = selftest.run([REFERENCE, MISTAKE], made_up_kits, repeat=3)

    assert [len(row.outcomes) for row in report.rows] == [3, 3]
    assert (report.changes, report.exit_status) == ([], 0)
    assert "3 runs, no verdict changed" in report.conclusion


class FlakyKits(MadeUpKits):
    """Kits of which the second one is slow to answer."""

    def answers(self, plan: Plan) -> dict[str, str]:
        """Return what it answers."""
        return {"f": "late"} if len(self.made) == 1 else {}


def test_changed_verdict(made_up_kits: MadeUpKits) -> None:
    """A verdict that is not the same in every run is status 1, even where every other run is as catalogued."""
    report = selftest.run([REFERENCE], FlakyKits(made_up_kits.folder), repeat=3)
    verdicts = (Verdict.PASSED, Verdict.ERROR, Verdict.PASSED)

    assert report.changes == [Change("reference", "f", verdicts)]
    assert [(number, d.check) for number, d in report.rows[0].deviations] == [(2, "f")]
    assert (report.exit_status, "3 runs, 1 verdict changed" in report.conclusion) == (1, True)


def test_interrupted(made_up_kits: MadeUpKits) -> None:
    """Ctrl-C ends it, and no kit is left."""
    with pytest.raises(KeyboardInterrupt):
        selftest.run([entry("stop", {"a": "interrupt"}), REFERENCE], made_up_kits)

    assert (made_up_kits.there, len(made_up_kits.made)) == ([], 1)


def test_long_ones_begin_first_and_rows_keep_their_order(made_up_kits: MadeUpKits) -> None:
    """Nobody waits for a long one at the end; the matrix is in the catalogue's order all the same."""
    heard: list[Outcome] = []
    report = selftest.run([REFERENCE, entry("server-hangs")], made_up_kits, on_done=heard.append)

    assert [outcome.entry for outcome in heard] == ["server-hangs", "reference"]
    assert [row.entry.id for row in report.rows] == ["reference", "server-hangs"]


def test_chosen() -> None:
    """All, the reference first; or those named, in the catalogue's order."""
    assert [each.id for each in selftest.chosen(())] == [
        "reference",
        "juju-reference",
        "wordpress-reference",
        "cleanup-reference",
        *(each.id for each in CATALOGUE),
    ]
    assert [each.id for each in selftest.chosen(["sticky", "reference", "wrong-port"])] == [
        "reference",
        "wrong-port",
        "sticky",
    ]
    with pytest.raises(UsageError, match="did you mean sticky"):
        selftest.chosen(["stickyy"])


def test_what_takes_long_exists() -> None:
    """Nobody is put first who is not there."""
    assert set(selftest.LONGEST) <= {each.id for each in CATALOGUE}


def test_document(made_up_kits: MadeUpKits) -> None:
    """Everything is there for other programs, as plain values."""
    report = selftest.run([MISTAKE, entry("accused", {"f": "wrong"})], made_up_kits)
    document = report.document()
    mistake, accused = document["entries"]

    assert (document["schema"], document["kits"], document["runs"]) == ("kitcheck/selftest/1", "embedded", 1)
    assert (document["as_catalogued"], document["changed"]) == (False, [])
    assert mistake["expected"] == {
        "a": "failed",
        "b": "skipped",
        "c": "manual",
        "d": "passed",
        "e": "passed",
        "f": "passed",
    }
    assert mistake["runs"][0]["checks"]["a"] == {"verdict": "failed", "rationale": "it answers 502"}
    assert accused["deviations"] == [
        {"run": 1, "check": "f", "expected": "passed", "pattern": "", "seen": "failed", "rationale": "it answers 502"}
    ]
