"""Names of files in a bundle: whatever the kit said, they are no paths, and every operating system takes them."""

from __future__ import annotations

import re

LONGEST = 80
"""Characters of one part of a path."""
DEEPEST = 4
"""Parts of a path."""
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|clock\$|conin\$|conout\$)(\..*)?", re.IGNORECASE)
"""Windows: these are devices in every folder, with any ending."""
_PART = re.compile(r"[a-z0-9][a-z0-9._-]*")


def safe(text: str) -> str:
    """Return a name for a file or folder that reminds of `text`: small letters, digits, hyphens."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST].strip("-")
    return f"x-{name}".rstrip("-") if not name or _DEVICES.fullmatch(name) else name


def is_safe(path: str) -> bool:
    """Return whether `path`, with `/` between its parts, is one that a bundle may have: below it, and legal anywhere.

    Two names that differ in letter case only cannot occur: there are no capitals.
    """
    parts = path.split("/")
    return len(parts) <= DEEPEST and all(
        len(part) <= LONGEST and _PART.fullmatch(part) and not part.endswith(".") and not _DEVICES.fullmatch(part)
        for part in parts
    )
