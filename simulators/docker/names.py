"""The kit's name server, run on its router: knows nobody, and says so at once.

Machines' names are the engine's to answer, and it asks further when it does not know one. On a real kit MAAS says that
there is none; here nobody would answer, and whoever asks would wait for 20 seconds.
"""

from __future__ import annotations

import socket

PORT = 53
HEADER = 12
"""Bytes before the question (RFC 1035, 4.1)."""


def no_such_name(query: bytes) -> bytes | None:
    """Return the answer NXDOMAIN to a query with one question; None to anything else."""
    end = HEADER
    while end < len(query) and query[end] != 0:
        end += query[end] + 1
    end += 5  # the root's empty name, type and class
    if len(query) < end or query[4:6] != b"\0\1" or query[2] & 0x80:
        return None
    recursion = query[2] & 0x01
    return query[:2] + bytes([0x80 | recursion, 0x83]) + b"\0\1" + bytes(6) + query[HEADER:end]


def main() -> None:
    """Answer for ever."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("", PORT))
        while True:
            query, who = here.recvfrom(4096)
            answer = no_such_name(query)
            if answer is not None:
                here.sendto(answer, who)


if __name__ == "__main__":
    main()
