"""python-libmaas against the simulated MAAS: a client that the lab's makers did not write."""
