"""Tests of the shell on each host of an embedded kit."""
