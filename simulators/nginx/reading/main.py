"""What stands outside of servers: workers, events, content types, maps, caches, logs."""

from __future__ import annotations

import posixpath
import re

from simulators.nginx.model import CacheZone, Map
from simulators.nginx.reading import values
from simulators.nginx.reading.handlers import many, once, opens, pattern
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.reader import Handler, Reading
from simulators.nginx.templates import Template, words

PREFIX = "/usr/share/nginx"
"""Where relative names of logs and roots are looked for."""
SMALLEST_KEYS = 2 * 4096
"""Bytes."""
MOST_WORKERS = 1024
"""Worker processes that are played."""
_LEVELS = ("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg")
_LEVELS_OF_FOLDERS = re.compile(r"[12](?::[12]){0,2}")


def _workers(_reading: Reading, directive: Directive) -> None:
    written = directive.args[0]
    if written != "auto" and values.number(written) is None:
        raise directive.misused("invalid value")
    if written != "auto" and not 1 <= (values.number(written) or 0) <= MOST_WORKERS:
        raise directive.refusal(f"{written} worker processes")


def _connections(_reading: Reading, directive: Directive) -> None:
    if values.number(directive.args[0]) is None:
        raise directive.fault(f'invalid number "{directive.args[0]}"')


def _event_type(_reading: Reading, directive: Directive) -> None:
    if directive.args[0] != "epoll":
        raise directive.fault(f'invalid event type "{directive.args[0]}"')


def _log(reading: Reading, level: Level, directive: Directive) -> None:
    """Take `access_log` and `error_log`: NGINX opens their files when it starts, so their folders must be there."""
    path = directive.args[0]
    if directive.name == "error_log" and len(directive.args) > 1 and directive.args[1] not in _LEVELS:
        if directive.args[1].startswith("debug_"):
            return
        raise directive.fault(f'invalid log level "{directive.args[1]}"')
    if path.startswith(("syslog:", "memory:")) or path in ("off", "stderr"):
        return
    if directive.name == "access_log":
        if len(directive.args) > 1 and directive.args[1] not in ("combined", *_formats(level)):
            if "=" in directive.args[1]:
                raise directive.refusal(f'parameter "{directive.args[1]}"')
            raise directive.fault(f'unknown log format "{directive.args[1]}"')
        if "$" in path:
            reading.template(path, directive, logged=True)
            return
    reading.paths.append(("open()", posixpath.join(PREFIX, path)))


def _formats(level: Level) -> list[str]:
    return [each.args[0] for around in level.outwards() for each in around.own("log_format")]


def _log_format(reading: Reading, level: Level, directive: Directive) -> None:
    if directive.args[0] == "combined" or directive.args[0] in _formats(level):
        raise directive.fault(f'duplicate "log_format" name "{directive.args[0]}"')
    for word in directive.args[1:]:
        if not word.startswith("escape="):
            reading.template(word, directive, logged=True)
    level.directives.setdefault("log_format", []).append(directive)


def _alive(_reading: Reading, directive: Directive) -> None:
    for word in directive.args:
        if values.seconds(word) is None:
            raise directive.misused("invalid value")


# Content types


def _types(_reading: Reading, level: Level, directive: Directive) -> Level:
    level.directives.setdefault("types", []).append(directive)
    return Level((*level.context, "types"), level, directive)


def _type(_reading: Reading, level: Level, directive: Directive) -> None:
    if level.outer is not None:
        level.outer.directives["types"].append(directive)


# Maps


def _map(reading: Reading, level: Level, directive: Directive) -> Level:
    source, variable = directive.args
    reading.template(source, directive)
    if not variable.startswith("$") or variable == "$":
        raise directive.fault(f'invalid variable name "{variable}"')
    reading.defined.add(variable[1:].lower())
    return Level((*level.context, "map"), level, directive)


def _entry(reading: Reading, level: Level, directive: Directive) -> None:
    if directive.name in ("hostnames", "volatile") and not directive.args:
        if directive.name == "hostnames":
            raise directive.refusal('"hostnames" in a map')
        return
    if len(directive.args) != 1:
        raise directive.fault("invalid number of the map parameters")
    seen = {each.name for each in level.own("entries")}
    if directive.name in seen:
        raise directive.fault(
            "duplicate default map parameter"
            if directive.name == "default"
            else f'conflicting parameter "{directive.name}"'
        )
    reading.template(directive.args[0], directive)
    level.directives.setdefault("entries", []).append(directive)


def _end_map(reading: Reading, level: Level, directive: Directive) -> None:
    exact: dict[str, Template] = {}
    patterns: list[tuple[re.Pattern[str], Template]] = []
    default = Template(())
    for each in level.own("entries"):
        value = reading.template(each.args[0], each)
        if each.name == "default":
            default = value
        elif each.name.startswith("~"):
            ignores = each.name.startswith("~*")
            patterns.append((pattern(reading, each.name[1 + ignores :], each, ignores_case=ignores), value))
        else:
            exact[each.name.removeprefix("\\").lower()] = value
    source, variable = directive.args
    reading.maps[variable[1:].lower()] = Map(reading.template(source, directive), exact, tuple(patterns), default)


# Caches


def _cache(reading: Reading, _level: Level, directive: Directive) -> None:
    path, *words = directive.args
    name, size, inactive = "", 0, 600.0
    for word in words:
        key, equals, value = word.partition("=")
        if key == "keys_zone":
            name, colon, length = value.partition(":")
            found_size = values.size(length) if colon else None
            if found_size is None:
                raise directive.fault(f'invalid keys zone size "{word}"')
            size = found_size
            if size < SMALLEST_KEYS:
                raise directive.fault(f'keys zone "{word}" is too small')
        elif key == "inactive":
            found = values.seconds(value, whole=True)
            if found is None:
                raise directive.fault(f'invalid inactive value "{word}"')
            inactive = found
        elif not equals or key not in _CACHE_WORDS:
            raise directive.fault(f'invalid parameter "{word}"')
        elif key in ("max_size", "min_free") and values.size(value, gigabytes=True) is None:
            raise directive.fault(f'invalid {key} value "{word}"')
        elif key == "levels" and not _LEVELS_OF_FOLDERS.fullmatch(value):
            raise directive.fault(f'invalid "levels" "{word}"')
    if not name:
        raise directive.fault(f'"{directive.name}" must have "keys_zone" parameter')
    if name in reading.caches:
        raise directive.fault(f'duplicate zone "{name}"')
    reading.zones[name] = size
    reading.caches[name] = CacheZone(name, inactive)
    reading.paths.append(("mkdir()", path if path.startswith("/") else posixpath.join(PREFIX, path)))


_CACHE_WORDS = words(
    "levels use_temp_path max_size min_free manager_files manager_sleep manager_threshold loader_files loader_sleep "
    "loader_threshold"
)


def _end_http(reading: Reading, _level: Level, directive: Directive) -> None:
    reading.end = directive


HANDLERS: dict[str, Handler] = {
    "worker_processes": once(_workers),
    "worker_connections": once(_connections),
    "use": once(_event_type),
    "events": opens("events"),
    "http": opens("http"),
    "http }": _end_http,
    "access_log": _log,
    "error_log": _log,
    "log_format": _log_format,
    "types": _types,
    "types {}": _type,
    "map": _map,
    "map {}": _entry,
    "map }": _end_map,
    "proxy_cache_path": _cache,
    "default_type": once(),
    "charset": once(),
    "charset_types": many(),
    "keepalive_timeout": once(_alive),
}
