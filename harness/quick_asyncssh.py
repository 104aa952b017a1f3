"""asyncssh, imported in two thirds of its time: it may not look for libraries that we do not need.

While it is imported, asyncssh 2.24 has `ctypes.util.find_library` look for liboqs (two names) and nettle, and that
runs `ldconfig`, and sometimes a compiler, each time: 45 ms. They bring algorithms that no kit of the lab asks for
(sntrup761, umac); what `cryptography` has, mlkem768 included, is there without them.
"""

from __future__ import annotations

import ctypes.util
from collections.abc import Generator
from contextlib import contextmanager

NOT_NEEDED = frozenset({"oqs", "liboqs", "nettle", "libnettle", "libnettle-6"})


@contextmanager
def _without_search() -> Generator[None]:
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None if name in NOT_NEEDED else search(name)
    try:
        yield
    finally:
        ctypes.util.find_library = search


with _without_search():
    import asyncssh

__all__ = ["asyncssh"]
