"""Tests of the stand-in for Prometheus."""
