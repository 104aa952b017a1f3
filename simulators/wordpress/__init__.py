"""A stand-in of WordPress 6.1 for embedded kits: what Debian's package shows outside, with texts of our own."""

from simulators.wordpress.app import create_app
from simulators.wordpress.surroundings import Surroundings

VERSION = "6.1.9"
"""Debian 12's."""

__all__ = ["VERSION", "Surroundings", "create_app"]
