"""Tests of charms."""
