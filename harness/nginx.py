"""Reads NGINX' configuration as `nginx -T` prints it: which servers get the requests for a path?"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from harness.bounds import Pattern, fitting
from harness.errors import UnexpectedAnswer
from harness.judging.proxy import Backend

Directive = Mapping[str, Any]
"""One directive as crossplane gives it: `directive`, `args`, and `block` where it has one."""
_PORT = re.compile(r"[0-9]{1,5}")


def split_dump(dump: str) -> dict[str, str]:
    """Return the files of an `nginx -T` dump by their paths, in the order in which NGINX read them."""
    files: dict[str, str] = {}
    current = ""
    for line in dump.splitlines(keepends=True):
        if start := re.match(r"# configuration file (\S{1,4096}):$", line.rstrip()):
            current = start[1]
            files[current] = ""
        elif current:
            files[current] += line
    return files


def backends_for(files: Mapping[str, str], port: int, path: str) -> tuple[bool, tuple[Backend, ...], str]:
    """Return whether a request for `path` on `port` is passed on, to which servers, and a note on how it was read.

    Raises UnexpectedAnswer when the configuration cannot be read.
    """
    directives = [d for text in files.values() for d in _parse(text)]
    servers = [s for s in _find(directives, "server") if "block" in s and _listens(s, port)]
    if not servers:
        return False, (), f"no server listens on port {port}"
    server = next((s for s in servers if _is_default(s, port)), servers[0])
    target = _target(server["block"], path)
    if target is None:
        return False, (), "no proxy_pass for the path"
    scheme, address = target
    upstreams = {u["args"][0]: u for u in _find(directives, "upstream") if u["args"]}
    if address not in upstreams:
        return True, (_backend(address, [], 443 if scheme == "https" else 80),), "proxy_pass without upstream"
    block = upstreams[address].get("block", [])
    found = [_backend(d["args"][0], d["args"][1:], 80) for d in block if d["directive"] == "server" and d["args"]]
    balancing = [
        d["directive"] for d in block if d["directive"] in {"ip_hash", "hash", "least_conn", "random", "sticky"}
    ]
    return True, tuple(found), ", ".join(balancing)


def _parse(text: str) -> list[Directive]:
    """Return the directives of one file. Its includes are not followed: they name files of another machine."""
    import crossplane  # pyright: ignore[reportMissingTypeStubs] -- the package has no stubs

    with tempfile.TemporaryDirectory(prefix="kitcheck-nginx-") as folder:
        file = Path(folder) / "nginx.conf"
        file.write_text(text, encoding="utf-8", errors="replace")
        parsed = cast(
            "dict[str, Any]",
            crossplane.parse(str(file), single=True, check_ctx=False, check_args=False, catch_errors=True),  # pyright: ignore[reportUnknownMemberType]
        )
    if parsed["errors"]:
        raise UnexpectedAnswer(f"NGINX' configuration cannot be read: {str(parsed['errors'][0].get('error'))[:200]}")
    return cast("list[Directive]", parsed["config"][0]["parsed"])


def _find(directives: list[Directive], name: str) -> Iterator[Directive]:
    """Yield blocks of that name at the top or inside `http`: nothing else holds servers of the web."""
    for directive in directives:
        if directive["directive"] == name:
            yield directive
        elif directive["directive"] == "http":
            yield from _find(directive.get("block", []), name)


def _listens(server: Directive, port: int) -> bool:
    listens = [d["args"] for d in server["block"] if d["directive"] == "listen" and d["args"]]
    if not listens:
        return port == 80  # NGINX' default when it runs as root
    return any(_port_of(args[0]) == port for args in listens)


def _is_default(server: Directive, port: int) -> bool:
    listens = [d["args"] for d in server["block"] if d["directive"] == "listen" and d["args"]]
    return any(_port_of(a[0]) == port and {"default_server", "default"} & set(a[1:]) for a in listens)


def _port_of(address: str) -> int:
    """Return the port of a `listen` address: `80`, `*:80`, `[::]:80`, `10.0.0.1` (80), `unix:...` (0)."""
    if address.startswith("unix:"):
        return 0
    last = address.rpartition(":")[2] if not address.endswith("]") else ""
    return int(last) if _PORT.fullmatch(last) else 80


def _target(block: list[Directive], path: str) -> tuple[str, str] | None:
    """Return scheme and address that a request is passed to, by NGINX' rules for locations.

    An exact location wins; else the longest prefix, unless it does not say `^~` and a regular expression fits too.
    """
    # one without a block or an argument is none that NGINX would take
    locations = [d for d in block if d["directive"] == "location" and "block" in d and _complete(d["args"])]
    best: Directive | None = None
    for location in locations:
        args = location["args"]
        if args[0] == "=" and path == args[1]:
            return _passes(location["block"], path)
        prefix = args[1] if args[0] == "^~" else args[0]
        longer = best is None or len(prefix) > len(best["args"][-1])
        if args[0] not in {"=", "~", "~*"} and path.startswith(prefix) and longer:
            best = location
    if best is None or best["args"][0] != "^~":
        expressions = [location for location in locations if location["args"][0] in {"~", "~*"}]
        # students write these: never compared in this process
        patterns = [Pattern(location["args"][1], location["args"][0] == "~*") for location in expressions]
        for location, fits in zip(expressions, fitting(patterns, path), strict=True):
            if fits:
                return _passes(location["block"], path)
    return _passes(best["block"], path) if best is not None else _own(block)


def _complete(args: list[str]) -> bool:
    return len(args) > 1 or (bool(args) and args[0] not in {"=", "^~", "~", "~*"})


def _passes(block: list[Directive], path: str) -> tuple[str, str] | None:
    return _own(block) if any(_is_pass(directive) for directive in block) else _target(block, path)


def _own(block: list[Directive]) -> tuple[str, str] | None:
    """Return scheme and address of a block's own `proxy_pass`, whatever locations are inside it."""
    passed = next((directive["args"][0] for directive in block if _is_pass(directive)), "")
    match = re.match(r"(https?)://([^/$]+)", passed)
    return (match[1], match[2]) if match else None


def _is_pass(directive: Directive) -> bool:
    return directive["directive"] == "proxy_pass" and bool(directive["args"])


def _backend(written: str, flags: list[str], default_port: int) -> Backend:
    host, colon, port = written.rpartition(":")
    if not colon or written.endswith("]") or not _PORT.fullmatch(port):
        host, port = written, str(default_port)
    return Backend(host.strip("[]"), int(port), written, tuple(flags))
