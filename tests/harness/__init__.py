"""Tests of how kits are reached, asked and judged."""
