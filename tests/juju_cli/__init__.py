"""The command `juju`."""
