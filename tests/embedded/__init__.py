"""Tests of the embedded kit's SSH, tunnel, MAAS and life."""
