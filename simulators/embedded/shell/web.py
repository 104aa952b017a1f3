"""curl and wget: requests from inside the kit, put to whatever listens as an ASGI application."""

from __future__ import annotations

import posixpath
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulators.embedded.asking import PORTS, NoWebError, UnresolvedError, ask
from simulators.embedded.handout import mirror
from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.options import given, quoted
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.asking import Answer
    from simulators.embedded.call import Call, Command
    from simulators.embedded.shell.options import Given

UNRESOLVED, UNCONNECTED, HTTP_ERROR = 6, 7, 22
"""curl's exit statuses."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class _FailedError(Exception):
    """No answer: curl's exit status, and what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _ask(call: Call, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return the answer. Raises _FailedError, NotSimulatedError where no web server listens."""
    whole = url if "://" in url else f"http://{url}"
    parts = urlsplit(whole)
    if parts.scheme != "http" or not parts.hostname or parts.username or parts.fragment:
        raise call.refuse()
    try:
        return await ask(call.host, method, whole, headers=headers.items(), body=body)
    except UnresolvedError as error:
        raise _FailedError(UNRESOLVED, f"Could not resolve host: {error.name}") from None
    except NoWebError:
        raise call.refuse() from None
    except (HostUnreachableError, ConnectionRefusedError) as error:
        why = "No route to host" if isinstance(error, HostUnreachableError) else "Connection refused"
        port = parts.port or PORTS["http"]
        raise _FailedError(
            UNCONNECTED, f"Failed to connect to {parts.hostname} port {port} after 0 ms: {why}"
        ) from None


LONG = {
    "silent": "s",
    "fail": "f",
    "show-error": "S",
    "output": "o",
    "write-out": "w",
    "max-time": "m",
    "request": "X",
    "header": "H",
    "user": "u",
    "data": "d",
}


def _headers(found: Given) -> dict[str, str] | None:
    """Return what curl sends besides the body; None for what is not simulated."""
    headers = {"user-agent": "curl/7.81.0", "accept": "*/*"}
    who = found.value("u")
    if who is not None:
        if ":" not in who:
            return None  # it would ask for the password
        headers["authorization"] = f"Basic {b64encode(who.encode()).decode()}"
    if "d" in found.values:
        headers["content-type"] = "application/x-www-form-urlencoded"
    for each in found.values.get("H", []):
        name, colon, value = each.partition(":")
        if not colon or not value.strip() or not name.strip():
            return None
        headers[name.strip().lower()] = value.strip()
    return headers


async def _curl(call: Call) -> int:
    """Print an answer; the progress meter is left out.

    `curl [-s] [-S] [-f] [-o FILE] [-w '%{http_code}'] [-X METHOD] [-H 'NAME: VALUE'] [-u USER:PASSWORD] [-d DATA] URL`
    """
    found = given(call, "sSf", "owmXHud", long=LONG)
    form = found.value("w") or ""
    data = "&".join(found.values.get("d", []))
    method = found.value("X") or ("POST" if "d" in found.values else "GET")
    headers = _headers(found)
    if len(found.operands) != 1 or form not in ("", "%{http_code}", "%{http_code}\\n"):
        raise call.refuse()
    if method not in METHODS or headers is None or data.startswith("@"):
        raise call.refuse()
    try:
        got = await _ask(call, method, found.operands[0], headers, data.encode("utf-8", "surrogateescape"))
    except _FailedError as failure:
        if form:
            call.out(form.replace("%{http_code}", "000").replace("\\n", "\n").encode())
        if "s" not in found.flags or "S" in found.flags:
            call.err(f"curl: ({failure.status}) {failure}\n".encode())
        return failure.status
    status = HTTP_ERROR if "f" in found.flags and got.status >= 400 else 0
    if status == 0:
        target = found.value("o")
        if target in (None, "-"):
            call.out(got.body)
        else:
            try:
                View.of(call).write(posixpath.join(call.folder, target), got.body, append=False)
            except OSError as error:
                call.err(f"Warning: Failed to create the file {target}: {reason(error)}\n".encode())
                return 23
    elif "s" not in found.flags or "S" in found.flags:
        call.err(f"curl: ({status}) The requested URL returned error: {got.status}\n".encode())
    if form:
        call.out(form.replace("%{http_code}", f"{got.status:03d}").replace("\\n", "\n").encode())
    return status


async def _wget(call: Call) -> int:
    """Fetch a page into a file, or print it: `wget [-q] [-O FILE|-] URL`. The progress is left out."""
    found = given(call, "q", "O", long={"quiet": "q", "output-document": "O"})
    if len(found.operands) != 1:
        raise call.refuse()
    url, quiet = found.operands[0], "q" in found.flags
    url = url if "://" in url else f"http://{url}"
    host = urlsplit(url).hostname or ""

    def tell(text: str) -> None:
        if not quiet:
            call.err(f"{text}\n".encode("utf-8", "surrogateescape"))

    tell(f"--{datetime.now(UTC):%Y-%m-%d %H:%M:%S}--  {url}")
    if mirror.knows(host):
        body = mirror.fetch(url)
        status = 404 if body is None else 200
        tell(f"Resolving {host} ({host})... {mirror.ADDRESS}")
        tell(f"Connecting to {host} ({host})|{mirror.ADDRESS}|:{_port(url)}... connected.")
    else:
        try:
            got = await _ask(call, "GET", url, {"user-agent": "Wget/1.21.2", "accept": "*/*"}, b"")
        except _FailedError as failure:
            if failure.status == UNRESOLVED:
                tell(f"Resolving {host} ({host})... failed: Name or service not known.")
                tell(f"wget: unable to resolve host address {quoted(host)}")
            else:
                tell(str(failure))
            return 4
        body, status = got.body, got.status
        if 300 <= status < 400:
            raise call.refuse()  # wget follows redirections
    if body is None or status >= 400:
        tell(f"HTTP request sent, awaiting response... {status}")
        tell(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} ERROR {status}.\n")
        return 8
    tell("HTTP request sent, awaiting response... 200 OK")
    target = found.value("O")
    if target == "-":
        call.out(body)
        return 0
    view = View.of(call)
    name = target or posixpath.basename(urlsplit(url).path) or "index.html"
    if target is None:
        name = _free(view, call, name)
    tell(f"Length: {len(body)}\nSaving to: {quoted(name)}\n")
    try:
        view.write(call.path(name), body, append=False)
    except OSError as error:
        call.err(f"{name}: {reason(error)}\n\nCannot write to {quoted(name)} ({reason(error)}).\n".encode())
        return 3
    tell(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} - {quoted(name)} saved [{len(body)}/{len(body)}]\n")
    return 0


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or PORTS[parts.scheme]


def _free(view: View, call: Call, name: str) -> str:
    """Return a name that no file has: what is there wget leaves alone, and appends a number."""
    return next(
        each for each in (name, *(f"{name}.{n}" for n in range(1, 10_000))) if view.kind(call.path(each)) is None
    )


PROGRAMS: Mapping[str, Command] = {"curl": _curl, "wget": _wget}
