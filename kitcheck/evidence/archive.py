"""Bundles as one file: a zip whose every byte follows from the files in it, so that nothing can hide between them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, the earliest that a zip can hold: times of files are nobody's evidence."""
MODE = 0o100644 << 16
"""An ordinary file, in the attributes that Unix keeps in a zip."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of these files, in the order of their names, stored as they are.

    Not compressed: programs compress the same bytes in different ways, and then nobody could tell a repacked bundle
    from one that was changed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, MOMENT)
            entry.create_system = 3
            entry.external_attr = MODE
            archive.writestr(entry, content)
    return buffer.getvalue()
