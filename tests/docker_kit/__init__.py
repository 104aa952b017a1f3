"""Tests of Docker kits: they need an engine, and leave nothing behind."""
