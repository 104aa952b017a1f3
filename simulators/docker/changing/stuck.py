"""Stands on Django's port instead of it: takes requests and never answers, or never ends its answer."""

from __future__ import annotations

import contextlib
import socketserver
import sys
import time

CHUNK = b"All work and no play makes a dull page. " * 200
PAUSE_S = 0.002
"""Seconds between two pieces of an endless answer: fast enough for every limit, and no flood."""


class Nothing(socketserver.BaseRequestHandler):
    """Reads until the client gives up."""

    def handle(self) -> None:
        """Serve one connection."""
        with contextlib.suppress(OSError):
            while self.request.recv(65536):
                pass


class Endless(socketserver.BaseRequestHandler):
    """Sends a page without an end."""

    def handle(self) -> None:
        """Serve one connection."""
        with contextlib.suppress(OSError):
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
            while True:
                self.request.sendall(CHUNK)
                time.sleep(PAUSE_S)


class Server(socketserver.ThreadingTCPServer):
    """Serves each connection in a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    kinds = {"nothing": Nothing, "endless": Endless}
    with Server(("", int(sys.argv[1])), kinds[sys.argv[2]]) as server:
        server.serve_forever()
