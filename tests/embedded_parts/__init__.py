"""Tests of what runs on the hosts of an embedded kit: PostgreSQL and Django."""
