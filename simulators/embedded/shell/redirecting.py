"""Opens what redirections name: files, /dev/null, other descriptors, and bash's /dev/tcp."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.expanding import arguments, value
from simulators.embedded.shell.session import Input, Sink, State, Streams, discard
from simulators.embedded.shell.syntax import Redirect
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from simulators.embedded.shell.session import Dialect

_TCP = re.compile(r"/dev/tcp/([^/]+)/(\d{1,5})")


class RedirectionError(Exception):
    """A redirection failed; the command is not run."""

    def __init__(self, message: bytes, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


async def redirected(
    redirects: Sequence[Redirect], state: State, streams: Streams, *, command: str, has_command: bool
) -> Streams:
    """Return the streams of a command with redirections.

    Raises RedirectionError, and NotSimulatedError for what cannot be read or written here.
    """
    stdin, out, err = streams.stdin, streams.out, streams.err
    for each in redirects:
        if each.operator == "<<":
            stdin = Input(each.text.encode("utf-8", "surrogateescape"))
            continue
        if each.operator in (">&", "<&") and each.text in ("1", "2", "-"):
            sink = {"1": out, "2": err, "-": discard}[each.text]
            if each.descriptor == 0 and each.text == "-":
                stdin = Input()
            elif each.descriptor == 1:
                out = sink
            elif each.descriptor == 2:
                err = sink
            else:
                raise NotSimulatedError(command)
            continue
        if each.operator == "<&" or (each.operator == ">&" and (each.text[0].isdigit() or each.descriptor != 1)):
            raise NotSimulatedError(command)
        now = Streams(stdin, out, err)
        if state.dialect == "sh":
            if each.operator.startswith("&"):
                raise NotSimulatedError(command)
            found = [await value(each.target, state, now, line=each.line)]
        else:
            found = await arguments([each.target], state, now, line=each.line, command=command)
        if len(found) != 1:
            raise RedirectionError(state.complaint(each.line, f"{each.text}: ambiguous redirect"), 1)
        if each.operator == "<":
            stdin = _read(each, found[0], state, now, command, has_command=has_command)
            continue
        sink = _write(each, found[0], state, command)
        if each.operator in ("&>", "&>>", ">&"):
            out = err = sink
        elif each.descriptor == 2:
            err = sink
        elif each.descriptor == 1:
            out = sink
        else:
            raise NotSimulatedError(command)
    return Streams(stdin, out, err)


def _read(each: Redirect, name: str, state: State, streams: Streams, command: str, *, has_command: bool) -> Input:
    if state.dialect == "bash" and name.startswith(("/dev/tcp/", "/dev/udp/")):
        _knock(each, name, state, streams, command)
        if has_command:
            raise NotSimulatedError(command)
        return Input()
    path = posixpath.normpath(posixpath.join(state.folder, name))
    try:
        if path.startswith("/dev/tcp/"):
            raise FileNotFoundError(path)
        return Input(View(state.host, state.user, command).read(path))
    except OSError as error:
        raise RedirectionError(
            state.complaint(each.line, _words(name, error, state.dialect, "open")), _status(state)
        ) from None


def _write(each: Redirect, name: str, state: State, command: str) -> Sink:
    path = posixpath.normpath(posixpath.join(state.folder, name))
    if path == "/dev/null":
        return discard
    if path.startswith("/dev/"):
        raise NotSimulatedError(command)
    view = View(state.host, state.user, command)
    try:
        view.write(path, b"", append=each.operator in (">>", "&>>"))
    except OSError as error:
        raise RedirectionError(
            state.complaint(each.line, _words(name, error, state.dialect, "create")), _status(state)
        ) from None
    return lambda data: view.write(path, data, append=True)


def _knock(each: Redirect, name: str, state: State, streams: Streams, command: str) -> None:
    """Open a connection as bash does for /dev/tcp/HOST/PORT. Raises RedirectionError with its words (bash 5.1)."""
    found = _TCP.fullmatch(name)
    if found is None:
        raise NotSimulatedError(command)
    address = state.host.resolve(found[1])
    if address is None:
        unknown = state.complaint(each.line, f"{found[1]}: Name or service not known")
        raise RedirectionError(unknown + state.complaint(each.line, f"{name}: Invalid argument"), 1)
    try:
        state.host.network.connect(state.host, address, int(found[2]))
    except OSError as error:
        why = "No route to host" if isinstance(error, HostUnreachableError) else "Connection refused"
        said = f"{state.name}: connect: {why}\n".encode()
        raise RedirectionError(said + state.complaint(each.line, f"{name}: {why}"), 1) from None


def _words(name: str, error: OSError, dialect: Dialect, verb: str) -> str:
    why = reason(error)
    if dialect == "bash":
        return f"{name}: {why}"
    shorter = {"No such file or directory": "No such file" if verb == "open" else "Directory nonexistent"}
    return f"cannot {verb} {name}: {shorter.get(why, why)}"


def _status(state: State) -> int:
    return 2 if state.dialect == "sh" else 1
