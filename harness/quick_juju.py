"""python-libjuju's connection, imported in two thirds of its time: what it needs for macaroons waits until it is used.

`juju.client.connection` 3.6 imports macaroonbakery, with it protobuf and PyNaCl, for logins without a password: a
quarter to a third of its time, which depends on what the process has loaded already. A kit's client has a password,
so those modules are loaded when somebody asks them for something, which in grading nobody does. Nothing of
`juju.model` is imported, which brings kubernetes (0.3 s) for controllers in clusters.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

LATER = ("macaroonbakery.bakery", "macaroonbakery.httpbakery")
NOISY = ("juju", "websockets")
"""Loggers that tell at warning level what a caller learns from an exception, or need not know."""


class _Later(ModuleType):
    """Stands for a module until somebody asks for what is in it; then it has everything that the module has.

    importlib.util.LazyLoader (Python 3.11) cannot be used: to import such a module a second time loads it.
    """

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        self.__dict__.update(importlib.import_module(self.__name__).__dict__)
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def _put_off(name: str) -> None:
    """Let a module be loaded when its first attribute is asked for."""
    if name in sys.modules:
        return
    parent, _, child = name.rpartition(".")
    module = _Later(name)
    module.__spec__ = importlib.util.find_spec(name)
    sys.modules[name] = module
    setattr(sys.modules[parent], child, module)


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
    import websockets
    from juju.client import connection as _library
    from juju.errors import JujuAPIError, JujuError

if TYPE_CHECKING:
    from juju.client.connection import Connection as _Connection
else:
    _Connection = _library.Connection


class Connection(_Connection):
    """The library's connection without compression: few bytes from a stranger could stand for thousands of times more.

    Only over the socket of its `proxy`, to nobody but who is at its other end.
    """

    async def _open(self, endpoint: str, cacert: str) -> Any:
        url = f"wss://{endpoint}/model/{self.uuid}/api" if self.uuid else f"wss://{endpoint}/api"
        opened: Any = await websockets.connect(
            url,
            ssl=self._get_ssl(cacert),
            max_size=self.max_frame_size,
            # as the library says behind a proxy; the certificate is trusted because main's client holds its authority
            server_hostname="juju-app",
            sock=self.proxy.socket(),
            compression=None,
        )
        return opened, url, endpoint, cacert


__all__ = ["Connection", "JujuAPIError", "JujuError", "quiet"]
