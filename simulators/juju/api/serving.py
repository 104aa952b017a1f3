"""How the API is put on a port: uvicorn with TLS, and the limits that it keeps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.juju.api.websocket import MESSAGE_LIMIT

if TYPE_CHECKING:
    import asyncio

    import uvicorn

    from simulators.juju.api.app import App


def settings(app: App, *, chain: str, key: str, folder: Path, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """Return uvicorn's configuration for an application and a server certificate (PEM, see `certificates`).

    TLS reads files: chain and key are written to `folder`, which nobody else should read.
    """
    import uvicorn

    folder.mkdir(parents=True, exist_ok=True)
    chain_file, key_file = folder / "server.crt", folder / "server.key"
    chain_file.write_text(chain, encoding="ascii")
    key_file.touch(mode=0o600)
    key_file.write_text(key, encoding="ascii")
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        ws=websocket_protocol(),
        ws_max_size=MESSAGE_LIMIT,
        ssl_certfile=str(chain_file),
        ssl_keyfile=str(key_file),
        # Clients that only watch would hold up the end for ever
        timeout_graceful_shutdown=1,
    )


def websocket_protocol() -> type[asyncio.Protocol]:
    """Return how uvicorn serves a websocket here.

    Its other implementations use what the library `websockets` has deprecated, or need one more package.
    """
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
    from websockets.exceptions import InvalidState

    class Websocket(WebSocketsSansIOProtocol):
        def shutdown(self) -> None:
            # uvicorn 0.54 stops with an error when a client is just leaving
            with suppress(InvalidState):
                super().shutdown()
            self.transport.close()

    return Websocket
