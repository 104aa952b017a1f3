"""Tests of the harness and of the simulators themselves."""
