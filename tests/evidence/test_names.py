"""Names of files in a bundle: no paths, no devices, legal everywhere."""

from __future__ import annotations

import pytest

from kitcheck.evidence.names import LONGEST, is_safe, safe

HOSTILE = [
    "../../etc/passwd",
    "C:\\x",
    "con",
    "NUL.txt",
    "",
    "...",
    "a\0b",
    "Ünïcode",
    "-rf",
    "x" * 300,
    "lpt1.a",
    "a/b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_made_names_are_safe(text: str) -> None:
    """Whatever a name is made of, it is one part of a path that every system takes."""
    name = safe(text)

    assert (is_safe(name), "/" in name, len(name) <= LONGEST + 2) == (True, False, True)


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a//b", "a/../b", "a\\b", "con", "a/nul.txt", "COM1", "A.txt", "a.", "a b", "", ".", "..", "a\n",
     "c:x", "a/b/c/d/e", "x" * 81, "ä"],
)  # fmt: skip
def test_other_names_are_refused(path: str) -> None:
    """No bundle has a name that leads out of it, means a device, or is another file on another system."""
    assert not is_safe(path)


def test_names_of_a_bundle_are_accepted() -> None:
    """What a bundle has is legal."""
    wanted = ["result.json", "manifest.dsse.json", "evidence/checkpoint-1/it/001-http.txt", "pictures/x-1.png"]

    assert [path for path in wanted if not is_safe(path)] == []
