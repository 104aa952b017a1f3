"""Tests of the simulated MAAS."""
