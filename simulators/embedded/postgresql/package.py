"""What `apt install postgresql` leaves on a host: files, units, programs, and a cluster that is not started yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.embedded.host import Unit, UnitFailedError
from simulators.embedded.postgresql.cluster import BINARY, UNIT, Cluster, remember
from simulators.embedded.postgresql.configuration import DATA_FOLDER, FOLDER
from simulators.embedded.postgresql.programs import PROGRAMS
from simulators.embedded.postgresql.psql import psql
from simulators.lab_network import DEFAULT_NETWORK

if TYPE_CHECKING:
    from simulators.embedded.host import Host

POSTGRESQL_CONF = f"""\
# The cluster 15/main. What is not said here is as PostgreSQL has it.
data_directory = '{DATA_FOLDER}'
hba_file = '{FOLDER}/pg_hba.conf'
#listen_addresses = 'localhost'\t\t# what IP address(es) to listen on
port = 5432
max_connections = 100
unix_socket_directories = '/var/run/postgresql'
ssl = off
cluster_name = '15/main'
timezone = 'Etc/UTC'
include_dir = 'conf.d'
"""
PG_HBA_CONF = """\
# Who may log in; the first line that is about a client decides.
# TYPE  DATABASE        USER            ADDRESS                 METHOD
local   all             postgres                                peer
local   all             all                                     peer
host    all             all             127.0.0.1/32            scram-sha-256
host    all             all             ::1/128                 scram-sha-256
local   replication     all                                     peer
host    replication     all             127.0.0.1/32            scram-sha-256
host    replication     all             ::1/128                 scram-sha-256
"""


def install(host: Host, *, subnet: str = DEFAULT_NETWORK) -> Cluster:
    """Install PostgreSQL 15 as Debian packages it, on a host of the network `subnet`; return its cluster, still down.

    The unit `postgresql` is a wrapper: it is active whether or not the cluster `postgresql@15-main` runs.
    """
    host.files.write(BINARY, b"\x7fELF")
    host.files.write(f"{FOLDER}/postgresql.conf", POSTGRESQL_CONF)
    host.files.write(f"{FOLDER}/pg_hba.conf", PG_HBA_CONF)
    host.files.make_folder(f"{FOLDER}/conf.d")
    host.files.make_folder(DATA_FOLDER)
    cluster = Cluster(host, subnet=subnet)

    async def start_all() -> None:
        try:
            await cluster.start()
        except UnitFailedError as error:
            # systemd starts the wrapper all the same: it only wants its clusters.
            host.journal.append(f"systemd[1]: {UNIT}.service: {error}")

    host.units[UNIT] = Unit(UNIT, cluster.start, cluster.stop, order=20)
    host.units["postgresql"] = Unit("postgresql", start_all, cluster.stop, order=21)
    host.commands["psql"] = psql
    host.commands.update(PROGRAMS)
    remember(cluster)
    return cluster
