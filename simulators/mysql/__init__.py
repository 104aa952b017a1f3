"""A small MySQL server for embedded kits: accounts and grants, databases, tables, and the client's command line.

It understands the SQL that the lab's charm, its checks and WordPress' stand-in use, and refuses the rest as "not
simulated". Facts about the real server are MariaDB 10.11's, which Debian 12 installs as `mariadb-server`.
"""

from simulators.mysql.errors import MysqlError
from simulators.mysql.result import Result
from simulators.mysql.server import Server
from simulators.mysql.session import Session
from simulators.mysql.tokens import Value, literal

__all__ = ["MysqlError", "Result", "Server", "Session", "Value", "literal"]
