"""Juju inside an embedded kit: the command on main, the controller on its machine, agents' hands on hosts."""
