"""Kits of containers: real machines as far as SSH, systemd and the lab can tell."""
