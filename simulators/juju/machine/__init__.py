"""Juju's programs where machines are real: the client on main, the controller's service, hands over SSH."""
