"""The command `juju` as students type it on main, of both editions, and `charm pull`."""

from simulators.juju.cli.program import charm, run

__all__ = ["charm", "run"]
