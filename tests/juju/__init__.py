"""Tests of the Juju simulator."""
