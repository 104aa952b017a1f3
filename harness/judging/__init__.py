"""Judging what was seen: pure functions from observations to findings, one module per subject."""
