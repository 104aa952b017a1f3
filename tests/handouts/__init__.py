"""Tests of the handouts' lines, and of who types them."""
