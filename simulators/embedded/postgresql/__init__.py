"""PostgreSQL on a host of an embedded kit: its configuration files, roles and databases, its port and its programs."""

from simulators.embedded.postgresql.cluster import Cluster, cluster_of
from simulators.embedded.postgresql.database import Database
from simulators.embedded.postgresql.package import install
from simulators.embedded.postgresql.reaching import ConnectionFailedError, open_session
from simulators.embedded.postgresql.refusals import PostgresError
from simulators.embedded.postgresql.session import Session

__all__ = [
    "Cluster",
    "ConnectionFailedError",
    "Database",
    "PostgresError",
    "Session",
    "cluster_of",
    "install",
    "open_session",
]
