"""Hands of a controller on real machines: over SSH with the agents' key, or in its own machine's shell."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from simulators.juju.hands import HandsError, Ran

SSH = (
    *("-F", "none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR"),
    # A machine that was deployed anew has other host keys, and nobody is there to ask.
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=2"),
    *("-o", "ControlMaster=auto", "-o", "ControlPersist=60"),
)
LOST = 255
"""Exit status of ssh itself when there is no connection."""
ALIVE_WITHIN_S = 2.0
HTTP_WITHIN_S = 20
OUTPUT_LIMIT = 16_000_000
"""Characters of a command's output that are kept."""
GRAFANA_SOURCE = "deb [trusted=yes] http://store.kitcheck/apt ./"
GRAFANA_LIST = "/etc/apt/sources.list.d/grafana.list"


class LocalHands:
    """The root of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def address(self) -> str:
        """The machine's address in the kit's network."""
        return self._address

    def _command(self, command: str) -> Sequence[str]:
        """Return the words that run a shell command as the machine's root."""
        return ("sh", "-c", command)

    async def run(
        self,
        command: str,
        *,
        stdin: bytes = b"",
        timeout: float = 300.0,  # noqa: ASYNC109 - of the protocol
    ) -> Ran:
        """Run a shell command as root. Raises HandsError when the machine does not answer, or in time (seconds)."""
        process = await asyncio.create_subprocess_exec(
            *self._command(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd="/",
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), timeout)
        except TimeoutError:
            raise HandsError(f"{self._address}: `{command[:80]}` did not end within {timeout:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        said, complained = (text[:OUTPUT_LIMIT].decode(errors="replace") for text in (out, err))
        return self._judged(Ran(process.returncode or 0, said, complained))

    def _judged(self, ran: Ran) -> Ran:
        return ran

    async def read(self, path: str) -> str | None:
        """Return a file's text, None when there is no such file."""
        quoted = shlex.quote(path)
        ran = await self.run(f"[ -e {quoted} ] || exit 44; cat {quoted}")
        if ran.status == 44:
            return None
        if ran.status != 0:
            raise HandsError(f"{self._address}: {path} cannot be read: {ran.err.strip()}")
        return ran.out

    async def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Make or replace a file, with the folders above it; never half of it."""
        target, folder = shlex.quote(path), shlex.quote(str(Path(path).parent))
        new = shlex.quote(f"{path}.juju-new")
        # Everybody may enter the folders, those in between too, and nobody reads the file before it has its mode.
        folders = f"umask 022 && mkdir -p {folder}"
        command = f"{folders} && umask 077 && cat > {new} && chmod {mode:o} {new} && mv {new} {target}"
        ran = await self.run(command, stdin=text.encode())
        if ran.status != 0:
            raise HandsError(f"{self._address}: {path} cannot be written: {ran.err.strip()}")

    async def install(self, *packages: str) -> Ran:
        """Install packages as `apt-get install -y` does; Grafana's comes from the kit's store, as from its maker's."""
        if "grafana" in packages and await self.read(GRAFANA_LIST) is None:
            await self.write(GRAFANA_LIST, f"{GRAFANA_SOURCE}\n")
        apt = "export DEBIAN_FRONTEND=noninteractive; apt-get -q -o DPkg::Lock::Timeout=120"
        names = " ".join(shlex.quote(each) for each in packages)
        return await self.run(f"{apt} update && {apt} install -y {names}", timeout=600.0)

    async def http(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask from that machine, and return status and body; (0, reason) when nobody answers there."""
        lines = [f"request = {_quoted(method)}", f"url = {_quoted(url)}"]
        lines += [f"header = {_quoted(f'{name}: {value}')}" for name, value in (headers or {}).items()]
        if body is not None:
            lines.append(f"data-raw = {_quoted(body.decode())}")
        # By its standard input: arguments of a process can be read by everybody on the machine.
        ran = await self.run(
            f"curl -sS --noproxy '*' --max-time {HTTP_WITHIN_S} -w '\\n%{{http_code}}' -K -",
            stdin="\n".join(lines).encode(),
            timeout=HTTP_WITHIN_S + 5.0,
        )
        if ran.status != 0:
            return 0, ran.err.strip().encode()
        content, _, status = ran.out.rpartition("\n")
        return int(status), content.encode()

    async def alive(self) -> bool:
        """Return whether the machine answers."""
        return True


class SshHands(LocalHands):
    """The root of another machine, by way of its user `ubuntu`."""

    def __init__(self, address: str, *, key: Path, sockets: Path) -> None:
        """Reach `address` with a private key; `sockets` is a folder for connections that are kept open."""
        super().__init__(address)
        self._ssh = ("ssh", *SSH, "-o", f"ControlPath={sockets}/%C", "-i", str(key), "-o", "IdentitiesOnly=yes")

    def _command(self, command: str) -> Sequence[str]:
        # A command that ends with ssh's own status for a lost connection is told apart from that.
        inside = f"sudo -n sh -c {shlex.quote(command)}; s=$?; [ $s -ne {LOST} ] || s=254; exit $s"
        return (*self._ssh, f"ubuntu@{self._address}", inside)

    def _judged(self, ran: Ran) -> Ran:
        if ran.status == LOST:
            raise HandsError(f"{self._address}: {ran.err.strip() or 'connection lost'}")
        return ran

    async def alive(self) -> bool:
        """Return whether its sshd answers, within two seconds."""
        try:
            async with asyncio.timeout(ALIVE_WITHIN_S):
                reader, writer = await asyncio.open_connection(self._address, 22)
                try:
                    return (await reader.readexactly(4)) == b"SSH-"
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False


def _quoted(text: str) -> str:
    """Return a value as curl's configuration has it."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'
