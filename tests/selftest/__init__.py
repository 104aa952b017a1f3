"""Tests of the check of the checks."""
