"""Makes locations of the model out of the blocks that were read, with everything that they inherit."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from simulators.nginx.model import (
    Access,
    AddedHeader,
    Break,
    ErrorPage,
    Location,
    Return,
    Rewrite,
    Set,
    Settings,
    Step,
)
from simulators.nginx.reading import locations, proxies, values
from simulators.nginx.reading.handlers import pattern
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.main import PREFIX
from simulators.nginx.reading.reader import Reading
from simulators.nginx.templates import Template, Variable

BODY_LIMIT = 1024 * 1024
"""Bytes of `client_max_body_size` when nothing is said."""
TYPES = {"html": "text/html", "gif": "image/gif", "jpg": "image/jpeg"}
"""What NGINX knows without mime.types."""


def location(reading: Reading, level: Level) -> Location:
    """Return a location, or a server's own level, with the locations inside. Raises Fault."""
    modifier, name = "", ""
    if level.is_location and level.opened is not None:
        modifier, name = locations.written(level.opened)
    kinds = {"=": "exact", "~": "regex", "~*": "regex"}
    kind = kinds.get(modifier, "named" if name.startswith("@") else "prefix") if level.is_location else "server"
    tries = level.own("try_files")
    return Location(
        name=name,
        kind=kind,  # pyright: ignore[reportArgumentType] -- one of the words of the model
        pattern=pattern(reading, name, level.opened, ignores_case=modifier == "~*")
        if kind == "regex" and level.opened
        else None,
        stops=modifier == "^~",
        internal=bool(level.own("internal")),
        settings=settings(reading, level),
        script=tuple(_step(reading, each) for each in level.script),
        tries=tuple(reading.template(word, each) for each in tries for word in each.args),
        passing=proxies.passing(reading, level),
        inner=tuple(location(reading, inner) for inner in level.inner if inner.is_location and not _is_named(inner)),
    )


def named(reading: Reading, level: Level) -> Mapping[str, Location]:
    """Return a server's named locations."""
    found = [location(reading, inner) for inner in level.inner if inner.is_location and _is_named(inner)]
    return {each.name: each for each in found}


def _is_named(level: Level) -> bool:
    return level.opened is not None and level.opened.args[0].startswith("@")


def settings(reading: Reading, level: Level) -> Settings:
    """Return everything in force at a level."""
    root, alias = _root(reading, level)
    alive = level.last("keepalive_timeout")
    return Settings(
        root=root,
        alias=alias,
        index=tuple(reading.template(word, each) for each in level.nearest("index") for word in each.args)
        or (Template(("index.html",)),),
        default_type=values.text_at(level, "default_type", "text/plain"),
        types=_types(level),
        charset=values.text_at(level, "charset", "off"),
        added_headers=tuple(
            AddedHeader(each.args[0], reading.template(each.args[1], each), len(each.args) == 3)
            for each in level.nearest("add_header")
        ),
        error_pages=_error_pages(reading, level),
        body_limit=values.size_at(level, "client_max_body_size", BODY_LIMIT),
        access=tuple(Access(each.name == "allow", locations.network(each)) for each in level.nearest("access")),
        keeps_alive=alive is None or bool(values.seconds(alive.args[0])),
        shows_version=values.text_at(level, "server_tokens", "on") == "on",
        absolute_redirect=values.flag_at(level, "absolute_redirect", default=True),
        port_in_redirect=values.flag_at(level, "port_in_redirect", default=True),
        server_name_in_redirect=values.flag_at(level, "server_name_in_redirect", default=False),
        proxying=proxies.proxying(reading, level),
    )


def _root(reading: Reading, level: Level) -> tuple[Template, bool]:
    found = level.nearest("root", "alias")
    if not found:
        return Template((f"{PREFIX}/html",)), False
    directive = found[0]
    path = directive.args[0]
    if directive.name == "root":
        path = path.rstrip("/") if path != "/" else ""
    root = reading.template(path, directive)
    if not (root.parts and isinstance(root.parts[0], Variable)) and not path.startswith("/") and path:
        root = Template((posixpath.join(PREFIX, ""), *root.parts))
    return root, directive.name == "alias"


def _types(level: Level) -> Mapping[str, str]:
    found = level.nearest("types")
    if not found:
        return TYPES
    return {extension.lower(): each.name for each in found if each.name != "types" for extension in each.args}


def _error_pages(reading: Reading, level: Level) -> Mapping[int, ErrorPage]:
    pages: dict[int, ErrorPage] = {}
    for each in level.nearest("error_page"):
        *codes, uri = each.args
        status = None
        if codes[-1].startswith("="):
            changed = codes.pop()
            status = int(changed[1:] or 0)
        for code in codes:
            pages.setdefault(int(code), ErrorPage(reading.template(uri, each), status))
    return pages


def _step(reading: Reading, directive: Directive) -> Step:
    if directive.name == "break":
        return Break()
    if directive.name == "set":
        return Set(directive.args[0][1:].lower(), reading.template(directive.args[1], directive))
    if directive.name == "return":
        return _return(reading, directive)
    expression, replacement, *flags = directive.args
    flag = flags[0] if flags else ("redirect" if replacement.startswith(locations.ABSOLUTE) else "")
    keeps_args = not replacement.endswith("?")
    return Rewrite(
        pattern(reading, expression, directive),
        reading.template(replacement.removesuffix("?"), directive),
        flag,  # pyright: ignore[reportArgumentType] -- one of the words of the model
        keeps_args,
    )


def _return(reading: Reading, directive: Directive) -> Return:
    code = values.number(directive.args[0])
    if code is None:
        return Return(302, reading.template(directive.args[0], directive))
    return Return(code, reading.template(directive.args[1], directive) if len(directive.args) > 1 else None)
