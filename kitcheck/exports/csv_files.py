"""Tables as CSV files: RFC 4180, UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def document(rows: Iterable[Sequence[str]], *, mark: bool = False) -> bytes:
    """Return rows of cells as CSV: commas, CR LF, quotes where they are needed.

    With a byte order mark before them, when `mark` is set: some spreadsheets take a file without one for something
    else than UTF-8.
    """
    text = io.StringIO(newline="")
    csv.writer(text, dialect="excel", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
