"""The values of variables, for one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.model import VERSION, Map
from simulators.nginx.serving.exchange import Exchange
from simulators.nginx.templates import Template

LONGEST_TEXT = 1024 * 1024
"""Characters that variables may make: a few lines with `set` can double a text any number of times."""


def fill(template: Template, exchange: Exchange, maps: Mapping[str, Map]) -> str:
    """Return a text with its variables' values. Raises NotSimulatedError when it grows without measure."""
    parts = [part if isinstance(part, str) else value(part.name, exchange, maps) for part in template.parts]
    if sum(len(part) for part in parts) > LONGEST_TEXT:
        raise NotSimulatedError(f"nginx: a text of more than {LONGEST_TEXT} characters made of variables")
    return "".join(parts)


def value(name: str, exchange: Exchange, maps: Mapping[str, Map]) -> str:
    """Return a variable's value; one that is not set is empty."""
    if name.isdecimal():
        at = int(name)
        return exchange.captures[at] if at < len(exchange.captures) else ""
    if name in exchange.values:
        return exchange.values[name]
    if name in maps:
        return _mapped(maps[name], exchange, maps)
    if name == "request_filename":
        return file_of(exchange, exchange.uri, maps)
    if name in ("document_root", "realpath_root"):
        return fill(exchange.settings.root, exchange, maps)
    if getter := _GETTERS.get(name):
        return getter(exchange)
    family, _, rest = name.partition("_")
    if family == "upstream":
        rest = rest.removeprefix("http_").replace("_", "-")
        return ", ".join(value for key, value in exchange.upstream_headers if key == rest)
    if family == "http":
        return _header(exchange, rest.replace("_", "-"))
    if family == "arg":
        return _pair(exchange.args.split("&"), rest)
    if family == "cookie":
        return _pair([each.strip() for each in exchange.header("cookie").split(";")], rest)
    return ""


def file_of(exchange: Exchange, uri: str, maps: Mapping[str, Map]) -> str:
    """Return the file that an address means, as `root` and `alias` say."""
    settings = exchange.settings
    root = fill(settings.root, exchange, maps)
    if settings.alias and exchange.location.kind == "regex":
        return root
    return root + (uri[len(exchange.location.name) :] if settings.alias else uri)


def _header(exchange: Exchange, name: str) -> str:
    """Return a header as NGINX 1.22 sees it: of those that come twice it joins only a few."""
    joined = {"cookie": "; ", "x-forwarded-for": ", "}
    values = [value for key, value in exchange.headers if key == name]
    return joined[name].join(values) if name in joined else next(iter(values), "")


def _pair(pairs: list[str], name: str) -> str:
    return next((pair.partition("=")[2] for pair in pairs if pair.partition("=")[0].lower() == name), "")


def _mapped(found: Map, exchange: Exchange, maps: Mapping[str, Map]) -> str:
    source = fill(found.source, exchange, maps)
    result = found.exact.get(source.lower())
    if result is None:
        for pattern, candidate in found.patterns:
            if match := pattern.search(source):
                exchange.values.update({k.lower(): v or "" for k, v in match.groupdict().items()})
                exchange.captures = (match[0], *(group or "" for group in match.groups()))
                result = candidate
                break
    return fill(found.default if result is None else result, exchange, maps)


def _forwarded(exchange: Exchange) -> str:
    before = exchange.header("x-forwarded-for")
    return f"{before}, {exchange.client[0]}" if before else exchange.client[0]


def _local_time(form: str) -> Callable[[Exchange], str]:
    return lambda exchange: time.strftime(form, time.gmtime(exchange.now))


_GETTERS: Mapping[str, Callable[[Exchange], str]] = {
    "args": lambda x: x.args,
    "content_length": lambda x: x.header("content-length"),
    "content_type": lambda x: x.header("content-type"),
    "document_uri": lambda x: x.uri,
    "host": lambda x: x.host or x.server.names[0],
    "https": lambda _x: "",
    "is_args": lambda x: "?" if x.args else "",
    "msec": lambda x: f"{x.now:.3f}",
    "nginx_version": lambda _x: VERSION.partition("/")[2],
    "proxy_add_x_forwarded_for": _forwarded,
    "proxy_host": lambda x: x.upstream_host,
    "proxy_port": lambda x: str(x.upstream_port or ""),
    "query_string": lambda x: x.args,
    "remote_addr": lambda x: x.client[0],
    "remote_port": lambda x: str(x.client[1]),
    "request": lambda x: f"{x.method} {x.target} HTTP/{x.http_version}",
    "request_id": lambda x: x.request_id,
    "request_method": lambda x: x.method,
    "request_uri": lambda x: x.target,
    "scheme": lambda _x: "http",
    "server_addr": lambda x: x.local[0],
    "server_name": lambda x: x.server.names[0],
    "server_port": lambda x: str(x.local[1]),
    "server_protocol": lambda x: f"HTTP/{x.http_version}",
    "status": lambda x: f"{x.status:03}",
    "time_iso8601": _local_time("%Y-%m-%dT%H:%M:%S+00:00"),
    "time_local": _local_time("%d/%b/%Y:%H:%M:%S +0000"),
    "upstream_addr": lambda x: ", ".join(x.upstream_addresses),
    "upstream_cache_status": lambda x: x.cache_status,
    "upstream_status": lambda x: ", ".join(x.upstream_statuses),
    "uri": lambda x: x.uri,
}
