"""Juju as a kit shows it: what its client remembers on main, what the command says, what the controller's API says."""
