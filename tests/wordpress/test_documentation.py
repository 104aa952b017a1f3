"""The README of the stand-in names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from simulators.wordpress.app import SCRIPTS
from simulators.wordpress.rest import KINDS

README = (Path(__file__).resolve().parents[2] / "simulators/wordpress/README.md").read_text(encoding="utf-8")


def test_every_program_is_there() -> None:
    """The table's first column is what is installed and answers."""
    assert set(re.findall(r"^\| `(\S+)` \|", README, re.MULTILINE)) == set(SCRIPTS)
    assert set(re.findall(r"`wp/v2/(\w+)`", README)) == set(KINDS)
