"""Kits, files and bundles of an enemy: the verdict stays right, and nothing that Kitcheck writes does harm."""
