"""Hands of agents and charms on a host of an embedded kit: they do what root would do there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.asking import NoWebError, UnresolvedError, ask
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.session import Buffer
from simulators.embedded.shell.shell import Shell
from simulators.juju.hands import HandsError, Ran

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.network import Network

REFUSED = 127
"""Exit status of a command that nobody plays."""
CONTAINER = "-lxd-"
"""In the name of a container, which shares the address of the machine that it is on, and is not played by itself."""


class HostHands:
    """The root of one machine: of the one that was there at first, not of another that MAAS gave its address since."""

    def __init__(self, network: Network, address: str, hostname: str) -> None:
        self._network = network
        self._address = address
        self._hostname = hostname
        self._host = self._there()

    @property
    def address(self) -> str:
        """The machine's address in the kit's network."""
        return self._address

    async def run(self, command: str, *, stdin: bytes = b"", timeout: float = 300.0) -> Ran:  # noqa: ASYNC109 -- the protocol's
        """Run a shell command as root; a non-zero exit status is no error. Raises HandsError.

        What is not simulated is kept in `host.refused`, and ends as a command that is not found.
        """
        host = self._obeying()
        out, err = Buffer(), Buffer()
        line = Shell(host).run(command, user="root", stdin=stdin, folder="/root", out=out.write, err=err.write)
        running = asyncio.ensure_future(line)
        cut: list[bool] = []

        def end() -> None:
            cut.append(True)
            running.cancel()

        host.on_shutdown.append(end)
        try:
            async with asyncio.timeout(timeout):
                status = await running
        except TimeoutError:
            raise HandsError(f"{self._address}: `{command[:80]}` did not end within {timeout:g} s") from None
        except asyncio.CancelledError:
            if not cut:
                raise
            raise HandsError(f"{self._address}: connection lost") from None
        except NotSimulatedError as refusal:
            host.refused.append(str(refusal))
            return Ran(REFUSED, out.content.decode(errors="replace"), f"{refusal}\n")
        finally:
            running.cancel()
            host.on_shutdown.remove(end)
        return Ran(status, out.content.decode(errors="replace"), err.content.decode(errors="replace"))

    async def read(self, path: str) -> str | None:
        """Return a file's text, None when there is no such file."""
        files = self._obeying().files
        return files.read(path).decode(errors="replace") if files.is_file(path) else None

    async def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Make or replace a file, with the folders above it."""
        files = self._obeying().files
        files.write(path, text)
        files.modes[files.real(path)] = mode

    async def install(self, *packages: str) -> Ran:
        """Install packages as `apt-get install -y` does, their services enabled and started."""
        from simulators.embedded.juju.packages import install

        return await install(self._obeying(), packages)

    async def http(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask from that machine, and return status and body; (0, reason) when nobody answers there."""
        return await fetch(self._obeying(), method, url, headers or {}, body or b"")

    async def alive(self) -> bool:
        """Return whether the machine answers."""
        return self._host is not None and self._host.on and not self._host.hangs

    def _there(self) -> Host | None:
        host = self._network.hosts.get(self._address)
        if host is None or (host.name != self._hostname and CONTAINER not in self._hostname):
            return None
        return host

    def _obeying(self) -> Host:
        """Return the machine. Raises HandsError when it is off, or no longer the one that it was."""
        self._host = self._host or self._there()
        if self._host is None or not self._host.on:
            raise HandsError(f"{self._address}: no route to host")
        return self._host


async def fetch(host: Host, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Ask from a host, and return status and body; (0, reason in the words of Go's net package) when nobody answers."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    place = f"dial tcp {parts.hostname}:{parts.port or 80}"
    try:
        answer = await ask(host, method, url, headers=headers.items(), body=body)
    except UnresolvedError as error:
        return 0, f"dial tcp: lookup {error.name}: no such host".encode()
    except HostUnreachableError:
        return 0, f"{place}: connect: no route to host".encode()
    except ConnectionRefusedError:
        return 0, f"{place}: connect: connection refused".encode()
    except (NoWebError, ConnectionResetError) as error:
        return 0, f"malformed HTTP response: {error}".encode()
    except (KeyError, ValueError):
        return 0, f'unsupported protocol scheme "{parts.scheme}"'.encode()
    return answer.status, answer.body
