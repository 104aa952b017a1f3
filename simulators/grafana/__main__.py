"""Runs Grafana's stand-in as a server: `python -m simulators.grafana --config /etc/grafana/grafana.ini`."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

import uvicorn

from simulators.grafana.app import create_app
from simulators.grafana.fetching import fetch_over_network
from simulators.grafana.settings import Settings, SettingsError, read_settings
from simulators.grafana.store import Store, StoreError

UNUSABLE = 1
"""Exit status when the configuration, the records or the port cannot be used, as Grafana's."""
STORE = "grafana.json"
"""File of the records in the data folder, where Grafana has grafana.db."""


def load(config: Path) -> Settings:
    """Return the settings of a file. Raises SettingsError."""
    try:
        return read_settings(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}") from None


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulators.grafana", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("/etc/grafana/grafana.ini"), help="(default: %(default)s)")
    parser.add_argument("--data", type=Path, help="folder of the records (default: as the configuration says)")
    chosen = parser.parse_args(arguments)
    try:
        settings = load(chosen.config)
    except SettingsError as error:
        print(f"{chosen.config}: {error}", file=sys.stderr)
        return UNUSABLE
    try:
        store = Store.open((chosen.data or Path(settings.data)) / STORE)
    except StoreError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    store.ensure_admin(settings.admin_user, settings.admin_password)
    try:
        listener = socket.create_server((settings.address, settings.port), backlog=128)
    except (OSError, OverflowError) as error:
        print(f"{settings.address}:{settings.port}: cannot listen: {error}", file=sys.stderr)
        return UNUSABLE
    # asyncio sets this only on sockets that it made itself; without it each answer on a kept connection takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    app = create_app(store, fetch_over_network)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
    )
    host, port = listener.getsockname()[:2]
    print(f"HTTP Server Listen address={host}:{port} protocol=http", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
