"""Tests of the stand-in for Grafana."""
