"""Why a result was not handed to a system: it has no word for what we could not tell, and would show a zero."""

from __future__ import annotations


class Withheld(Exception):
    """Nothing is exported, because the system would take it for a grade; the message says what to do instead."""
