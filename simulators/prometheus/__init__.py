"""A stand-in for Prometheus where the real one cannot run: it scrapes what its configuration says, and is queried."""
