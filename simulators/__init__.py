"""Kits that are not there: simulated systems and what builds kits out of them."""
