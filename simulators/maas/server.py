"""Serves a MAAS on a socket, quickly, and says when it listens."""

from __future__ import annotations

import socket

import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError when the address cannot be had."""
    listener = socket.create_server((host, port), backlog=512)
    # asyncio sets this only on sockets that it made itself; without it each answer on a kept connection takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print one line."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            print(f"MAAS listens on http://{host}:{port}/MAAS/", flush=True)
