"""Tests of the published formats."""
