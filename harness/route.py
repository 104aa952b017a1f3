"""What can be learnt about a login before anybody logs in: where ~/.ssh/config leads it, what the server would take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from harness.errors import AccessRefused
from harness.quick_asyncssh import asyncssh
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.login import Login

METHODS_LIMIT = 10
"""Ways to log in that a server may name."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a login really goes, as ~/.ssh/config has it."""

    host: str
    port: int
    user: str
    through: str = ""
    """The jump host, or the program that carries it; empty: straight from here."""


def route(login: Login) -> Route:
    """Return where a login would go; no step of it is taken. Raises AccessRefused for an unusable ~/.ssh/config."""
    # Neither keys nor the agent are asked for, nor the DNS for our own name.
    wanted: dict[str, Any] = {"client_keys": None, "agent_path": None, "known_hosts": None, "gss_host": None}

    async def made() -> Any:
        return await cast("Any", asyncssh).SSHClientConnectionOptions.construct(
            config=(), host=login.host, **_named(login), **wanted
        )

    try:
        options = asyncio.run(made())
    except (asyncssh.Error, OSError, ValueError) as error:
        raise AccessRefused(
            f"~/.ssh/config cannot be used: {plain(str(error))}", help="correct it; `ssh -G` shows the line"
        ) from None
    command: Any = options.proxy_command
    carried = " ".join(map(str, command)) if isinstance(command, list | tuple) else str(command or "")  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - shown only
    through = plain(str(options.tunnel or "") or carried)
    return Route(str(options.host), int(options.port), str(options.username), through)


def methods(login: Login, *, timeout: float) -> tuple[str, ...]:
    """Return by which means the server lets that user log in, as `publickey`, `password`; empty when it does not tell.

    It is asked within `timeout` seconds, and gets no credentials (RFC 4252, section 5.2: the method `none`).
    """

    async def asked() -> tuple[str, ...]:
        async with asyncio.timeout(timeout):
            return tuple(await cast("Any", asyncssh).get_server_auth_methods(login.host, **_named(login)))

    try:
        return tuple(plain(method, 40) for method in asyncio.run(asked())[:METHODS_LIMIT])
    except Exception:  # noqa: BLE001 - a hostile or broken server can make the library raise anything
        return ()


def _named(login: Login) -> dict[str, Any]:
    """Return what is said of a login, the rest being ~/.ssh/config's."""
    said = {"port": login.port, "username": login.user}
    return {name: value for name, value in said.items() if value is not None}
