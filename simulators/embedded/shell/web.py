"""curl and wget: a GET from inside the kit, put to whatever listens as an ASGI application."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.options import given
from simulators.embedded.shell.session import Buffer
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

UNRESOLVED, UNCONNECTED, HTTP_ERROR = 6, 7, 22
"""curl's exit statuses."""


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    body: bytes


class _FailedError(Exception):
    """No answer: curl's exit status, and what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _get(call: Call, url: str) -> Got:
    """Return the answer to a GET. Raises _FailedError, NotSimulatedError where no web server listens."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname or parts.username or parts.fragment:
        raise call.refuse()
    name, port = parts.hostname, parts.port or 80
    address = call.host.resolve(name)
    if address is None:
        raise _FailedError(UNRESOLVED, f"Could not resolve host: {name}")
    try:
        listener, peer = call.host.network.connect(call.host, address, port)
    except OSError as error:
        why = "No route to host" if isinstance(error, HostUnreachableError) else "Connection refused"
        raise _FailedError(UNCONNECTED, f"Failed to connect to {name} port {port} after 0 ms: {why}") from None
    if listener.app is None:
        raise call.refuse()
    path = parts.path or "/"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(b"host", parts.netloc.encode()), (b"user-agent", b"curl/7.81.0"), (b"accept", b"*/*")],
        "client": (peer.address, peer.port),
        "server": (address, port),
    }
    body, statuses = Buffer(), list[int]()

    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        # Nothing more comes, and nobody leaves before the answer is there: the whole exchange is cancelled then.
        return await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif message["type"] == "http.response.body":
            body.write(message.get("body", b""))

    await listener.app(scope, receive, send)
    return Got(statuses[0], body.content)


async def _curl(call: Call) -> int:
    """Print a page: `curl [-s] [-S] [-f] [-o FILE] [-w '%{http_code}'] URL`; the progress meter is left out."""
    found = given(
        call, "sSf", "owm", long={"silent": "s", "fail": "f", "output": "o", "write-out": "w", "max-time": "m"}
    )
    form = found.value("w") or ""
    if len(found.operands) != 1 or form not in ("", "%{http_code}", "%{http_code}\\n"):
        raise call.refuse()
    try:
        got = await _get(call, found.operands[0])
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
    """Print a page: `wget -qO- URL`."""
    found = given(call, "q", "O", long={"quiet": "q", "output-document": "O"})
    if "q" not in found.flags or found.value("O") != "-" or len(found.operands) != 1:
        raise call.refuse()
    try:
        got = await _get(call, found.operands[0])
    except _FailedError:
        return 4
    if got.status >= 400:
        return 8
    if 300 <= got.status < 400:
        raise call.refuse()  # wget follows redirections
    call.out(got.body)
    return 0


PROGRAMS: Mapping[str, Command] = {"curl": _curl, "wget": _wget}
