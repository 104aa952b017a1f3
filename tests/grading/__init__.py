"""Tests of the way from a scenario to a verdict to a report."""
