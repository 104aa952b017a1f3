"""Changes NGINX on the proxy host: its files, its workers, whether it runs."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.docker.hands import Hands
    from simulators.plan import Plan

FOLDER = "/etc/nginx"
DEFAULT_SITE = "sites-available/default"
AS_PACKAGED = (
    "dpkg-deb --fsys-tarfile /opt/kitcheck/apt/nginx-common_*.deb "
    f"| tar -xO .{FOLDER}/{DEFAULT_SITE} | sudo tee {FOLDER}/{DEFAULT_SITE} > /dev/null"
)
"""Puts the package's own default site back, which the handout has a group overwrite."""
RESTART = "if sudo nginx -t; then sudo systemctl restart nginx; else sudo systemctl restart nginx || true; fi"
"""Whoever restarts with a broken configuration has no NGINX any more."""


def change(plan: Plan, hands: Hands) -> None:
    """Change what the plan changes; return when NGINX listens, or does not run any more."""
    wanted, built, host = plan.nginx, plan.structure().nginx, plan.proxy
    if wanted == built:
        return
    if DEFAULT_SITE not in wanted.files:
        hands.type(AS_PACKAGED, on=host)
    for path, text in plan.nginx_files(hands.addresses).items():
        if wanted.files[path] != built.files.get(path):
            _write(path, text, host, hands)
    if wanted.workers is not None:
        edit = f"s/^worker_processes .*/worker_processes {wanted.workers};/"
        hands.type(f"sudo sed -i {shlex.quote(edit)} {FOLDER}/nginx.conf", on=host)
    hands.type(RESTART if wanted.running else "sudo systemctl stop nginx", on=host)
    for path, text in plan.nginx_files(hands.addresses, later=True).items():
        _write(path, text, host, hands)


def _write(path: str, text: str, host: str, hands: Hands) -> None:
    """Write a file below NGINX' folder, of which nobody tells it."""
    file, folder = (shlex.quote(f"{FOLDER}/{each}") for each in (path, posixpath.dirname(path)))
    hands.type(f"sudo mkdir -p {folder} && sudo tee {file} > /dev/null", on=host, stdin=text.encode())
