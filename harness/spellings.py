"""The spellings in which a secret may turn up in what a kit says, so that it is hidden in each of them."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Characters: shorter secrets and parts occur everywhere, and hiding them would garble what was seen."""


def spellings(secret: str) -> set[str]:
    """Return how a secret looks in addresses, HTML, JSON, logins of HTTP and hexadecimal, and as it is."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {
        secret,
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        html.escape(secret),
        html.escape(secret, quote=False),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        raw.hex(),
        raw.hex().upper(),
    }
    # In base64 three bytes become four letters: what stands before the secret shifts it by 0, 1 or 2.
    for before in range(3):
        shifted = base64.b64encode(b"\0" * before + raw).decode("ascii")
        inner = shifted[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(inner) >= SHORTEST:
            found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {spelling for spelling in found if len(spelling) >= SHORTEST}
