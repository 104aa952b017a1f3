"""Changes PostgreSQL on the database host: its configuration, its role and database, whether its cluster runs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.docker.hands import Hands
    from simulators.plan import Plan

FOLDER = "/etc/postgresql/*/main"
PSQL = "cd / && sudo -u postgres psql -qAtX -v ON_ERROR_STOP=1"
WITHOUT_DATABASE = "drop database tasks with (force);\n"
WITHOUT_ROLE = """\
reassign owned by cloud to postgres;
drop owned by cloud;
drop role cloud;
select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and usename is null;
"""
"""As if nobody had ever made it: what it owned is PostgreSQL's own, and whoever was logged in as it is out."""


def differs(plan: Plan) -> bool:
    """Return whether anything here is other than the handout has it."""
    return plan.postgresql != plan.structure().postgresql


def change(plan: Plan, hands: Hands, network: str) -> None:
    """Change what the plan changes; return when PostgreSQL answers on its own host, or does not run any more."""
    wanted, built, host = plan.postgresql, plan.structure().postgresql, plan.database
    if not wanted.has_role:
        hands.type(f"{PSQL} tasks", on=host, stdin=WITHOUT_ROLE.encode())
    if not wanted.has_database:
        hands.type(f"{PSQL} postgres", on=host, stdin=WITHOUT_DATABASE.encode())
    if wanted.listen_addresses != built.listen_addresses:
        edit = f"s|^#\\?listen_addresses = .*|listen_addresses = '{wanted.listen_addresses}'|"
        hands.type(f"sudo sed -i {shlex.quote(edit)} {FOLDER}/postgresql.conf", on=host)
    if wanted.hba != built.hba:
        before, after = (line.replace("@network@", network) for line in (built.hba, wanted.hba))
        text = hands.type(f"sudo cat {FOLDER}/pg_hba.conf", on=host)
        kept = "".join(line for line in text.splitlines(keepends=True) if line.strip() != before)
        hands.type(f"sudo tee {FOLDER}/pg_hba.conf", on=host, stdin=f"{kept}{after}\n".encode())
    # The cluster's own unit: `postgresql` is a wrapper, which stays active in any case.
    if not wanted.running:
        hands.type("sudo systemctl stop 'postgresql@*'", on=host)
    elif (wanted.listen_addresses, wanted.hba) != (built.listen_addresses, built.hba):
        hands.type("sudo systemctl restart 'postgresql@*'", on=host)
        hands.type(f"until {PSQL} -c 'select 1' postgres > /dev/null 2>&1; do sleep 0.05; done", on=host)


def serves(plan: Plan, hands: Hands) -> bool:
    """Return whether another machine of the kit can use the application's database.

    Asked on the database host itself, by the address that the others use.
    """
    login = f"psql -h {hands.addresses[plan.database]} -U cloud -Xc 'select 1' tasks"
    said = hands.type(
        f"PGPASSWORD=cloud PGCONNECT_TIMEOUT=5 {login} > /dev/null 2>&1 && echo yes || echo no", on=plan.database
    )
    return said.strip() == "yes"
