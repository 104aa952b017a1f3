"""Runs one simulated MAAS as a server: `python -m simulators.maas --port 5240 --config kit.json --state state.json`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any, cast

import uvicorn

from simulators.maas.app import create_app
from simulators.maas.driver import MachineDriver
from simulators.maas.inventory import Inventory, InventoryError
from simulators.maas.memory import MemoryDriver
from simulators.maas.progress import Progress, progress_from
from simulators.maas.region import Region
from simulators.maas.server import Server, listen
from simulators.maas.state_file import StateFileError

UNUSABLE = 4
"""Exit status for arguments and files that cannot be used."""


def load_driver(name: str, config: dict[str, Any]) -> MachineDriver:
    """Return the driver that `memory` or `module:function` names; the function is called with the configuration."""
    if name == "memory":
        return MemoryDriver()
    module, _, function = name.partition(":")
    if not module or not function:
        raise InventoryError(f"--driver: expected memory or module:function, got {name!r}")
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise InventoryError(f"--driver {name}: {error}") from None
    return cast("MachineDriver", make(config))


def load_config(path: Path | None) -> dict[str, Any]:
    """Return the object that a JSON file holds; without a file, nothing."""
    if path is None:
        return {}
    try:
        value: object = json.loads(path.read_text())
    except OSError as error:
        raise InventoryError(f"--config {path}: {error.strerror}") from None
    except ValueError as error:
        raise InventoryError(f"--config {path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InventoryError(f"--config {path}: expected a JSON object")
    return cast("dict[str, Any]", value)


def build_region(config: dict[str, Any], driver: MachineDriver, state_file: Path | None) -> Region:
    """Return the region that a configuration gives by `inventory`, `seed` and `progress`; the rest is the driver's."""
    progress: Progress | None = None
    if "progress" in config:
        try:
            progress = progress_from(config["progress"])
        except (ValueError, AttributeError) as error:
            raise InventoryError(f"progress: {error}") from None
    inventory = Inventory.from_dict(config.get("inventory", {}))
    return Region(driver, inventory, seed=config.get("seed"), state_file=state_file, progress=progress)


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulators.maas", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5240, help="port to listen on, 0 for any (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="JSON file with inventory, seed, progress and the driver's keys")
    parser.add_argument("--state", type=Path, help="JSON file in which the records survive a restart")
    parser.add_argument("--driver", default="memory", help="memory, or module:function (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        config = load_config(chosen.config)
        region = build_region(config, load_driver(chosen.driver, config), chosen.state)
        listener = listen(chosen.host, chosen.port)
    except (InventoryError, StateFileError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except (OSError, OverflowError) as error:
        print(f"--host {chosen.host} --port {chosen.port}: cannot listen: {error}", file=sys.stderr)
        return UNUSABLE
    server = Server(
        uvicorn.Config(create_app(region), log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    )
    server.run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
