"""python-libjuju's connection, imported in two thirds of its time: what it needs for macaroons waits until it is used.

`juju.client.connection` 3.6 imports macaroonbakery, with it protobuf and PyNaCl, for logins without a password: a
quarter to a third of its time, which depends on what the process has loaded already. A kit's client has a password,
so those modules are loaded when somebody asks them for something, which in grading nobody does. Nothing of
`juju.model` is imported, which brings kubernetes (0.3 s) for controllers in clusters.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager

LATER = ("macaroonbakery.bakery", "macaroonbakery.httpbakery")
NOISY = ("juju", "websockets")
"""Loggers that tell at warning level what a caller learns from an exception, or need not know."""


def _put_off(name: str) -> None:
    """Let a module be loaded when its first attribute is asked for."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)
    spec.loader.exec_module(module)


@contextmanager
def quiet() -> Generator[None]:
    """Keep the library's warnings and log lines to itself while it is used, and restore everything afterwards.

    python-libjuju 3.6 uses parts of websockets that are deprecated, and leaves tasks behind when it is disconnected
    soon after it connected.
    """
    loggers = [logging.getLogger(name) for name in NOISY]
    levels = [logger.level for logger in loggers]
    nowhere = logging.NullHandler()
    # it calls logging.debug(), which makes a handler for everybody where there is none yet
    logging.getLogger().addHandler(nowhere)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            logging.getLogger().removeHandler(nowhere)


with quiet():
    for _name in LATER:
        _put_off(_name)
    from juju.client.connection import Connection
    from juju.errors import JujuAPIError, JujuError

__all__ = ["Connection", "JujuAPIError", "JujuError", "quiet"]
