"""What outlives a kit that is put back: the keys by which its group knows it, and what the group had in main's home."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
import uuid
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from simulators.docker.hosts import File

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from simulators.docker.rack import Rack
    from simulators.kit_folder import KitFolder

FILE = "known-by.json"
SSH_FOLDER = "/etc/ssh"
HOST_KEYS = ("ssh_host_ed25519_key", "ssh_host_ecdsa_key")
"""What the host image's sshd shows."""
SSH_FOLDER_LIMIT = 1_000_000
"""Bytes of /etc/ssh that are looked at: its owner may have put anything there."""
MAAS_FOLDERS = ("/var/snap", "/var/snap/maas", "/var/snap/maas/common", "/var/snap/maas/common/maas")
"""The last is where the snap of MAAS 3.5 keeps its data, among it its id: without an end of line, for root's eyes."""
HOME = "/home/cloud"
HOME_LIMIT = 100_000_000
"""Bytes of main's home that are kept."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a kit is known by outside: whoever uses it must not notice that its parts are others."""

    private_key: bytes
    """Of the kit's folder: lets `cloud` into main."""
    public_key: str
    """The same as main knows it."""
    api_key: str | None = None
    """Of MAAS, as kit.yaml has it; None: that of the checkpoint, or a new one."""
    host_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """Private SSH host keys of main, by file name; those that are missing are the checkpoint's, or new."""
    maas_uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    """MAAS' own id, which a real one draws when it is installed."""

    @property
    def on_main(self) -> dict[str, File]:
        """What main has on its disk for it."""
        files = {
            **{f"{folder}/": File(mode=0o755) for folder in MAAS_FOLDERS},
            f"{MAAS_FOLDERS[-1]}/maas_uuid": File(self.maas_uuid.encode(), 0o640),
        }
        for name, private in self.host_keys.items():
            files[f"{SSH_FOLDER}/{name}"] = File(private.encode(), 0o600)
            files[f"{SSH_FOLDER}/{name}.pub"] = File(f"{_public(private.encode(), 'root@main')}\n".encode())
        return files


def new_keys(kit: str) -> Keys:
    """Return the keys of a kit that nobody knows yet."""
    from simulators.docker.starting import new_key

    return Keys(*new_key(f"outside of kit {kit}"))


def remember(client: DockerClient, rack: Rack, folder: KitFolder, api_key: str, keys: Keys) -> None:
    """Write down what a kit that runs is known by."""
    _write_down(folder, {"api_key": api_key, "host_keys": _shown(client, rack), "maas_uuid": keys.maas_uuid})


def remember_while_it_changes(folder: KitFolder, keys: Keys, addresses: Mapping[str, str]) -> None:
    """Write down what a kit is to be known by, and its machines' addresses, before all that holds them is removed."""
    known_by = {"api_key": keys.api_key, "host_keys": dict(keys.host_keys), "maas_uuid": keys.maas_uuid}
    _write_down(folder, known_by | {"addresses": dict(addresses)})


def remembered_addresses(folder: KitFolder) -> dict[str, str]:
    """Return the addresses of machines that a change which was cut off has removed; nothing when there was none."""
    return _written(folder).get("addresses") or {}


def keys_of(client: DockerClient, rack: Rack, folder: KitFolder) -> Keys:
    """Return what a kit is known by: as main shows it now, else as it was written down, as far as that can be used."""
    said = _written(folder)
    written = {name: str(key) for name, key in cast("dict[str, object]", said.get("host_keys") or {}).items()}
    host_keys = {name: key for name, key in written.items() if name in HOST_KEYS} | _shown(client, rack)
    usable = {name: key for name, key in host_keys.items() if _public(key.encode(), "") is not None}
    api_key = said.get("api_key")
    try:
        private = folder.identity.read_bytes()
    except OSError:
        private = b""
    public = _public(private, f"outside of kit {rack.kit}")
    fresh = new_keys(rack.kit) if public is None else Keys(private, public)
    known = Keys(fresh.private_key, fresh.public_key, api_key if isinstance(api_key, str) else None, usable)
    maas_uuid = said.get("maas_uuid")
    return replace(known, maas_uuid=maas_uuid) if isinstance(maas_uuid, str) else known


def keep_home(client: DockerClient, rack: Rack, folder: KitFolder) -> str:
    """Write main's home to the next free `main-home-N.tar` of the kit's folder, and return where it is, or why not.

    It is stored as the engine hands it over: whoever unpacks it looks at what a student made.
    """
    there = {path.name for path in folder.path.iterdir()}
    number = next(number for number in range(1, len(there) + 2) if f"main-home-{number}.tar" not in there)
    path = folder.path / f"main-home-{number}.tar"
    try:
        main = client.containers.get(rack.name("main"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in _up_to(HOME_LIMIT, _archive(main, HOME)):
                file.write(chunk)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if not isinstance(error, Exception):
            raise
        return f"with main's home, which cannot be kept ({str(error)[:100]})"
    return f"but for main's home, which is kept in {path}"


def _write_down(folder: KitFolder, said: Mapping[str, object]) -> None:
    """Where only the kit's user can read it."""
    folder.write_private(FILE, json.dumps(said).encode())


def _written(folder: KitFolder) -> dict[str, Any]:
    try:
        return json.loads((folder.path / FILE).read_bytes())
    except (OSError, ValueError):
        return {}


def _shown(client: DockerClient, rack: Rack) -> dict[str, str]:
    """Return main's host keys, by file name: those that sshd could use; none when main is gone."""
    main = _main(client, rack)
    found: dict[str, str] = {}
    if main is None:
        return found
    with contextlib.suppress(Exception):  # whatever a student made of /etc/ssh: then what was written down counts
        content = b"".join(_up_to(SSH_FOLDER_LIMIT, _archive(main, SSH_FOLDER)))
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for name in HOST_KEYS:
                file = tar.extractfile(f"ssh/{name}")
                key = file.read() if file is not None else b""
                if _public(key, "") is not None:
                    found[name] = key.decode()
    return found


def _main(client: DockerClient, rack: Rack) -> Container | None:
    from docker.errors import NotFound

    try:
        return client.containers.get(rack.name("main"))
    except NotFound:
        return None


def _archive(main: Container, path: str) -> Iterable[bytes]:
    content, _ = cast("Any", main).get_archive(path)
    return content


def _up_to(limit: int, chunks: Iterable[bytes]) -> Generator[bytes]:
    """Yield what there is; raise ValueError as soon as it is more than `limit` bytes."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > limit:
            raise ValueError(f"more than {limit} bytes")
        yield chunk


def _public(private: bytes, comment: str) -> str | None:
    """Return the public line of a private key; None for what is none."""
    import asyncssh

    try:
        key = cast("Any", asyncssh).import_private_key(private)
    except (ValueError, asyncssh.Error):  # KeyImportError is a ValueError; a passphrase that is wanted is not
        return None
    key.set_comment(comment)
    return key.export_public_key().decode().strip()
