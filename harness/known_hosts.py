"""Remembers which key each SSH server showed, so that another one in its place is noticed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import AccessRefused, UsageError

try:
    import fcntl
except ImportError:  # Windows has no advisory locks: the worst case is one line written twice
    fcntl = None

READ_LIMIT = 1_048_576
"""Bytes that are read of a known-hosts file."""


class KnownHosts:
    """Host keys by address: in a file of OpenSSH's format, or only in memory (`path` None)."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lines: list[str] = []

    def keys(self, host: str, port: int | None = None) -> tuple[str, ...]:
        """Return the remembered keys of an address, each as `type base64`."""
        return tuple(key for _, key in self._of(_pattern(host, port), self._read()))

    def check(self, host: str, port: int | None, key: str) -> None:
        """Remember `key` (`type base64`) of an address seen for the first time.

        Raises AccessRefused when another key is remembered, UsageError when the file cannot be written.
        """
        pattern = _pattern(host, port)
        with self._locked():
            remembered = list(self._of(pattern, self._read()))
            if any(known == key for _, known in remembered):
                return
            if not remembered:
                self._append(f"{pattern} {key}\n")
                return
        raise self._changed(host, port)

    def _changed(self, host: str, port: int | None) -> AccessRefused:
        """Return the error for an address that shows another key than the remembered one."""
        pattern = _pattern(host, port)
        if self.path is None:
            return AccessRefused(
                f"{pattern} shows another SSH host key than earlier in this run",
                help="if the machine was deployed again meanwhile, grade again; else two machines share an address",
            )
        line = next((number for number, _ in self._of(pattern, self._read())), 1)
        return AccessRefused(
            f"{pattern} shows another SSH host key than before: another machine, or somebody in between",
            help=f"if the router or main was installed anew, remove line {line} of {self.path} and try again",
        )

    def forget(self) -> None:
        """Remember nothing any more."""
        self._lines.clear()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _of(self, pattern: str, lines: list[str]) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(lines, start=1):
            fields = line.split()
            if len(fields) >= 3 and pattern in fields[0].split(","):
                yield number, f"{fields[1]} {fields[2]}"

    def _read(self) -> list[str]:
        if self.path is None:
            return self._lines
        try:
            with self.path.open("rb") as file:
                return file.read(READ_LIMIT).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from None

    def _append(self, line: str) -> None:
        if self.path is None:
            self._lines.append(line)
            return
        # One write in append mode: a reader or a second process sees the whole line or none of it. Another process may
        # have forgotten everything since we looked.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Let one process at a time look and then write: pytest-xdist's workers start together."""
        if self.path is None:
            yield
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(
                f"{self.path}: the kit's SSH host key cannot be remembered: {error.strerror}; "
                "set XDG_STATE_HOME to a folder that can be written"
            ) from None
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def of_kit(kit: str, environ: Mapping[str, str] = os.environ) -> KnownHosts:
    """Return what is remembered of a kit's access address, under `$XDG_STATE_HOME/kitcheck/known_hosts/`.

    `kit` is a kit's name as the loader of kit.yaml accepts it: safe as a file name.
    """
    state = environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if state.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return KnownHosts(folder / "kitcheck" / "known_hosts" / kit)


def forget(kit: str, environ: Mapping[str, str] = os.environ) -> None:
    """Forget the access address of a kit that is gone, so that its name can be used again."""
    of_kit(kit, environ).forget()


def _pattern(host: str, port: int | None) -> str:
    """Return an address as OpenSSH writes it: a port other than 22 goes behind brackets."""
    return host if port in (None, 22) else f"[{host}]:{port}"
