"""Tests of the catalogue of mistakes, of what must come of each, and of the way to a kit."""
