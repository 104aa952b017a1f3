"""From the path of a request to the address that locations see (nginx 1.22: `ngx_http_parse_complex_uri`)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})")
_LITERAL = {b"%": b"\0p", b"#": b"\0h", b"?": b"\0q"}
"""Characters that mean nothing more once they were escaped; NUL cannot occur otherwise."""


class BadRequestError(Exception):
    """NGINX answers 400."""


def split(target: bytes) -> tuple[bytes, bytes]:
    """Return a request's path and its query."""
    path, _, query = target.partition(b"?")
    return path, query.partition(b"#")[0]


def normal(path: bytes) -> bytes:
    """Return a path decoded, without `.`, `..` and double slashes. Raises BadRequestError."""
    path = path.partition(b"#")[0]
    if not path.startswith(b"/") or b"\0" in path or re.search(rb"%(?![0-9a-fA-F]{2})", path):
        raise BadRequestError

    def decoded(found: re.Match[bytes]) -> bytes:
        byte = bytes.fromhex(found[1].decode())
        if byte == b"\0":
            raise BadRequestError
        return _LITERAL.get(byte, byte)

    kept: list[bytes] = []
    parts = _ESCAPE.sub(decoded, path).split(b"/")[1:]
    for part in parts:
        if part == b"..":
            if not kept:
                raise BadRequestError
            kept.pop()
        elif part not in (b"", b"."):
            kept.append(part)
    is_folder = parts[-1] in (b"", b".", b"..")
    whole = b"/" + b"/".join(kept) + (b"/" if kept and is_folder else b"")
    for byte, sign in _LITERAL.items():
        whole = whole.replace(sign, byte)
    return whole
