"""Tests of bundles of evidence, their signatures, pictures and the page that is handed in."""
