"""The page about exports knows every export."""

from __future__ import annotations

from pathlib import Path

from kitcheck.exports import classes, kit

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_export_has_a_row() -> None:
    """By the name that the option takes."""
    missing = [name for name in (*kit.EXPORTS, *classes.SYSTEMS) if f"`{name}`" not in PAGE and f"`{name} " not in PAGE]

    assert missing == []
