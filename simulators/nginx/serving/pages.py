"""NGINX' own pages, and where it sends browsers."""

from __future__ import annotations

from simulators.nginx.model import VERSION
from simulators.nginx.serving.exchange import Exchange, Reply, data

NAMES = {
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Authorization Required",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Not Allowed",
    406: "Not Acceptable",
    408: "Request Time-out",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
    505: "HTTP Version Not Supported",
    507: "Insufficient Storage",
}
REDIRECTS = (301, 302, 303, 307, 308)
CLOSING = (400, 413, 414, 500, 501)
"""After these NGINX closes the connection."""


def page(status: int, *, location: str | None = None) -> Reply:
    """Return NGINX' own answer of a status; its text follows when it is sent, for it depends on the location."""
    headers = [("location", location)] if location is not None else []
    return Reply(status, headers, is_page=True)


def text(reply: Reply, exchange: Exchange) -> bytes:
    """Return the page's text; statuses that NGINX has no page for have none."""
    name = NAMES.get(reply.status)
    if name is None:
        return b""
    title = f"{reply.status} {name}"
    return data(
        f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n"
        f"<hr><center>{server_of(exchange)}</center>\n</body>\n</html>\n"
    )


def server_of(exchange: Exchange) -> str:
    """Return what NGINX calls itself."""
    return VERSION if exchange.settings.shows_version else VERSION.partition("/")[0]


def absolute(location: str, exchange: Exchange) -> str:
    """Return where a browser is sent: NGINX puts its own address before a path."""
    settings = exchange.settings
    if not location.startswith("/") or not settings.absolute_redirect:
        return location
    name = exchange.server.names[0] if settings.server_name_in_redirect else exchange.host
    port = exchange.local[1] if settings.port_in_redirect and exchange.local[1] != 80 else None
    return f"http://{name or exchange.local[0]}{f':{port}' if port else ''}{location}"
