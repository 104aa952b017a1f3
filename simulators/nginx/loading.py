"""Loads a host's configuration: reads it as `nginx -t` does, and makes the model of it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.errors import ConfigurationError, Fault, StartFault
from simulators.nginx.model import Configuration, Server
from simulators.nginx.packaged import EMPTY_FOLDERS
from simulators.nginx.reading import locations, main, proxies, sockets, upstreams, values
from simulators.nginx.reading.building import location, named
from simulators.nginx.reading.level import Level
from simulators.nginx.reading.reader import FOLDER, Reading
from simulators.nginx.templates import KNOWN, KNOWN_PREFIXES, PLAYED, PREFIXES

if TYPE_CHECKING:
    from simulators.embedded.host import Files

PATH = f"{FOLDER}/nginx.conf"
HANDLERS = {
    **main.HANDLERS,
    **upstreams.HANDLERS,
    **sockets.HANDLERS,
    **locations.HANDLERS,
    **proxies.HANDLERS,
}
FOLDERS = ("/", "/run", "/tmp", "/usr/share/nginx", "/var", "/var/cache", "/var/lib", "/var/log")  # noqa: S108 -- names of folders in the kit
"""Folders of every machine in which NGINX may make something."""


def load(
    files: Files,
    *,
    resolve: Callable[[str], str | None],
    processors: int = 2,
    addresses: Collection[str] = (),
) -> Configuration:
    """Return the configuration that begins in /etc/nginx/nginx.conf, as nginx 1.22.1 of Debian 12 reads it.

    `resolve` gives the address of a host's name as the machine sees it, `processors` what `worker_processes auto`
    means, `addresses` the machine's own addresses: `listen` may name no others (unchecked when empty).
    Raises ConfigurationError for what `nginx -t` refuses, NotSimulatedError for what nobody plays here.
    """
    reading = Reading(files, resolve, processors, HANDLERS)
    try:
        top = Level(())
        reading.read(PATH, top)
        return _finish(reading, top, addresses)
    except Fault as fault:
        raise ConfigurationError(fault, tuple(reading.warnings), PATH) from None


def _finish(reading: Reading, top: Level, addresses: Collection[str]) -> Configuration:
    """Return the configuration, checking what NGINX checks when it has read everything, in its order."""
    upstreams.look_up(reading)
    servers = {
        id(level): Server(sockets.names(level), location(reading, level), named(reading, level))
        for level in reading.servers
    }
    for level in reading.servers:
        locations.check_duplicates(level)
    _check_variables(reading)
    listening = sockets.sockets(reading, servers)
    if not top.own("events"):
        raise StartFault('no "events" section in configuration')
    _check_paths(reading)
    for name, length in reading.zones.items():
        if not length:
            raise StartFault(f'zero size shared memory zone "{name}"')
    sockets.check_addresses(reading, addresses)
    workers = top.last("worker_processes")
    connections = next((level.last("worker_connections") for level in top.inner if level.context == ("events",)), None)
    return Configuration(
        path=PATH,
        files=reading.texts,
        workers=1 if workers is None else values.number(workers.args[0]) or reading.processors,
        connections=values.number_of(connections) if connections else 512,
        listening=listening,
        upstreams={
            (group.name.lower(), 0 if group.declared else group.port): group.upstream() for group in reading.groups
        },
        caches=reading.caches,
        maps=reading.maps,
        warnings=tuple(reading.warnings),
    )


def _check_variables(reading: Reading) -> None:
    for name, matters in reading.variables.items():
        if name in PLAYED or name in reading.defined or name.startswith(PREFIXES):
            continue
        if name not in KNOWN and not name.startswith(KNOWN_PREFIXES):
            raise Fault(f'unknown "{name}" variable')
        if matters:
            raise NotSimulatedError(f"nginx: variable ${name}")


def _check_paths(reading: Reading) -> None:
    for action, path in reading.paths:
        folder = posixpath.dirname(path)
        if folder not in (*FOLDERS, *EMPTY_FOLDERS) and not reading.files.is_folder(folder):
            raise StartFault(f'{action} "{path}" failed (2: No such file or directory)')
