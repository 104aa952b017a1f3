"""Juju, simulated: a controller that speaks Juju's API, the agents that it commands, and the command `juju`."""
