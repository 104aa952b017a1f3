"""Tests of the program `kitcheck`."""
