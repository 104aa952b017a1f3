"""Types what docs/machines.md prints: line by line on a kit's main, filling in the blanks as a reader would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.eventually import eventually

if TYPE_CHECKING:
    from harness.access import Access

PAGE = Path(__file__).resolve().parents[1] / "docs" / "machines.md"
WITHIN_S = 90.0
BLANKS = ("MAIN", "KEY", "ID", "OTHER", "ADDRESS")


def lines() -> list[tuple[str, str]]:
    """Return each line to be typed, and the state that it waits for (or nothing)."""
    printed = re.findall(r"^\$ (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [(line.strip(), state.strip()) for line, _, state in (each.partition("# until ") for each in printed)]


@dataclass
class Reader:
    """Somebody at main's keyboard who reads the page."""

    access: Access
    known: dict[str, str]
    """What is to be filled in."""
    said: dict[str, str] = field(default_factory=dict[str, str])
    """What each line brought, by the line as printed."""

    def type(self, line: str) -> str:
        """Type one line, which must succeed."""
        filled = re.sub(rf"\b({'|'.join(BLANKS)})\b", lambda blank: self.known[blank[1]], line)
        done = self.access.run(filled, timeout=WITHIN_S)
        assert done.exit_status == 0, f"{filled}: {done.text}{done.error_text}"
        return done.text

    def read_page(self) -> Mapping[str, str]:
        """Type everything that is printed; return what was said."""
        for line, state in lines():
            if state:
                eventually(lambda line=line, state=state: _all(self.type(line), state), timeout=WITHIN_S, interval=0.1)
            self.said[line] = text = self.type(line)
            if "hostname=" in line and (found := re.search(r'"system_id": "(\w+)"', text)):
                self.known["ID"] = found[1]
            if found := re.search(r'"ip_address": "([\d.]+)"', text):
                self.known["ADDRESS"] = found[1]
        return self.said


def _all(text: str, state: str) -> bool:
    return set(re.findall(r'"status_name": "([^"]*)"', text)) == {state}
