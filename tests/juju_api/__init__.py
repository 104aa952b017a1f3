"""Tests of Juju's API: what clients get over the network, and inside one process."""
