"""The packages of the kit's mirror that the lab's first half needs: what each brings, and whether it is there.

Names and versions are those of Debian 12, as in kits of containers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.host import Host


@dataclass(frozen=True, slots=True)
class Deb:
    """One package."""

    version: str
    needs: tuple[str, ...] = ()
    """Packages that come with it: some of those that the real one has."""
    is_there: Callable[[Host], bool] = lambda _: True
    put: Callable[[Host, str], Awaitable[None]] | None = None
    """Puts it on a host of the network named."""


def _has(command: str) -> Callable[[Host], bool]:
    return lambda host: command in host.commands


async def _nginx(host: Host, _subnet: str) -> None:
    from simulators.embedded import nginx_host
    from simulators.plan import Nginx

    await nginx_host.install(host, Nginx(), {})


async def _postgresql(host: Host, subnet: str) -> None:
    from simulators.embedded import postgresql

    postgresql.install(host, subnet=subnet)
    for name in ("postgresql@15-main", "postgresql"):
        await host.units[name].start()
        host.units[name].active = True


async def _ansible(host: Host, subnet: str) -> None:
    from simulators.embedded.handout.ansible import playbook

    host.commands["ansible-playbook"] = partial(playbook, subnet)


async def _django(host: Host, _subnet: str) -> None:
    from simulators.embedded import django_site

    host.commands["python3"] = django_site.python3


DEBS: Mapping[str, Deb] = {
    "ansible": Deb(
        "7.7.0+dfsg-3+deb12u1",
        ("ansible-core", "python3-jinja2", "python3-packaging", "python3-resolvelib", "python3-yaml"),
        _has("ansible-playbook"),
        _ansible,
    ),
    "cron": Deb("3.0pl1-162"),
    "curl": Deb("7.88.1-10+deb12u12"),
    "git": Deb("1:2.39.5-0+deb12u2", ("git-man", "liberror-perl")),
    "nginx": Deb("1.22.1-9+deb12u2", ("nginx-common",), _has("nginx"), _nginx),
    "postgresql": Deb(
        "15+248+deb12u1",
        ("postgresql-15", "postgresql-client-15", "postgresql-client-common", "postgresql-common", "ssl-cert"),
        _has("psql"),
        _postgresql,
    ),
    "postgresql-contrib": Deb("15+248+deb12u1", ("postgresql",), _has("psql"), _postgresql),
    "python3-django": Deb("3:3.2.19-1+deb12u2", ("python3-asgiref", "python3-sqlparse"), _has("python3"), _django),
    "python3-psycopg2": Deb("2.9.5-1+b1", ("libpq5",), _has("python3"), _django),
    "wget": Deb("1.21.3-1+deb12u1"),
}
