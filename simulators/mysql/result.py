"""How a statement went."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.mysql.tokens import Value


@dataclass(frozen=True, slots=True)
class Result:
    """What a session returns of each statement."""

    columns: tuple[str, ...] = ()
    """Empty for a statement that shows nothing."""
    rows: tuple[tuple[Value, ...], ...] = ()
    affected: int = 0
    """Rows that were changed."""
    last_id: int = 0
    """What AUTO_INCREMENT gave to the first row that was inserted."""
