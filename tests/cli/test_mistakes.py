"""`kitcheck mistakes`: the catalogue as people and programs read it."""

from __future__ import annotations

import json

from simulators.mistakes import CATALOGUE
from tests.cli.conftest import Kitcheck

CANNED = """\
canned-answers  mistake, checkpoint-3
    NGINX itself returns the two texts in turn; there is no Django behind it.
    must fail: proxy-uses-django-hosts, django-sees-proxy
"""


def test_entries(kitcheck: Kitcheck) -> None:
    """Each entry is told in a few lines: what it is called, what happened, what must come of it."""
    ran = kitcheck("mistakes")
    blocks = ran.out.split("\n\n")

    assert [block.split()[0] for block in blocks] == [each.id for each in CATALOGUE]
    assert CANNED in ran.out
    assert "    must pass everything\n" in ran.out
    assert "    cannot be told: everything\n" in ran.out
    assert (ran.status, ran.err) == (0, "")


def test_fits_a_terminal(kitcheck: Kitcheck) -> None:
    """No line is longer than 80 columns, and no id is broken."""
    lines = kitcheck("mistakes").out.splitlines()

    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line.endswith("-")] == []


def test_json(kitcheck: Kitcheck) -> None:
    """Programs get everything, patterns too."""
    told = json.loads(kitcheck("mistakes", "--json").out)
    by_id = {each["id"]: each for each in told}

    assert list(by_id) == [each.id for each in CATALOGUE]
    assert by_id["same-message"] == {
        "id": "same-message",
        "kind": "mistake",
        "checkpoint": "checkpoint-3",
        "story": "Both servers say the same.",
        "fails": {"messages-differ": "say the same"},
        "errors": {},
    }
