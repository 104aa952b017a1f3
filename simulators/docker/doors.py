"""The ways into a Docker kit's main: by key with free sudo, as it is built, or as the kits of a lab have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import KitError
from simulators.docker.hosts import File, put_files
from simulators.docker.rack import CLOUD, MAIN_FILES

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from simulators.docker.rack import Rack
    from simulators.plan import Plan

AUTHORIZED = "/home/cloud/.ssh/authorized_keys"
SUDOERS = "/etc/sudoers.d/cloud"
ASKING = b"cloud ALL=(ALL) ALL\n"
"""As Ubuntu's installer has it for the first user: sudo asks for the password."""
LAB_PASSWORD = "cloud"  # noqa: S105 - the lab's own, which everybody knows
LIVE_PASSWORD = "of-the-group"  # noqa: S105 - of a simulated kit
"""Of main's user where a password is what opens main."""


def password_of(plan: Plan) -> str | None:
    """Return the password by which main is entered; None where a key opens it."""
    return LIVE_PASSWORD if plan.login == "password" else None


def are_closed(plan: Plan) -> bool:
    """Return whether main is to be entered otherwise than as it is built."""
    return plan.login == "password" or plan.sudo_asks


def close(client: DockerClient, rack: Rack, plan: Plan) -> None:
    """Let main be entered as `plan` says, when everything is built; sessions that are open stay. Raises KitError."""
    main = client.containers.get(rack.name("main"))
    if plan.sudo_asks:
        put_files(main, {SUDOERS: File(ASKING, 0o440)})
    if (password := password_of(plan)) is not None:
        put_files(main, {AUTHORIZED: _keys("")})
        _set_password(main, password)


def open_again(client: DockerClient, rack: Rack, private_key: bytes) -> None:
    """Let main be entered by the kit's key, with free sudo, however it was; none of it needs a login."""
    import asyncssh

    main = client.containers.get(rack.name("main"))
    public = asyncssh.import_private_key(private_key).export_public_key().decode()
    put_files(main, {AUTHORIZED: _keys(public), SUDOERS: MAIN_FILES[SUDOERS]})
    _set_password(main, LAB_PASSWORD)


def _keys(text: str) -> File:
    return File(text.encode(), 0o600, CLOUD, CLOUD)


def _set_password(main: Container, password: str) -> None:
    done = main.exec_run(["sh", "-c", f"echo 'cloud:{password}' | chpasswd"])
    if done.exit_code != 0:
        raise KitError(f"{main.name}: the password of cloud cannot be set: {str(done.output)[:200]}")
