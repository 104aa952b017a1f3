"""A simulated MAAS: its API, its states and refusals, its dashboard."""
